#pragma once
// Inside of the module: the three signature schemes, each a parsed public key and a private key
// with the same operations. The bytes of a signature are in range, and s is low, before they come
// here.

#include "crypto/curves.hpp"
#include "crypto/p256_table.hpp"

#include <secp256k1.h>

#include <optional>

namespace bsn::crypto {

using EcKeyPtr = std::unique_ptr<EC_KEY, void (*)(EC_KEY*)>;

/// ECDSA over P-256 with SHA-256. One thread verifies with an object; any may sign.
class P256PublicKey {
  public:
    static std::optional<P256PublicKey> parse(const PublicKeyBytes& bytes);
    bool verify(ByteView message, const Signature& signature) const;

  private:
    P256PublicKey(EcKeyPtr key, const PublicKeyBytes& bytes)
        : key_(std::move(key)), bytes_(bytes) {}
    EcKeyPtr key_;
    PublicKeyBytes bytes_;
    // A key that verifies often gets a table of multiples, as long as there is room for it.
    mutable std::uint32_t uses_ = 0;  ///< without a table
    mutable std::weak_ptr<const P256Table> table_;
};

class P256PrivateKey {
  public:
    P256PrivateKey(const PublicKey& public_key, const Scalar& scalar);
    Signature sign(ByteView message) const;

  private:
    EcKeyPtr key_;
};

/// ECDSA over secp256k1 with Keccak-256; nonces by RFC 6979.
class Secp256k1PublicKey {
  public:
    static std::optional<Secp256k1PublicKey> parse(const PublicKeyBytes& bytes);
    bool verify(ByteView message, const Signature& signature) const;

  private:
    secp256k1_pubkey key_{};
};

/// libsecp256k1's context for signing, shared by all threads and never freed.
const secp256k1_context* secp256k1_signing_context();

class Secp256k1PrivateKey {
  public:
    Secp256k1PrivateKey(const PublicKey&, const Scalar& scalar) : scalar_(scalar) {}
    ~Secp256k1PrivateKey() { OPENSSL_cleanse(scalar_.data(), scalar_.size()); }
    Secp256k1PrivateKey(const Secp256k1PrivateKey&) = delete;
    Secp256k1PrivateKey& operator=(const Secp256k1PrivateKey&) = delete;
    Signature sign(ByteView message) const;

  private:
    Scalar scalar_;
};

/// SM2 with SM3 and the default identity.
class Sm2PublicKey {
  public:
    static std::optional<Sm2PublicKey> parse(const PublicKeyBytes& bytes);
    bool verify(ByteView message, const Signature& signature) const;

  private:
    Sm2PublicKey(EvpPkeyCtxPtr context, const Hash& identity)
        : context_(std::move(context)), identity_(identity) {}
    EvpPkeyCtxPtr context_;
    Hash identity_;  ///< Z_A: user identity, curve and key, hashed
};

class Sm2PrivateKey {
  public:
    Sm2PrivateKey(const PublicKey& public_key, const Scalar& scalar);
    Signature sign(ByteView message) const;

  private:
    EvpPkeyPtr key_;
    Hash identity_;
};

}  // namespace bsn::crypto
