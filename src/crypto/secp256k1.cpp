#include "crypto/schemes.hpp"

#include <openssl/rand.h>

namespace bsn::crypto {

// Made once and then only read. Blinded by random bytes, so that the time of signing says nothing.
const secp256k1_context* secp256k1_signing_context() {
    static const secp256k1_context* const k_context = [] {
        secp256k1_context* context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
        Scalar seed;
        WipeAtEnd wipe(seed.data(), seed.size());
        ensure(context != nullptr && RAND_priv_bytes(seed.data(), seed.size()) == 1 &&
                   secp256k1_context_randomize(context, seed.data()) == 1,
               "no secp256k1 context");
        return context;
    }();
    return k_context;
}

std::optional<Secp256k1PublicKey> Secp256k1PublicKey::parse(const PublicKeyBytes& bytes) {
    Secp256k1PublicKey parsed;
    if (secp256k1_ec_pubkey_parse(secp256k1_context_static, &parsed.key_, bytes.data(),
                                  bytes.size()) != 1) {
        return std::nullopt;
    }
    return parsed;
}

bool Secp256k1PublicKey::verify(ByteView message, const Signature& signature) const {
    secp256k1_ecdsa_signature parsed;
    if (secp256k1_ecdsa_signature_parse_compact(secp256k1_context_static, &parsed,
                                                signature.data()) != 1) {
        return false;
    }
    Hash digest = hash(HashId::keccak256, message);
    return secp256k1_ecdsa_verify(secp256k1_context_static, &parsed, digest.data(), &key_) == 1;
}

Signature Secp256k1PrivateKey::sign(ByteView message) const {
    Hash digest = hash(HashId::keccak256, message);
    secp256k1_ecdsa_signature made;
    ensure(secp256k1_ecdsa_sign(secp256k1_signing_context(), &made, digest.data(), scalar_.data(),
                                nullptr, nullptr) == 1,
           "libsecp256k1 made no signature");
    Signature signature;
    secp256k1_ecdsa_signature_serialize_compact(secp256k1_context_static, signature.data(), &made);
    return signature;
}

}  // namespace bsn::crypto
