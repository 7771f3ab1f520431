#pragma once
// Inside of the module: the three signature schemes, each a parsed public key and a private key
// with the same operations. The bytes of a signature are in range, and s is low, before they come
// here.

#include "crypto/curves.hpp"
#include "crypto/p256_table.hpp"
#include "crypto/sm2/arithmetic.hpp"

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

/// The multiples of an SM2 key. All implementations of ours compute the same. Any thread.
class Sm2Table {
  public:
    explicit Sm2Table(const sm2::AffinePoint& key);
    const sm2::KeyMultiples& use() const {
        used_.set();
        return *multiples_;
    }
    bool used_since_asked() const { return used_.take(); }

  private:
    std::unique_ptr<sm2::KeyMultiples> multiples_;
    UseMark used_;
};

/// SM2 with SM3 and the default identity.
class Sm2PublicKey {
  public:
    static std::optional<Sm2PublicKey> parse(const PublicKeyBytes& bytes,
                                             const sm2::Arithmetic& arithmetic = sm2::arithmetic());
    bool verify(ByteView message, const Signature& signature) const;

  private:
    Sm2PublicKey(const PublicKeyBytes& bytes, const sm2::Arithmetic& arithmetic,
                 const sm2::AffinePoint& point, const Hash& identity)
        : bytes_(bytes), arithmetic_(&arithmetic), point_(point), identity_(identity) {}
    PublicKeyBytes bytes_;
    const sm2::Arithmetic* arithmetic_;
    sm2::AffinePoint point_;
    Hash identity_;                   ///< Z_A: user identity, curve and key, hashed
    mutable std::uint32_t uses_ = 0;  ///< without a table
    mutable std::weak_ptr<const Sm2Table> table_;
};

class Sm2PrivateKey {
  public:
    Sm2PrivateKey(const PublicKey& public_key, const Scalar& scalar,
                  const sm2::Arithmetic& arithmetic = sm2::arithmetic());
    ~Sm2PrivateKey();
    Sm2PrivateKey(const Sm2PrivateKey&) = delete;
    Sm2PrivateKey& operator=(const Sm2PrivateKey&) = delete;
    Signature sign(ByteView message) const;

  private:
    const sm2::Arithmetic& arithmetic_;
    Scalar scalar_;
    sm2::Limbs inverse_;  ///< 1 / (1 + scalar)
    Hash identity_;
};

/// Z_A of a key with the identity of ours.
Hash sm2_identity_hash(const UncompressedPoint& point);
/// `expand_point` and `public_key_of` of this curve.
std::optional<UncompressedPoint> expand_sm2_point(const PublicKeyBytes& bytes);
PublicKeyBytes sm2_public_key_of(const Scalar& scalar);

}  // namespace bsn::crypto
