#pragma once
// Inside of the module: points of SM2's curve y^2 = x^3 - 3x + b (GB/T 32918.5).

#include "crypto/sm2/field.hpp"

#include <optional>

namespace bsn::crypto::sm2 {

/// Numbers of the curve in Montgomery's form.
inline constexpr Limbs k_curve_b = PortableField::multiply(
    Limbs{0xDDBCBD414D940E93, 0xF39789F515AB8F92, 0x4D5A9E4BCF6509A7, 0x28E9FA9E9D9F5E34},
    k_field_square);
inline constexpr Limbs k_generator_x = PortableField::multiply(
    Limbs{0x715A4589334C74C7, 0x8FE30BBFF2660BE1, 0x5F9904466A39C994, 0x32C4AE2C1F198119},
    k_field_square);
inline constexpr Limbs k_generator_y = PortableField::multiply(
    Limbs{0x02DF32E52139F0A0, 0xD0A9877CC62A4740, 0x59BDCEE36B692153, 0xBC3736A2F4F6779C},
    k_field_square);

/// A point other than infinity; coordinates in Montgomery's form.
struct AffinePoint {
    Limbs x{};
    Limbs y{};
};

inline constexpr AffinePoint k_generator{k_generator_x, k_generator_y};

/// x = X / Z^2, y = Y / Z^3; infinity where Z is 0.
struct JacobianPoint {
    Limbs x{};
    Limbs y{};
    Limbs z{};
};

/// x^3 - 3x + b.
template <typename Field>
Limbs right_side(const Limbs& x) {
    const Limbs three_x = Field::add(Field::add(x, x), x);
    const Limbs cube = Field::multiply(Field::square(x), x);
    return Field::add(Field::subtract(cube, three_x), k_curve_b);
}

template <typename Field>
bool is_on_curve(const AffinePoint& point) {
    return Field::square(point.y) == right_side<Field>(point.x);
}

/// The point with this x, below p and in Montgomery's form, whose y, out of it, is odd or even.
template <typename Field>
std::optional<AffinePoint> point_at(const Limbs& x, bool odd) {
    AffinePoint point{x, square_root<Field>(right_side<Field>(x))};
    if (!is_on_curve<Field>(point)) return std::nullopt;
    if ((from_form<Field>(point.y)[0] & 1) != static_cast<std::uint64_t>(odd)) {
        point.y = negate<Field>(point.y);
    }
    return point;
}

// --- in time that depends on the points: nothing here may be secret ----------------------------

/// 2P: with a = 3 (X - Z^2) (X + Z^2) and b = 4 X Y^2, X' = a^2 - 2b, Y' = a (b - X') - 8 Y^4 and
/// Z' = 2 Y Z. 4 multiplications and 4 squares. Right for infinity.
template <typename Field>
JacobianPoint doubled(const JacobianPoint& point) {
    const Limbs z_2 = Field::square(point.z);
    const Limbs y_2 = Field::square(point.y);
    const Limbs product = Field::multiply(Field::subtract(point.x, z_2), Field::add(point.x, z_2));
    const Limbs a = Field::add(Field::add(product, product), product);
    const Limbs y_2_twice = Field::add(y_2, y_2);
    const Limbs half_b = Field::multiply(point.x, y_2_twice);
    const Limbs b = Field::add(half_b, half_b);
    const Limbs y_4_times_4 = Field::square(y_2_twice);
    JacobianPoint result;
    result.x = Field::subtract(Field::square(a), Field::add(b, b));
    result.y = Field::subtract(Field::multiply(a, Field::subtract(b, result.x)),
                               Field::add(y_4_times_4, y_4_times_4));
    result.z = Field::multiply(Field::add(point.y, point.y), point.z);
    return result;
}

namespace detail {

/// The sum, from x and y of both over the same denominator: a = (u1, s1), b = (u2, s2), and the
/// product of their Z. Equal and opposite points are the caller's to exclude.
template <typename Field>
JacobianPoint sum_of_different(const Limbs& u1, const Limbs& s1, const Limbs& height,
                               const Limbs& slope, const Limbs& z) {
    const Limbs height_2 = Field::square(height);
    const Limbs height_3 = Field::multiply(height_2, height);
    const Limbs value = Field::multiply(u1, height_2);
    JacobianPoint sum;
    sum.x =
        Field::subtract(Field::subtract(Field::square(slope), height_3), Field::add(value, value));
    sum.y = Field::subtract(Field::multiply(slope, Field::subtract(value, sum.x)),
                            Field::multiply(s1, height_3));
    sum.z = Field::multiply(z, height);
    return sum;
}

}  // namespace detail

/// P + Q, any two points: 11 multiplications.
template <typename Field>
JacobianPoint added(const JacobianPoint& a, const AffinePoint& b) {
    if (is_zero(a.z)) return {b.x, b.y, k_field_one};
    const Limbs z_2 = Field::square(a.z);
    const Limbs height = Field::subtract(Field::multiply(b.x, z_2), a.x);
    const Limbs slope = Field::subtract(Field::multiply(b.y, Field::multiply(z_2, a.z)), a.y);
    if (is_zero(height)) return is_zero(slope) ? doubled<Field>(a) : JacobianPoint{};
    return detail::sum_of_different<Field>(a.x, a.y, height, slope, a.z);
}

/// P + Q, any two points: 16 multiplications.
template <typename Field>
JacobianPoint added(const JacobianPoint& a, const JacobianPoint& b) {
    if (is_zero(a.z)) return b;
    if (is_zero(b.z)) return a;
    const Limbs a_2 = Field::square(a.z);
    const Limbs b_2 = Field::square(b.z);
    const Limbs u1 = Field::multiply(a.x, b_2);
    const Limbs s1 = Field::multiply(a.y, Field::multiply(b_2, b.z));
    const Limbs height = Field::subtract(Field::multiply(b.x, a_2), u1);
    const Limbs slope = Field::subtract(Field::multiply(b.y, Field::multiply(a_2, a.z)), s1);
    if (is_zero(height)) return is_zero(slope) ? doubled<Field>(a) : JacobianPoint{};
    return detail::sum_of_different<Field>(u1, s1, height, slope, Field::multiply(a.z, b.z));
}

template <typename Field>
JacobianPoint negated(const JacobianPoint& point) {
    return {point.x, negate<Field>(point.y), point.z};
}

// --- in time that does not depend on them ------------------------------------------------------

/// x = X / Z, y = Y / Z; infinity is (0 : 1 : 0).
struct ProjectivePoint {
    Limbs x{};
    Limbs y = k_field_one;
    Limbs z{};
};

/// P + Q, any two points, by the complete formulas of J. Renes, C. Costello and L. Batina
/// (Complete addition formulas for prime order elliptic curves, 2016), algorithm 5: they have no
/// exceptions, so there is nothing to branch on. 13 multiplications.
template <typename Field>
ProjectivePoint added(const ProjectivePoint& a, const AffinePoint& b) {
    const Limbs xx = Field::multiply(a.x, b.x);
    const Limbs yy = Field::multiply(a.y, b.y);
    const Limbs sums = Field::multiply(Field::add(b.x, b.y), Field::add(a.x, a.y));
    const Limbs xy = Field::subtract(sums, Field::add(xx, yy));  // x1 y2 + x2 y1
    const Limbs yz = Field::add(Field::multiply(b.y, a.z), a.y);
    const Limbs xz = Field::add(Field::multiply(b.x, a.z), a.x);
    const Limbs z_3 = Field::add(Field::add(a.z, a.z), a.z);

    const Limbs first = Field::subtract(xz, Field::multiply(k_curve_b, a.z));
    const Limbs first_3 = Field::add(Field::add(first, first), first);
    const Limbs minus = Field::subtract(yy, first_3);
    const Limbs plus = Field::add(yy, first_3);

    const Limbs second = Field::subtract(Field::subtract(Field::multiply(k_curve_b, xz), z_3), xx);
    const Limbs second_3 = Field::add(Field::add(second, second), second);
    const Limbs third = Field::subtract(Field::add(Field::add(xx, xx), xx), z_3);

    ProjectivePoint sum;
    sum.x = Field::subtract(Field::multiply(xy, plus), Field::multiply(yz, second_3));
    sum.y = Field::add(Field::multiply(plus, minus), Field::multiply(third, second_3));
    sum.z = Field::add(Field::multiply(yz, minus), Field::multiply(xy, third));
    return sum;
}

}  // namespace bsn::crypto::sm2
