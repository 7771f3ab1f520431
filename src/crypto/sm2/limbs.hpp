#pragma once
// Inside of the module: numbers of 256 bits as four limbs, little-endian, with carries. Nothing
// here branches on a value or uses one as an index.

#include "base/bytes.hpp"

#include <array>
#include <cstdint>

namespace bsn::crypto::sm2 {

/// A number of 256 bits; the least limb first.
using Limbs = std::array<std::uint64_t, 4>;
/// A condition: all bits of it are set, or none.
using Mask = std::uint64_t;

__extension__ using Wide = unsigned __int128;

/// a + b + carry; `carry` (0 or 1) becomes the new one.
constexpr std::uint64_t add_carry(std::uint64_t a, std::uint64_t b, std::uint64_t& carry) {
    const Wide sum = Wide{a} + b + carry;
    carry = static_cast<std::uint64_t>(sum >> 64);
    return static_cast<std::uint64_t>(sum);
}

/// a - b - borrow; `borrow` (0 or 1) becomes the new one.
constexpr std::uint64_t subtract_borrow(std::uint64_t a, std::uint64_t b, std::uint64_t& borrow) {
    const Wide difference = Wide{a} - b - borrow;
    borrow = static_cast<std::uint64_t>(difference >> 64) & 1;
    return static_cast<std::uint64_t>(difference);
}

/// a * b + addend + carry, which always fits; `carry` becomes the upper half.
constexpr std::uint64_t multiply_add(std::uint64_t a, std::uint64_t b, std::uint64_t addend,
                                     std::uint64_t& carry) {
    const Wide product = Wide{a} * b + addend + carry;
    carry = static_cast<std::uint64_t>(product >> 64);
    return static_cast<std::uint64_t>(product);
}

/// a + b; `carry` becomes what does not fit.
constexpr Limbs add(const Limbs& a, const Limbs& b, std::uint64_t& carry) {
    Limbs sum{};
    carry = 0;
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) sum[i] = add_carry(a[i], b[i], carry);
    return sum;
}

/// a - b, modulo 2^256; `borrow` is 1 where b is greater.
constexpr Limbs subtract(const Limbs& a, const Limbs& b, std::uint64_t& borrow) {
    Limbs difference{};
    borrow = 0;
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) difference[i] = subtract_borrow(a[i], b[i], borrow);
    return difference;
}

/// `yes` where the mask is set, otherwise `no`.
constexpr Limbs select(Mask mask, const Limbs& yes, const Limbs& no) {
    Limbs chosen{};
#pragma GCC unroll 4
    for (std::size_t i = 0; i < 4; ++i) chosen[i] = no[i] ^ (mask & (yes[i] ^ no[i]));
    return chosen;
}

constexpr Mask mask_if_zero(std::uint64_t value) { return ((value | (0 - value)) >> 63) - 1; }

constexpr Mask mask_if_zero(const Limbs& value) {
    return mask_if_zero(value[0] | value[1] | value[2] | value[3]);
}

constexpr bool is_zero(const Limbs& value) { return mask_if_zero(value) != 0; }

/// Whether a < b.
constexpr bool is_below(const Limbs& a, const Limbs& b) {
    std::uint64_t borrow = 0;
    subtract(a, b, borrow);
    return borrow != 0;
}

/// a + b of numbers below the modulus, below the modulus.
constexpr Limbs add_modulo(const Limbs& a, const Limbs& b, const Limbs& modulus) {
    std::uint64_t carry = 0;
    std::uint64_t borrow = 0;
    const Limbs sum = add(a, b, carry);
    const Limbs reduced = subtract(sum, modulus, borrow);
    return select(0 - (borrow & (carry ^ 1)), sum, reduced);
}

/// a - b of numbers below the modulus, below the modulus.
constexpr Limbs subtract_modulo(const Limbs& a, const Limbs& b, const Limbs& modulus) {
    std::uint64_t borrow = 0;
    std::uint64_t carry = 0;
    const Limbs difference = subtract(a, b, borrow);
    return select(0 - borrow, add(difference, modulus, carry), difference);
}

/// 2^256k modulo the modulus, which has its top bit set.
constexpr Limbs power_of_two_256(const Limbs& modulus, unsigned k) {
    std::uint64_t borrow = 0;
    Limbs power = subtract(Limbs{}, modulus, borrow);  // 2^256 - modulus
    for (unsigned i = 256; i < 256 * k; ++i) power = add_modulo(power, power, modulus);
    return power;
}

/// 32 bytes, big-endian.
constexpr Limbs from_bytes(const std::uint8_t* bytes) {
    Limbs value{};
    for (std::size_t i = 0; i < 32; ++i) {
        value[3 - i / 8] = value[3 - i / 8] << 8 | bytes[i];
    }
    return value;
}

/// To 32 bytes, big-endian.
constexpr void to_bytes(const Limbs& value, std::uint8_t* bytes) {
    for (std::size_t i = 0; i < 32; ++i) {
        bytes[i] = static_cast<std::uint8_t>(value[3 - i / 8] >> (56 - 8 * (i % 8)));
    }
}

}  // namespace bsn::crypto::sm2
