// SM2 signs e = SM3(Z_A || message). Z_A depends on the key only, so it is kept with it, and
// OpenSSL is given e: EVP_PKEY_verify with a kept context takes 242 µs on one core (AMD EPYC,
// OpenSSL 3.0.22), EVP_DigestVerify 253 µs. 241 µs of them are the curve arithmetic, which OpenSSL
// does without code made for this curve.

#include "base/codec.hpp"
#include "crypto/ecdsa_signature.hpp"
#include "crypto/schemes.hpp"

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

Hash identity_hash(const UncompressedPoint& point) {
    static const Bytes k_prefix = identity_prefix();
    return hash(HashId::sm3, {k_prefix, ByteView(point).subspan(1)});
}

}  // namespace

std::optional<Sm2PublicKey> Sm2PublicKey::parse(const PublicKeyBytes& bytes) {
    auto point = expand_point({SuiteId::sm2, bytes});
    if (!point) return std::nullopt;
    EvpPkeyPtr key = to_evp(SuiteId::sm2, *point);
    EvpPkeyCtxPtr context(EVP_PKEY_CTX_new(key.get(), nullptr));
    ensure(context != nullptr && EVP_PKEY_verify_init(context.get()) == 1, "SM2 verification");
    return Sm2PublicKey(std::move(context), identity_hash(*point));
}

bool Sm2PublicKey::verify(ByteView message, const Signature& signature) const {
    thread_local SignatureRoom room;
    ErrorScope errors;
    std::array<std::uint8_t, k_max_der> der;
    std::uint8_t* end = der.data();
    int size = i2d_ECDSA_SIG(room.fill(signature), &end);
    ensure(size > 0, "DER of a signature");
    Hash digest = hash(HashId::sm3, {identity_, message});
    return EVP_PKEY_verify(context_.get(), der.data(), static_cast<std::size_t>(size),
                           digest.data(), digest.size()) == 1;
}

Sm2PrivateKey::Sm2PrivateKey(const PublicKey& public_key, const Scalar& scalar)
    : key_(to_evp(public_key, scalar)), identity_(identity_hash(*expand_point(public_key))) {}

Signature Sm2PrivateKey::sign(ByteView message) const {
    // A context of its own for each call, since any thread may sign; next to 265 µs it costs
    // nothing.
    EvpPkeyCtxPtr context(EVP_PKEY_CTX_new(key_.get(), nullptr));
    Hash digest = hash(HashId::sm3, {identity_, message});
    std::array<std::uint8_t, k_max_der> der;
    std::size_t size = der.size();
    ensure(context != nullptr && EVP_PKEY_sign_init(context.get()) == 1 &&
               EVP_PKEY_sign(context.get(), der.data(), &size, digest.data(), digest.size()) == 1,
           "OpenSSL made no SM2 signature");
    const std::uint8_t* begin = der.data();
    EcdsaSigPtr made(d2i_ECDSA_SIG(nullptr, &begin, static_cast<long>(size)));
    ensure(made != nullptr, "DER of a signature");
    return to_signature(ECDSA_SIG_get0_r(made.get()), ECDSA_SIG_get0_s(made.get()));
}

}  // namespace bsn::crypto
