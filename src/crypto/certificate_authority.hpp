#pragma once
// The network's certificate authority: X.509 certificates for city nodes.

#include "base/clock.hpp"
#include "crypto/private_key.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace bsn::crypto {

/// A self-signed certificate of a new authority, as PEM. `key` is secp256r1; the network's name is
/// 1 to 64 characters of UTF-8, and `valid_days` at least one (other values are a bug).
std::string make_authority_certificate(const PrivateKey& key, std::string_view network_name,
                                       UnixMillis now, std::uint32_t valid_days);

/// What a city node's certificate says.
struct NodeCertificateRequest {
    std::string name;                ///< common name: the city node's name
    std::string organisation;        ///< its operator
    std::vector<std::string> hosts;  ///< DNS names and IP addresses (subjectAltName)
    PublicKey key;                   ///< secp256r1
    std::uint32_t valid_days = 3650;
};

/// A certificate for server and client use, as PEM. Name and organisation are 1 to 64 characters of
/// UTF-8. It begins five minutes before `now`, for machines whose clock is somewhat behind.
Result<std::string> issue_node_certificate(const std::string& authority_pem,
                                           const PrivateKey& authority_key,
                                           const NodeCertificateRequest& request, UnixMillis now);

/// What the certificate of a program that connects to nodes says.
struct ClientCertificateRequest {
    std::string name;          ///< common name
    std::string organisation;  ///< who runs it
    PublicKey key;             ///< secp256r1
    std::uint32_t valid_days = 3650;
};

/// A certificate for client use only: no city node can be made of it. Otherwise as above.
Result<std::string> issue_client_certificate(const std::string& authority_pem,
                                             const PrivateKey& authority_key,
                                             const ClientCertificateRequest& request,
                                             UnixMillis now);

/// Whether a city node's certificate was issued by the authority, is in its time (`expired`, also
/// if that has not come yet), and is for this key (`bad_signature` otherwise).
Status check_node_certificate(const std::string& authority_pem, const std::string& certificate_pem,
                              const PublicKey& key, UnixMillis now);

/// Whether the authority issued this certificate, at whatever time, for a city node with this key:
/// for those who have no clock. Only the text that `issue_node_certificate` would write is taken.
/// `invalid_argument` for what is no certificate, `bad_signature` otherwise.
Status check_issued_certificate(const std::string& authority_pem,
                                const std::string& certificate_pem, const PublicKey& key);

/// The secp256r1 key that a certificate (PEM) is for; `invalid_argument` if it is for none.
Result<PublicKey> key_of_certificate(const std::string& certificate_pem);

}  // namespace bsn::crypto
