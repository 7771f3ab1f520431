#pragma once
// Members of the ledger's JSON files (genesis, receipt bundle). Like the JSON library, the readers
// throw nlohmann::json::exception when a member is missing.

#include "base/result.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <limits>
#include <string>

namespace bsn::ledger {

/// A whole number that fits the type. The library would round fractions and wrap what is too
/// large.
template <typename Number>
Result<Number> number_field(const nlohmann::ordered_json& object, const char* name) {
    constexpr std::uint64_t most = std::numeric_limits<Number>::max();
    const nlohmann::ordered_json& value = object.at(name);
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > most) {
        return Error{Code::invalid_argument,
                     fmt::format("{} must be a whole number from 0 to {}", name, most)};
    }
    return static_cast<Number>(value.get<std::uint64_t>());
}

/// A version as it stands in the file; anything but a number could be nested without end.
inline std::string version_text(const nlohmann::ordered_json& version) {
    return version.is_number() ? version.dump() : "(no number)";
}

}  // namespace bsn::ledger
