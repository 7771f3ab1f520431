#pragma once
// What the SDKs of FISCO BCOS need to connect to the nodes of a network.

#include "base/clock.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace bsn::node {

struct FiscoSdkFiles {
    std::filesystem::path authority;  ///< folder with `authority.pem` and `authority.crt`
    std::filesystem::path out;        ///< made if it is not there
    std::string name = "sdk";         ///< in the certificate
    std::string organisation = "sdk";
    std::uint32_t valid_days = 365;
};

/// Writes `ca.crt`, `sdk.crt` and `sdk.key` (secp256r1, PKCS#8), as the SDKs look for them in their
/// folder of certificates. `already_exists` rather than overwriting a key.
Status make_fisco_sdk_files(const FiscoSdkFiles& files, UnixMillis now);

}  // namespace bsn::node
