#pragma once
// Inside of the module: numbers modulo n, the order of SM2's group (GB/T 32918.5). Plain numbers
// below n go in and come out. In time that does not depend on them.

#include "crypto/sm2/montgomery.hpp"

namespace bsn::crypto::sm2 {

/// n.
inline constexpr Limbs k_order{0x53BBF40939D54123, 0x7203DF6B21C6052B, 0xFFFFFFFFFFFFFFFF,
                               0xFFFFFFFEFFFFFFFF};

constexpr Limbs order_add(const Limbs& a, const Limbs& b) { return add_modulo(a, b, k_order); }
constexpr Limbs order_subtract(const Limbs& a, const Limbs& b) {
    return subtract_modulo(a, b, k_order);
}

namespace detail {
inline constexpr std::uint64_t k_order_factor = negative_inverse(k_order[0]);
inline constexpr Limbs k_order_one = power_of_two_256(k_order, 1);
inline constexpr Limbs k_order_square = power_of_two_256(k_order, 2);

constexpr Limbs order_montgomery(const Limbs& a, const Limbs& b) {
    return montgomery_multiply(a, b, k_order, k_order_factor);
}
}  // namespace detail

constexpr Limbs order_multiply(const Limbs& a, const Limbs& b) {
    return detail::order_montgomery(detail::order_montgomery(a, detail::k_order_square), b);
}

/// Any number of 256 bits modulo n, which is more than half of 2^256.
constexpr Limbs order_reduce(const Limbs& value) {
    std::uint64_t borrow = 0;
    const Limbs reduced = subtract(value, k_order, borrow);
    return select(0 - borrow, value, reduced);
}

/// high * 2^256 + low modulo n: of a number so long, what is left is even to 2^-256.
constexpr Limbs order_reduce(const Limbs& high, const Limbs& low) {
    // Montgomery's product divides by 2^256, which its square multiplies by twice.
    const Limbs upper = detail::order_montgomery(order_reduce(high), detail::k_order_square);
    return order_add(upper, order_reduce(low));
}

/// 1 / value; 0 of 0 (Fermat).
constexpr Limbs order_invert(const Limbs& value) {
    std::uint64_t borrow = 0;
    const Limbs exponent = subtract(k_order, Limbs{2}, borrow);
    const Limbs in_form = detail::order_montgomery(value, detail::k_order_square);
    const Limbs inverse = power(in_form, exponent, detail::k_order_one, detail::order_montgomery);
    return detail::order_montgomery(inverse, Limbs{1});
}

}  // namespace bsn::crypto::sm2
