#include "contract/arguments.hpp"

#include <fmt/format.h>

namespace bsn::contract {
namespace {

constexpr std::size_t k_default_page = 100;
constexpr std::size_t k_max_page = 1000;

}  // namespace

Status check_count(const Call& call, std::size_t least, std::size_t most, std::string_view usage) {
    std::size_t count = call.arguments.size();
    if (count >= least && count <= most) return {};
    return refuse(fmt::format("arguments are {}; {} given", usage, count));
}

std::string_view argument(const Call& call, std::size_t i) {
    return i < call.arguments.size() ? as_text(call.arguments[i]) : std::string_view{};
}

Result<std::size_t> parse_limit(std::string_view text) {
    if (text.empty()) return k_default_page;
    std::size_t limit = 0;
    if (!parse_number(text, limit) || limit < 1 || limit > k_max_page) {
        return refuse(fmt::format("LIMIT must be a number from 1 to {}", k_max_page));
    }
    return limit;
}

}  // namespace bsn::contract
