// The curve by OpenSSL's generic arithmetic: what ours is tested against, and what takes its place
// in builds with BSN_SM2_BY_OPENSSL.

#include "crypto/curves.hpp"
#include "crypto/sm2/arithmetic.hpp"
#include "crypto/sm2/order.hpp"

namespace bsn::crypto::sm2 {
namespace {

using Field = PortableField;

const EC_GROUP* group() { return curve_of(SuiteId::sm2).group; }

BignumPtr number_of(const Limbs& value) {
    Scalar bytes;
    WipeAtEnd wipe(bytes.data(), bytes.size());
    to_bytes(value, bytes.data());
    BignumPtr number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
    ensure(number != nullptr, "out of memory");
    return number;
}

AffinePoint affine_of(const EC_POINT* point) {
    UncompressedPoint bytes;
    ensure(EC_POINT_point2oct(group(), point, POINT_CONVERSION_UNCOMPRESSED, bytes.data(),
                              bytes.size(), nullptr) == bytes.size(),
           "a point is 65 bytes");
    return {to_form<Field>(from_bytes(bytes.data() + 1)),
            to_form<Field>(from_bytes(bytes.data() + 33))};
}

EcPointPtr point_of(const AffinePoint& point) {
    EcPointPtr made(EC_POINT_new(group()));
    ensure(made != nullptr && EC_POINT_set_affine_coordinates(
                                  group(), made.get(), number_of(from_form<Field>(point.x)).get(),
                                  number_of(from_form<Field>(point.y)).get(), nullptr) == 1,
           "a point of the curve");
    return made;
}

std::optional<AffinePoint> read_point(const std::uint8_t* bytes) {
    ErrorScope errors;
    EcPointPtr point(EC_POINT_new(group()));
    ensure(point != nullptr, "out of memory");
    if (EC_POINT_oct2point(group(), point.get(), bytes, 33, nullptr) != 1) return std::nullopt;
    return affine_of(point.get());
}

void write_point(const AffinePoint& point, std::uint8_t* bytes) {
    to_bytes(from_form<Field>(point.x), bytes);
    to_bytes(from_form<Field>(point.y), bytes + 32);
}

bool verify(const AffinePoint& key, const Limbs& digest, const SignatureNumbers& signature) {
    if (is_zero(signature.r) || !is_below(signature.r, k_order) || is_zero(signature.s) ||
        !is_below(signature.s, k_order)) {
        return false;
    }
    const Limbs factor = order_add(signature.r, signature.s);
    if (is_zero(factor)) return false;
    EcPointPtr sum(EC_POINT_new(group()));
    ensure(
        sum != nullptr && EC_POINT_mul(group(), sum.get(), number_of(signature.s).get(),
                                       point_of(key).get(), number_of(factor).get(), nullptr) == 1,
        "OpenSSL multiplied no points");
    if (EC_POINT_is_at_infinity(group(), sum.get()) == 1) return false;
    const Limbs x = order_reduce(from_form<Field>(affine_of(sum.get()).x));
    return order_add(order_reduce(digest), x) == signature.r;
}

AffinePoint secret_point(const Limbs& scalar) {
    BignumPtr number = number_of(scalar);
    BN_set_flags(number.get(), BN_FLG_CONSTTIME);
    EcPointPtr point(EC_POINT_new(group()));
    ensure(point != nullptr &&
               EC_POINT_mul(group(), point.get(), number.get(), nullptr, nullptr, nullptr) == 1,
           "OpenSSL multiplied no point");
    BN_clear(number.get());
    return affine_of(point.get());
}

Limbs secret_x(const Limbs& scalar) { return from_form<Field>(secret_point(scalar).x); }

}  // namespace

const Arithmetic& openssl_arithmetic() {
    static constexpr Arithmetic k_openssl{"openssl", read_point, write_point,  verify,
                                          nullptr,   nullptr,    secret_point, secret_x};
    return k_openssl;
}

}  // namespace bsn::crypto::sm2
