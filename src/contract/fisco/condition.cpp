#include "contract/fisco/condition.hpp"

#include <algorithm>
#include <charconv>

namespace bsn::contract::fisco {
namespace {

/// A number with an optional sign, all of the text.
std::optional<std::int64_t> number(std::string_view text) {
    if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

void Condition::equal(const std::string& field, const std::string& value) {
    ranges_[field] = Range{{true, value}, {true, value}};
}

void Condition::not_equal(const std::string& field, const std::string& value) {
    ranges_[field] = Range{{false, value}, {false, value}};
}

void Condition::greater(const std::string& field, const std::string& value, bool or_equal) {
    ranges_[field].low = Bound{or_equal, value};
}

void Condition::less(const std::string& field, const std::string& value, bool or_equal) {
    ranges_[field].high = Bound{or_equal, value};
}

void Condition::limit(std::uint64_t offset, std::uint64_t count) {
    offset_ = offset;
    count_ = count;
}

bool Condition::matches(const Fields& fields) const {
    return std::all_of(ranges_.begin(), ranges_.end(), [&](const auto& entry) {
        const auto& [field, range] = entry;
        if (field.empty() || field.front() == '_' || field.back() == '_') return true;
        const auto found = fields.find(field);
        return found != fields.end() && within(range, found->second);
    });
}

bool Condition::within(const Range& range, const std::string& value) {
    const auto& [low, high] = range;
    if (low.value && low.value == high.value && low.inclusive == high.inclusive) {
        return (*low.value == value) == low.inclusive;
    }
    const auto own = value.empty() ? 0 : number(value);
    if (low.value) {
        const auto bound = number(*low.value);
        if (!bound || !own || *own < *bound || (*own == *bound && !low.inclusive)) return false;
    }
    if (high.value) {
        const auto bound = number(*high.value);
        if (!bound || !own || *own > *bound || (*own == *bound && !high.inclusive)) return false;
    }
    return true;
}

std::vector<Row> Condition::select(std::vector<Row> rows) const {
    std::vector<Row> selected;
    std::uint64_t passed = 0;
    for (Row& row : rows) {
        if (count_ && selected.size() >= *count_) break;
        if (!matches(row.fields)) continue;
        if (passed++ >= offset_) selected.push_back(std::move(row));
    }
    return selected;
}

}  // namespace bsn::contract::fisco
