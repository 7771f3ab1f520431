#pragma once
// Contracts whose code publishers bring along: packages of chaincode of Hyperledger Fabric, by the
// hash of their bytes. What such a contract's type says.

#include "ledger/types.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace bsn::registry {

/// Languages of packages, in Fabric's own words.
inline constexpr std::array<std::string_view, 3> k_package_languages{"golang", "node", "java"};

struct PackagedCode {
    std::string language;  ///< one of `k_package_languages`
    ledger::Hash digest;   ///< SHA-256 of the package's bytes

    bool operator==(const PackagedCode&) const = default;
};

/// A contract's type that names a package: LANGUAGE, colon, 64 small hexadecimal digits; none:
/// another type.
std::optional<PackagedCode> packaged_code(std::string_view type);
std::string type_of(const PackagedCode& code);

}  // namespace bsn::registry
