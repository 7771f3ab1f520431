#pragma once
// What is installed on peers of Fabric for a chaincode that runs as a service: where it is.

#include "base/bytes.hpp"

#include <string>

namespace bsn::framework::fabric {

struct PackageSpec {
    std::string label;    ///< letters, digits and `_.+-`; begins with a letter or digit
    std::string address;  ///< host:port, as the peers reach the contract server
    /// PEM, of the authority (or certificate) of the contract server; empty: no TLS.
    std::string server_authority;
    /// PEM, what the peer shows to a server that asks for it; both or none. The key is in the
    /// package.
    std::string client_certificate;
    std::string client_key;
};

struct ContractPackage {
    Bytes archive;   ///< a .tar.gz of type `ccaas`
    std::string id;  ///< what a peer says when it has installed it: label, colon, SHA-256
};

/// The package. The same specification makes the same bytes, so that all organisations get one id.
/// `invalid_argument` with what to correct.
Result<ContractPackage> make_contract_package(const PackageSpec& spec);

}  // namespace bsn::framework::fabric
