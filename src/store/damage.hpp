#pragma once
// What is said of damaged and missing files, and what to do about them. Internal.

#include "base/result.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace bsn::store {

inline constexpr std::string_view k_damage_advice =
    "restore the folder from a copy, or, if it is one node's data, move it away so that the node "
    "fetches its data from other nodes";

inline Error damaged(const std::filesystem::path& path, std::uint64_t offset,
                     std::string_view what) {
    return {Code::corrupted, fmt::format("{} is damaged at offset {}: {}; {}", path.string(),
                                         offset, what, k_damage_advice)};
}

inline Error missing(const std::filesystem::path& path) {
    return {Code::corrupted, fmt::format("{} is missing; {}", path.string(), k_damage_advice)};
}

}  // namespace bsn::store
