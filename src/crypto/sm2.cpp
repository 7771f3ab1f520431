// SM2 signs e = SM3(Z_A || message). Z_A depends on the key only, so it is kept with it. The curve
// is ours (`sm2/`): OpenSSL computes without code made for this curve, in five times the time.

#include "base/codec.hpp"
#include "crypto/schemes.hpp"
#include "crypto/sm2/nonce.hpp"
#include "crypto/sm2/signing.hpp"

namespace bsn::crypto {
namespace {

// What Z_A begins with for every key: length of the identity in bits, identity, a, b, generator.
Bytes identity_prefix() {
    const EC_GROUP* group = curve_of(SuiteId::sm2).group;
    BignumPtr a(BN_new());
    BignumPtr b(BN_new());
    Scalar a_bytes;
    Scalar b_bytes;
    UncompressedPoint generator;
    ensure(
        EC_GROUP_get_curve(group, nullptr, a.get(), b.get(), nullptr) == 1 &&
            BN_bn2binpad(a.get(), a_bytes.data(), 32) == 32 &&
            BN_bn2binpad(b.get(), b_bytes.data(), 32) == 32 &&
            EC_POINT_point2oct(group, EC_GROUP_get0_generator(group), POINT_CONVERSION_UNCOMPRESSED,
                               generator.data(), generator.size(), nullptr) == generator.size(),
        "parameters of the SM2 curve");
    Writer prefix;
    prefix.u16(static_cast<std::uint16_t>(k_sm2_identity.size() * 8));
    prefix.raw(as_bytes(k_sm2_identity));
    prefix.raw(a_bytes);
    prefix.raw(b_bytes);
    prefix.raw(ByteView(generator).subspan(1));
    return prefix.take();
}

/// A table takes as long to compute as it saves in eight verifications.
constexpr std::uint32_t k_uses_worth_a_table = 16;
constexpr std::size_t k_kept_tables = 512;  // 27 MB
/// Far longer than to compute all of them, which takes a fifth of a second.
constexpr auto k_idle = std::chrono::minutes(1);

SharedTables<Sm2Table>& shared_sm2_tables() {
    static auto* const k_tables = new SharedTables<Sm2Table>(k_kept_tables, k_idle);
    return *k_tables;
}

sm2::Limbs limbs_of(ByteView bytes) { return sm2::from_bytes(bytes.data()); }

}  // namespace

Hash sm2_identity_hash(const UncompressedPoint& point) {
    static const Bytes k_prefix = identity_prefix();
    return hash(HashId::sm3, {k_prefix, ByteView(point).subspan(1)});
}

std::optional<UncompressedPoint> expand_sm2_point(const PublicKeyBytes& bytes) {
    const auto point = sm2::arithmetic().read_point(bytes.data());
    if (!point) return std::nullopt;
    UncompressedPoint expanded;
    expanded[0] = 4;
    sm2::arithmetic().write_point(*point, expanded.data() + 1);
    return expanded;
}

PublicKeyBytes sm2_public_key_of(const Scalar& scalar) {
    UncompressedPoint point;
    sm2::arithmetic().write_point(sm2::arithmetic().secret_point(limbs_of(scalar)),
                                  point.data() + 1);
    PublicKeyBytes key;
    key.data()[0] = static_cast<std::uint8_t>(2 + (point[64] & 1));
    std::copy_n(point.data() + 1, 32, key.data() + 1);
    return key;
}

std::optional<Sm2PublicKey> Sm2PublicKey::parse(const PublicKeyBytes& bytes,
                                                const sm2::Arithmetic& arithmetic) {
    const auto point = arithmetic.read_point(bytes.data());
    if (!point) return std::nullopt;
    UncompressedPoint expanded;
    arithmetic.write_point(*point, expanded.data() + 1);
    return Sm2PublicKey(bytes, arithmetic, *point, sm2_identity_hash(expanded));
}

bool Sm2PublicKey::verify(ByteView message, const Signature& signature) const {
    const Hash digest = hash(HashId::sm3, {identity_, message});
    const sm2::SignatureNumbers numbers{limbs_of(signature.view().first(32)),
                                        limbs_of(signature.view().subspan(32))};
    if (auto table = table_.lock()) {
        return arithmetic_->verify_with(table->use(), limbs_of(digest), numbers);
    }
    if (++uses_ == k_uses_worth_a_table) {
        uses_ = 0;  // a table that was refused, or is dropped later, is to be earned again
        if (arithmetic_->multiples_of != nullptr) {
            table_ = shared_sm2_tables().table_of(bytes_, point_);
        }
    }
    return arithmetic_->verify(point_, limbs_of(digest), numbers);
}

Sm2Table::Sm2Table(const sm2::AffinePoint& key)
    : multiples_(sm2::fastest_arithmetic().multiples_of(key)) {}

Sm2PrivateKey::Sm2PrivateKey(const PublicKey& public_key, const Scalar& scalar,
                             const sm2::Arithmetic& arithmetic)
    : arithmetic_(arithmetic),
      scalar_(scalar),
      inverse_(sm2::signing_inverse(limbs_of(scalar))),
      identity_(sm2_identity_hash(*expand_sm2_point(public_key.bytes))) {}

Sm2PrivateKey::~Sm2PrivateKey() {
    OPENSSL_cleanse(scalar_.data(), scalar_.size());
    OPENSSL_cleanse(inverse_.data(), sizeof inverse_);
}

Signature Sm2PrivateKey::sign(ByteView message) const {
    const Hash digest = hash(HashId::sm3, {identity_, message});
    Signature signature;
    for (;;) {
        sm2::Limbs nonce = sm2::hedged_nonce(scalar_, digest);
        WipeAtEnd wipe(nonce.data(), sizeof nonce);
        const sm2::MadeSignature made = sm2::sign(arithmetic_, limbs_of(digest), inverse_, nonce);
        if (made.valid == 0) continue;  // once in 2^254
        sm2::to_bytes(made.numbers.r, signature.data());
        sm2::to_bytes(made.numbers.s, signature.data() + 32);
        return signature;
    }
}

}  // namespace bsn::crypto
