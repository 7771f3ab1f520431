#include "gateway/metering/meter.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::gateway {
namespace {

/// Nothing changes by waiting; whoever does asks seldom.
constexpr std::uint64_t k_storage_retry_s = 3600;

Refusal over_rate(const std::string& app, std::uint64_t rate, std::uint64_t wait_ms) {
    return {{Code::overloaded,
             fmt::format("the app \"{}\" may send {} transaction{} a second by this city node, and "
                         "has; nothing was done, send it again a little later",
                         app, rate, rate == 1 ? "" : "s")},
            std::max<std::uint64_t>(1, (wait_ms + 999) / 1000)};
}

Refusal over_traffic(const std::string& app, std::uint64_t limit, UnixMillis now) {
    return {{Code::overloaded,
             fmt::format("the app \"{}\" has had the {} bytes of traffic that this city node gives "
                         "it a day; ask again after midnight UTC, or its publisher for a higher "
                         "limit (traffic_bytes_per_day)",
                         app, limit)},
            (k_day_ms - now % k_day_ms + 999) / 1000};
}

Refusal over_storage(const std::string& app, std::uint64_t limit) {
    return {
        {Code::overloaded,
         fmt::format("the blocks of the app \"{}\" take the {} bytes that it may fill; it takes "
                     "no transactions by this city node until its publisher raises the limit "
                     "(storage_bytes)",
                     app, limit)},
        k_storage_retry_s};
}

}  // namespace

Usage& Meter::today() {
    const Day day = day_of(clock_.now());
    if (current_ == days_.end() || current_->first != day) {
        current_ = days_.try_emplace(day).first;
        current_->second.usage.storage = counted_.bytes;
    }
    current_->second.changed = true;
    // What is counted after it was recorded (the clock went back) is recorded once more.
    current_->second.usage.recorded = false;
    return current_->second.usage;
}

Meter::Grant Meter::take(const registry::GatewayLimits& limits, std::uint64_t wanted, Asker asker) {
    Grant grant{wanted, std::nullopt, 0};
    {
        std::lock_guard lock(mutex_);
        if (limits.storage_bytes && counted_.bytes >= *limits.storage_bytes) {
            grant = {0, over_storage(app_, *limits.storage_bytes), 0};
            series_.refused_storage.add(wanted);
        } else if (limits.transactions_per_second) {
            const std::uint64_t rate = *limits.transactions_per_second;
            grant.transactions = bucket_.take(wanted, rate, clock_.monotonic());
            if (grant.transactions < wanted) {
                grant.refusal = over_rate(app_, rate, bucket_.wait(rate));
                series_.refused_transactions.add(wanted - grant.transactions);
            }
        }
        const std::uint64_t refused = asker == Asker::shown ? wanted - grant.transactions : 0;
        if (grant.transactions + refused != 0) {
            Usage& usage = today();
            usage.transactions += grant.transactions;
            usage.refused += refused;
            grant.day = current_->first;
        }
    }
    series_.transactions.add(grant.transactions);
    return grant;
}

void Meter::give_back(std::uint64_t transactions, Day day) {
    if (transactions == 0) return;
    std::lock_guard lock(mutex_);
    bucket_.give_back(transactions);
    auto kept = days_.find(day);
    if (kept == days_.end()) return;
    Usage& usage = kept->second.usage;
    usage.transactions -= std::min(usage.transactions, transactions);
    usage.recorded = false;
    kept->second.changed = true;
}

void Meter::count_refused(std::uint64_t transactions) {
    if (transactions == 0) return;
    std::lock_guard lock(mutex_);
    today().refused += transactions;
}

std::optional<Refusal> Meter::turn_away(const registry::GatewayLimits& limits, Asker asker) {
    if (!limits.traffic_bytes_per_day) return std::nullopt;
    std::lock_guard lock(mutex_);
    const auto kept = days_.find(day_of(clock_.now()));
    const std::uint64_t traffic = kept == days_.end() ? 0 : kept->second.usage.traffic();
    if (traffic < *limits.traffic_bytes_per_day) return std::nullopt;
    if (asker == Asker::shown) ++today().refused;
    series_.refused_traffic.add();
    return over_traffic(app_, *limits.traffic_bytes_per_day, clock_.now());
}

void Meter::count_traffic(std::uint64_t in, std::uint64_t out) {
    series_.traffic_in.add(in);
    series_.traffic_out.add(out);
    std::lock_guard lock(mutex_);
    Usage& usage = today();
    usage.traffic_in += in;
    usage.traffic_out += out;
}

void Meter::load(Day day, const Usage& usage) {
    std::lock_guard lock(mutex_);
    days_[day].usage = usage;
}

void Meter::load(const CountedBlocks& counted) {
    std::lock_guard lock(mutex_);
    counted_ = counted;
    series_.storage.add(static_cast<double>(counted.bytes));
}

CountedBlocks Meter::counted_blocks() const {
    std::lock_guard lock(mutex_);
    return counted_;
}

void Meter::set_counted_blocks(const CountedBlocks& counted) {
    std::lock_guard lock(mutex_);
    auto kept = days_.find(day_of(clock_.now()));
    // Storage is told of every day, also of those on which nobody asks anything.
    if (counted == counted_ && (kept != days_.end() || counted.bytes == 0)) return;
    series_.storage.add(static_cast<double>(counted.bytes) - static_cast<double>(counted_.bytes));
    counted_changed_ = counted_changed_ || counted != counted_;
    counted_ = counted;
    today().storage = counted.bytes;
}

std::optional<Usage> Meter::usage_of(Day day) const {
    std::lock_guard lock(mutex_);
    auto kept = days_.find(day);
    if (kept == days_.end()) return std::nullopt;
    return kept->second.usage;
}

std::vector<std::pair<Day, Usage>> Meter::unrecorded_before(Day day) const {
    std::lock_guard lock(mutex_);
    std::vector<std::pair<Day, Usage>> all;
    for (const auto& [kept, value] : days_) {
        if (kept >= day) break;
        if (!value.usage.recorded) all.emplace_back(kept, value.usage);
    }
    return all;
}

void Meter::note_recorded(Day day, const Usage& usage) {
    std::lock_guard lock(mutex_);
    auto kept = days_.find(day);
    if (kept == days_.end() || kept->second.usage != usage) return;
    kept->second.usage.recorded = true;
    kept->second.changed = true;
}

Meter::Changes Meter::take_changes() {
    std::lock_guard lock(mutex_);
    Changes changes;
    const Day now = day_of(clock_.now());
    for (auto at = days_.begin(); at != days_.end();) {
        auto& [day, kept] = *at;
        const Day most = kept.usage.recorded ? k_kept_recorded : k_kept_at_most;
        if (day + most < now) {
            changes.forgotten.push_back(day);
            if (at == current_) current_ = days_.end();
            at = days_.erase(at);
            continue;
        }
        if (std::exchange(kept.changed, false)) changes.days.emplace_back(day, kept.usage);
        ++at;
    }
    if (std::exchange(counted_changed_, false)) changes.counted = counted_;
    return changes;
}

void Meter::return_changes(const Changes& changes) {
    std::lock_guard lock(mutex_);
    for (const auto& [day, usage] : changes.days) {
        auto kept = days_.find(day);
        if (kept != days_.end()) kept->second.changed = true;
    }
    counted_changed_ = counted_changed_ || changes.counted.has_value();
}

}  // namespace bsn::gateway
