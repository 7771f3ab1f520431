#include "crypto/curves.hpp"

#include "crypto/schemes.hpp"

#include <openssl/core_names.h>
#include <openssl/obj_mac.h>
#include <openssl/params.h>

#include <cstring>

namespace bsn::crypto {
namespace {

void write_scalar(const BIGNUM* number, Scalar& scalar) {
    ensure(BN_bn2binpad(number, scalar.data(), scalar.size()) == 32, "scalar beyond 32 bytes");
}

Curve make_curve(int nid, const char* openssl_name, const char* key_type) {
    Curve curve;
    curve.group = EC_GROUP_new_by_curve_name(nid);
    ensure(curve.group != nullptr, "OpenSSL lacks a curve");
    curve.openssl_name = openssl_name;
    curve.key_type = key_type;
    const BIGNUM* order = EC_GROUP_get0_order(curve.group);
    BignumPtr half(BN_new());
    ensure(half != nullptr && BN_rshift1(half.get(), order) == 1, "half of a group order");
    write_scalar(order, curve.order);
    write_scalar(half.get(), curve.half_order);
    return curve;
}

EvpPkeyPtr make_evp(const Curve& curve, int selection, OSSL_PARAM* parameters) {
    EvpPkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, curve.key_type, nullptr));
    EVP_PKEY* key = nullptr;
    ensure(context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1 &&
               EVP_PKEY_fromdata(context.get(), &key, selection, parameters) == 1,
           "OpenSSL took no key of this curve");
    return EvpPkeyPtr(key);
}

OSSL_PARAM group_parameter(const Curve& curve) {
    // OpenSSL only reads it.
    return OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME,
                                            const_cast<char*>(curve.openssl_name), 0);
}

// Always with both coordinates: many TLS implementations refuse certificates whose key is
// compressed, and OpenSSL writes a key in the form in which it got it.
OSSL_PARAM point_parameter(UncompressedPoint& point) {
    return OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size());
}

}  // namespace

const Curve& curve_of(SuiteId suite) {
    // Never freed: threads may verify until the process ends.
    static const auto* const k_curves = new std::array<Curve, 3>{
        make_curve(NID_X9_62_prime256v1, SN_X9_62_prime256v1, "EC"),
        make_curve(NID_secp256k1, SN_secp256k1, "EC"), make_curve(NID_sm2, SN_sm2, "SM2")};
    auto number = static_cast<std::size_t>(suite);
    ensure(number >= 1 && number <= k_curves->size(), "suite without a curve");
    return (*k_curves)[number - 1];
}

bool is_scalar(const Curve& curve, ByteView bytes) {
    static constexpr Scalar k_zero{};
    return bytes.size() == 32 && std::memcmp(bytes.data(), k_zero.data(), 32) != 0 &&
           std::memcmp(bytes.data(), curve.order.data(), 32) < 0;
}

bool is_private_scalar(SuiteId suite, ByteView bytes) {
    const Curve& curve = curve_of(suite);
    if (!is_scalar(curve, bytes)) return false;
    if (suite != SuiteId::sm2) return true;
    Scalar last = curve.order;
    last.back() -= 1;  // the order is odd
    return std::memcmp(bytes.data(), last.data(), last.size()) != 0;
}

bool is_high(const Curve& curve, ByteView bytes) {
    return std::memcmp(bytes.data(), curve.half_order.data(), 32) > 0;
}

std::optional<UncompressedPoint> expand_point(const PublicKey& key) {
    if (key.suite == SuiteId::sm2) return expand_sm2_point(key.bytes);
    ErrorScope errors;
    const EC_GROUP* group = curve_of(key.suite).group;
    EcPointPtr point(EC_POINT_new(group));
    ensure(point != nullptr, "out of memory");
    if (EC_POINT_oct2point(group, point.get(), key.bytes.data(), key.bytes.size(), nullptr) != 1) {
        return std::nullopt;
    }
    UncompressedPoint expanded;
    ensure(EC_POINT_point2oct(group, point.get(), POINT_CONVERSION_UNCOMPRESSED, expanded.data(),
                              expanded.size(), nullptr) == expanded.size(),
           "a point is 65 bytes");
    return expanded;
}

PublicKey public_key_of(SuiteId suite, const Scalar& scalar) {
    if (suite == SuiteId::sm2) return {suite, sm2_public_key_of(scalar)};
    const EC_GROUP* group = curve_of(suite).group;
    BignumPtr number(BN_bin2bn(scalar.data(), static_cast<int>(scalar.size()), nullptr));
    EcPointPtr point(EC_POINT_new(group));
    ensure(number != nullptr && point != nullptr, "out of memory");
    BN_set_flags(number.get(), BN_FLG_CONSTTIME);
    PublicKey key{suite, {}};
    bool done = EC_POINT_mul(group, point.get(), number.get(), nullptr, nullptr, nullptr) == 1 &&
                EC_POINT_point2oct(group, point.get(), POINT_CONVERSION_COMPRESSED,
                                   key.bytes.data(), key.bytes.size(), nullptr) == key.bytes.size();
    ensure(done, "OpenSSL computed no public key");
    return key;
}

EvpPkeyPtr to_evp(const PublicKey& key) {
    auto point = expand_point(key);
    return point ? to_evp(key.suite, *point) : nullptr;
}

EvpPkeyPtr to_evp(SuiteId suite, UncompressedPoint point) {
    const Curve& curve = curve_of(suite);
    std::array parameters{group_parameter(curve), point_parameter(point),
                          OSSL_PARAM_construct_end()};
    return make_evp(curve, EVP_PKEY_PUBLIC_KEY, parameters.data());
}

EvpPkeyPtr to_evp(const PublicKey& key, const Scalar& scalar) {
    auto point = expand_point(key);
    ensure(point.has_value(), "public key of a private key");
    const Curve& curve = curve_of(key.suite);
    Scalar native;  // OpenSSL takes the number in the machine's byte order
    WipeAtEnd wipe(native.data(), native.size());
    BignumPtr number(BN_bin2bn(scalar.data(), static_cast<int>(scalar.size()), nullptr));
    ensure(number != nullptr && BN_bn2nativepad(number.get(), native.data(), native.size()) == 32,
           "private scalar");
    std::array parameters{
        group_parameter(curve), point_parameter(*point),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_PRIV_KEY, native.data(), native.size()),
        OSSL_PARAM_construct_end()};
    return make_evp(curve, EVP_PKEY_KEYPAIR, parameters.data());
}

}  // namespace bsn::crypto
