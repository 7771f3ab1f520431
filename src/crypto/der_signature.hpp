#pragma once
// Signatures in DER, as X.509 and many protocols carry them: SEQUENCE { INTEGER r, INTEGER s }.

#include "crypto/private_key.hpp"

namespace bsn::crypto {

/// The DER of a signature, 8 to 72 bytes.
Bytes to_der(const Signature& signature);
/// The signature of a DER; only the one encoding that DER allows is taken, and numbers of at most
/// 32 bytes. `bad_signature` otherwise.
Result<Signature> signature_from_der(ByteView der);

/// Signs a digest by ECDSA, where a protocol's hash is not the suite's: SHA-256 with secp256k1.
/// The key must be of that suite; s is low.
Signature sign_digest(const PrivateKey& key, const Hash& digest);
/// Whether a secp256k1 key signed a digest; `bad_signature` if not, or if s is high.
Status verify_digest(const PublicKey& key, const Hash& digest, const Signature& signature);

}  // namespace bsn::crypto
