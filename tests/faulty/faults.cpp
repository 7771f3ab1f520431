#include "faulty/faults.hpp"

#include <sstream>
#include <string>
#include <utility>

namespace bsn::faulty {
namespace {

constexpr std::array<std::pair<std::string_view, Way>, k_ways> k_names{{
    {"garbage", Way::garbage},
    {"contradicts", Way::contradicts},
    {"silent", Way::silent},
    {"withholds", Way::withholds},
    {"other-bytes", Way::other_bytes},
    {"bad-batches", Way::bad_batches},
    {"leaves-out", Way::leaves_out},
    {"judges-badly", Way::judges_badly},
}};

}  // namespace

std::optional<Way> way_from_name(std::string_view name) {
    for (const auto& [known, way] : k_names) {
        if (name == known) return way;
    }
    return std::nullopt;
}

bool Faults::obey(std::string_view command) {
    std::istringstream words{std::string(command)};
    std::string word;
    words >> word;
    if (word == "skew") {
        std::int64_t milliseconds = 0;
        if (!(words >> milliseconds)) return false;
        skew_ms_ = milliseconds;
        return true;
    }
    if (word != "be") return false;
    std::uint32_t ways = 0;
    while (words >> word) {
        const std::optional<Way> way = way_from_name(word);
        if (!way) return false;
        ways |= static_cast<std::uint32_t>(*way);
    }
    ways_ = ways;
    return true;
}

}  // namespace bsn::faulty
