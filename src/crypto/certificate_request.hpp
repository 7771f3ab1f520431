#pragma once
// Requests for certificates (PKCS #10, "CSR"): somebody's name and key, signed by that key.

#include "crypto/suite.hpp"

#include <string>
#include <string_view>

namespace bsn::crypto {

/// The most bytes of a request, in DER.
inline constexpr std::size_t k_max_certificate_request = 4096;

/// What a request says of who asks; names other than the common name, and the attributes, are of no
/// use to us and passed over.
struct CertificateRequest {
    std::string common_name;
    PublicKey key;
};

/// The DER of a PEM text (`CERTIFICATE REQUEST` or `NEW CERTIFICATE REQUEST`) that holds one
/// request, and nothing before or behind it but white space. `too_large` or `invalid_argument`.
Result<Bytes> certificate_request_der(std::string_view pem);

/// Reads a request and checks its signature: ECDSA with SHA-256 (a high s is taken, as others make
/// it), or SM2 with SM3 under the default identity. By our own reader of DER, so that all who judge
/// the same bytes judge alike. `invalid_argument` for what is no request, has a key of no suite, or
/// not exactly one common name; `wrong_suite` if it is signed by another algorithm than its key's;
/// `bad_signature`; `too_large`.
Result<CertificateRequest> read_certificate_request(ByteView der);

}  // namespace bsn::crypto
