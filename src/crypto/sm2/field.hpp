#pragma once
// Inside of the module: the field of SM2's curve, numbers modulo the prime
// p = 2^256 - 2^224 - 2^96 + 2^64 - 1 (GB/T 32918.5), in Montgomery's form. In time that does not
// depend on them.

#include "crypto/sm2/montgomery.hpp"

namespace bsn::crypto::sm2 {

/// p.
inline constexpr Limbs k_prime{0xFFFFFFFFFFFFFFFF, 0xFFFFFFFF00000000, 0xFFFFFFFFFFFFFFFF,
                               0xFFFFFFFEFFFFFFFF};
/// 1 and 2^256 in Montgomery's form.
inline constexpr Limbs k_field_one = power_of_two_256(k_prime, 1);
inline constexpr Limbs k_field_square = power_of_two_256(k_prime, 2);

namespace detail {

using Product = std::array<std::uint64_t, 8>;

/// Adds the multiple of p that makes the limb at `at` zero, without a multiplication: p is
/// -1 modulo 2^64, so the multiple is the limb m itself, and what is added above it is
/// m * (2^192 - 2^160 - 2^32 + 1). `top` is the carry above limb `at` + 4, before and after.
constexpr void reduce_limb(Product& product, std::size_t at, std::uint64_t& top) {
    const std::uint64_t multiple = product[at];
    const std::uint64_t low = multiple << 32;
    const std::uint64_t high = multiple >> 32;
    std::uint64_t borrow = 0;
    const std::uint64_t first = subtract_borrow(multiple, low, borrow);
    const std::uint64_t second = subtract_borrow(0, high, borrow);
    const std::uint64_t third = subtract_borrow(0, low, borrow);
    const std::uint64_t fourth = multiple - high - borrow;
    std::uint64_t carry = 0;
    product[at + 1] = add_carry(product[at + 1], first, carry);
    product[at + 2] = add_carry(product[at + 2], second, carry);
    product[at + 3] = add_carry(product[at + 3], third, carry);
    const Wide sum = Wide{product[at + 4]} + fourth + carry + top;
    product[at + 4] = static_cast<std::uint64_t>(sum);
    top = static_cast<std::uint64_t>(sum >> 64);
}

constexpr Limbs reduce(Product& product) {
    std::uint64_t top = 0;
#pragma GCC unroll 4
    for (std::size_t at = 0; at < 4; ++at) reduce_limb(product, at, top);
    const Limbs value{product[4], product[5], product[6], product[7]};
    std::uint64_t borrow = 0;
    const Limbs reduced = subtract(value, k_prime, borrow);
    return select(0 - (borrow & (top ^ 1)), value, reduced);
}

}  // namespace detail

/// The field's operations in portable C++. All take and give numbers below p.
struct PortableField {
    static constexpr Limbs multiply(const Limbs& a, const Limbs& b) {
        detail::Product product{};
#pragma GCC unroll 4
        for (std::size_t i = 0; i < 4; ++i) {
            std::uint64_t carry = 0;
#pragma GCC unroll 4
            for (std::size_t j = 0; j < 4; ++j) {
                product[i + j] = multiply_add(a[j], b[i], product[i + j], carry);
            }
            product[i + 4] = carry;
        }
        return detail::reduce(product);
    }
    static constexpr Limbs square(const Limbs& a) { return multiply(a, a); }
    static constexpr Limbs add(const Limbs& a, const Limbs& b) { return add_modulo(a, b, k_prime); }
    static constexpr Limbs subtract(const Limbs& a, const Limbs& b) {
        return subtract_modulo(a, b, k_prime);
    }
};

/// Into Montgomery's form, of a number below p.
template <typename Field>
Limbs to_form(const Limbs& value) {
    return Field::multiply(value, k_field_square);
}

/// Out of Montgomery's form.
template <typename Field>
Limbs from_form(const Limbs& value) {
    return Field::multiply(value, Limbs{1});
}

template <typename Field>
Limbs negate(const Limbs& value) {
    return Field::subtract(Limbs{}, value);
}

/// 1 / value; 0 of 0 (Fermat).
template <typename Field>
Limbs invert(const Limbs& value) {
    constexpr Limbs k_exponent{k_prime[0] - 2, k_prime[1], k_prime[2], k_prime[3]};
    return power(value, k_exponent, k_field_one, Field::multiply);
}

/// A root of a square; of another number, something whose square it is not (p is 3 modulo 4).
template <typename Field>
Limbs square_root(const Limbs& value) {
    // (p + 1) / 4 = 2^254 - 2^222 - 2^94 + 2^62
    constexpr Limbs k_exponent{0x4000000000000000, 0xFFFFFFFFC0000000, 0xFFFFFFFFFFFFFFFF,
                               0x3FFFFFFFBFFFFFFF};
    return power(value, k_exponent, k_field_one, Field::multiply);
}

}  // namespace bsn::crypto::sm2
