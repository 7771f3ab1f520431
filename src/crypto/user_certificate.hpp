#pragma once
// Certificates of users who keep their keys: by them the original's SDKs know that a user is
// enrolled. They give no rights; what the permission chain says of the key does.

#include "base/clock.hpp"
#include "crypto/private_key.hpp"

#include <string>

namespace bsn::crypto {

/// The most bytes of the issuer's and of the user's name in a certificate.
inline constexpr std::size_t k_max_certificate_name = 64;

/// What such a certificate says.
struct UserCertificate {
    std::string network;     ///< of the issuer: its organisation; 1 to 64 characters of UTF-8
    std::string issuer;      ///< the city node's name, the issuer's common name; the same
    std::string user;        ///< common name, such as `alice@app`; 1 to 64 bytes of UTF-8
    std::string attributes;  ///< JSON, as Fabric's authority writes attributes
    PublicKey key;           ///< the user's
};

/// Signs a certificate, as PEM: by ECDSA with SHA-256, or SM2 with SM3. Profile: subject `O=Bsn,
/// OU=client, CN=user`, digitalSignature only, no authority, the issuer as DNS name where it is
/// one, attributes under 1.2.3.4.5.6.7.8.1; from five minutes before `now` to the year 2100.
/// `invalid_argument` for a name that does not fit.
Result<std::string> issue_user_certificate(const UserCertificate& asked,
                                           const PrivateKey& issuer_key, UnixMillis now);

}  // namespace bsn::crypto
