#pragma once
// Certificates of authorities that others run, such as those of a consortium's members.

#include "base/clock.hpp"
#include "crypto/suite.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bsn::crypto {

/// Whom an organisation trusts to issue certificates; PEM texts.
struct TrustedAuthorities {
    std::vector<std::string> roots;
    std::vector<std::string> intermediates;
    /// Lists of revoked certificates; those that no authority here signed count nothing.
    std::vector<std::string> revocations;
};

/// What was found of a certificate that holds.
struct CheckedCertificate {
    PublicKey key;                   ///< secp256r1
    std::vector<std::string> units;  ///< OU of its subject
    UnixMillis not_before = 0;
    UnixMillis not_after = 0;
    /// From the certificate to its root, in DER.
    std::vector<Bytes> chain;

    /// `expired` if the time is not within that of the certificate.
    Status check_time(UnixMillis time) const;
};

/// Checks a certificate (PEM) of a person or server against authorities: the chain of signatures to
/// a root, and revocation. Its own time is not looked at (`check_time`), nor that of its
/// authorities: what was signed stays signed. `bad_signature` if it does not hold,
/// `invalid_argument` for what is no certificate for a secp256r1 key.
Result<CheckedCertificate> check_certificate(const TrustedAuthorities& authorities,
                                             const std::string& certificate);

/// A certificate's bytes in DER; `invalid_argument` if the text is no certificate in PEM.
Result<Bytes> certificate_der(const std::string& certificate);

}  // namespace bsn::crypto
