#pragma once
// Time stamps of an authority outside of the network: RFC 3161.

#include "base/clock.hpp"
#include "crypto/hash.hpp"

#include <optional>
#include <string>

namespace bsn::crypto {

/// The most bytes of a time stamp that are read.
inline constexpr std::size_t k_max_time_stamp = 64U << 10;

/// What an authority signed.
struct TimeStamp {
    UnixMillis time = 0;    ///< of the authority's clock
    std::string authority;  ///< the subject of the certificate that signed, as RFC 2253 writes it
    std::string serial;     ///< the time stamp's number, hexadecimal
};

/// The DER of a TimeStampReq: the imprint of a SHA-256, this nonce, and the wish for certificates.
Bytes time_stamp_request(const Hash& sha256, std::uint64_t nonce);

/// Checks the DER of a TimeStampResp, as an authority sends it: granted, of this SHA-256 and (if
/// given) this nonce, signed by a certificate for time stamps that leads to one of `anchors` (PEM
/// of one or more). Certificates must have been valid at the stamp's time; whether one was revoked
/// is not looked up. `bad_signature` if it proves nothing, `invalid_argument` if it is malformed or
/// the anchors are, `too_large` beyond `k_max_time_stamp`.
Result<TimeStamp> verify_time_stamp(ByteView response, const Hash& sha256,
                                    const std::string& anchors,
                                    std::optional<std::uint64_t> nonce = std::nullopt);

}  // namespace bsn::crypto
