#pragma once
// Inside of the module: arithmetic modulo a number of 256 bits in Montgomery's form, in which a is
// kept as a * 2^256 (P. L. Montgomery, Modular Multiplication Without Trial Division, 1985).

#include "crypto/sm2/limbs.hpp"

namespace bsn::crypto::sm2 {

/// -1 / m[0] modulo 2^64, of an odd number, by Newton's iteration.
constexpr std::uint64_t negative_inverse(std::uint64_t odd) {
    std::uint64_t inverse = odd;  // right in three bits; each step doubles them
    for (int i = 0; i < 5; ++i) inverse *= 2 - odd * inverse;
    return 0 - inverse;
}

/// a * b / 2^256 modulo any odd modulus with its top bit set, of numbers below it.
constexpr Limbs montgomery_multiply(const Limbs& a, const Limbs& b, const Limbs& modulus,
                                    std::uint64_t factor) {
    std::array<std::uint64_t, 6> sum{};
    for (std::size_t i = 0; i < 4; ++i) {
        std::uint64_t carry = 0;
        for (std::size_t j = 0; j < 4; ++j) sum[j] = multiply_add(a[j], b[i], sum[j], carry);
        sum[5] = 0;
        sum[4] = add_carry(sum[4], carry, sum[5]);

        const std::uint64_t multiple = sum[0] * factor;
        carry = 0;
        multiply_add(multiple, modulus[0], sum[0], carry);
        for (std::size_t j = 1; j < 4; ++j) {
            sum[j - 1] = multiply_add(multiple, modulus[j], sum[j], carry);
        }
        std::uint64_t top = 0;
        sum[3] = add_carry(sum[4], carry, top);
        sum[4] = sum[5] + top;
    }
    std::uint64_t borrow = 0;
    const Limbs value{sum[0], sum[1], sum[2], sum[3]};
    const Limbs reduced = subtract(value, modulus, borrow);
    return select(0 - (borrow & (sum[4] ^ 1)), value, reduced);
}

/// base^exponent by `multiply`, with windows of four bits. The exponent is no secret.
template <typename Multiply>
constexpr Limbs power(const Limbs& base, const Limbs& exponent, const Limbs& one,
                      Multiply multiply) {
    std::array<Limbs, 16> powers{one, base};
    for (std::size_t i = 2; i < 16; ++i) powers[i] = multiply(powers[i - 1], base);
    Limbs result = one;
    for (std::size_t digit = 64; digit-- > 0;) {
        for (int i = 0; i < 4; ++i) result = multiply(result, result);
        const std::size_t bits = exponent[digit / 16] >> (4 * (digit % 16)) & 15;
        if (bits != 0) result = multiply(result, powers[bits]);
    }
    return result;
}

}  // namespace bsn::crypto::sm2
