#pragma once
// Keys between a node's peer and one contract of a package: an authority of its own for the two, so
// that a contract's key is good for nothing else, and no contract talks to another as its peer.

#include "base/clock.hpp"
#include "base/result.hpp"

#include <filesystem>
#include <string>

namespace bsn::framework::fabric {

inline constexpr std::string_view k_base64_suffix = ".base64";

struct ContractTls {
    std::string authority;           ///< PEM: whom the peer believes
    std::string client_certificate;  ///< PEM: what the peer shows
    std::string client_key;
};

/// Made once in this folder, and kept, since installed packages name it; good for ten years.
///
///     authority/ client/      key.pem, certificate.pem: never shown to the contract
///     shown/                  certificate.pem, key.pem: the contract's, and both in base64 with
///                             `k_base64_suffix` behind their names; authority.pem: the peer's
///
/// `user`: whom `shown/` is given to; 0: nobody.
Result<ContractTls> open_contract_tls(const std::filesystem::path& folder, std::uint32_t user,
                                      UnixMillis now);

}  // namespace bsn::framework::fabric
