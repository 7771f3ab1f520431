#pragma once
// The bound that no network of this machine can pass: how fast it verifies signatures.

#include "crypto/suite.hpp"

namespace bsn::cli {

/// Signatures per second that all cores together verify, each in a thread of its own, with the
/// network's own verifier and keys that it has parsed before; messages of so many bytes. Nothing
/// else should run meanwhile.
double verification_rate(crypto::SuiteId suite, std::size_t message_bytes, double seconds);

}  // namespace bsn::cli
