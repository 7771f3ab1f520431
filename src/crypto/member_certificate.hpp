#pragma once
// Certificates of an organisation's members, as Hyperledger Fabric reads them: the role is an
// organisational unit of the subject ("node OUs").

#include "base/clock.hpp"
#include "crypto/private_key.hpp"

#include <string>

namespace bsn::crypto {

/// What such a certificate says.
struct MemberCertificate {
    std::string organisation;  ///< 1 to 64 bytes of UTF-8, as the two names that follow
    std::string role;          ///< `peer`, `orderer`, `admin` or `client`
    std::string name;          ///< common name
    PublicKey key;             ///< secp256r1
    std::string attributes;    ///< JSON, as Fabric's authority writes attributes; empty: none
    std::uint32_t valid_days = 365;
    std::string serial_number = {};  ///< of the subject, tells apart those of one name; or empty
};

/// Signs it, as PEM: for digital signatures only, no authority, ECDSA with SHA-256 and a low s
/// (Fabric would rewrite others), from five minutes before `now`. `invalid_argument` for a name
/// that does not fit, or an authority whose key is another.
Result<std::string> issue_member_certificate(const std::string& authority_pem,
                                             const PrivateKey& authority_key,
                                             const MemberCertificate& asked, UnixMillis now);

/// The same member's certificate for another key: one that names the same subject and attributes as
/// a certificate (PEM) that this authority issued, and ends when that does. `invalid_argument` as
/// above, or if the authority did not issue it.
Result<std::string> issue_for_other_key(const std::string& authority_pem,
                                        const PrivateKey& authority_key,
                                        const std::string& certificate, const PublicKey& key,
                                        UnixMillis now);

/// Whether two certificates (PEM) name the same subject and issuer; false for what is none.
bool name_the_same(const std::string& one, const std::string& other);

/// When a certificate (PEM) ends, milliseconds since 1970; `invalid_argument` if it is none.
Result<UnixMillis> end_of_certificate(const std::string& pem);

}  // namespace bsn::crypto
