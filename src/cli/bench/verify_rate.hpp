#pragma once
// The bound that no network of this machine can pass: how fast it verifies signatures.

#include "crypto/suite.hpp"

namespace bsn::cli {

/// Signatures per second that all cores together verify.
struct VerificationRate {
    double own = 0;    ///< by the network's own verifier
    double plain = 0;  ///< by OpenSSL's plain one, which others can measure as well
};

/// Both, one after the other for so many seconds each: each core in a thread of its own, with a
/// key that it has parsed before, the same signatures, messages of so many bytes. Nothing else
/// should run meanwhile.
VerificationRate verification_rate(crypto::SuiteId suite, std::size_t message_bytes,
                                   double seconds);

}  // namespace bsn::cli
