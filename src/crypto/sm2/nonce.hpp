#pragma once
// Inside of the module: nonces of SM2 signatures.

#include "crypto/curves.hpp"
#include "crypto/hash.hpp"
#include "crypto/sm2/limbs.hpp"

namespace bsn::crypto::sm2 {

/// A nonce below n for one signature: the key, the digest and fresh random bytes, hashed to twice
/// the length of n. Nobody who lacks the key can guess it, even if the random bytes were known, and
/// no two digests share one, even if they were the same. In time that depends on no secret.
Limbs hedged_nonce(const Scalar& scalar, const Hash& digest);

}  // namespace bsn::crypto::sm2
