#pragma once
// Inside of the module: `Arithmetic` of any implementation of the field.

#include "crypto/sm2/arithmetic.hpp"
#include "crypto/sm2/order.hpp"

namespace bsn::crypto::sm2 {

/// The table of the generator, shared by all threads and never freed.
template <typename Field>
const GeneratorMultiples& generator_multiples() {
    static const GeneratorMultiples* const k_multiples =
        GeneratorMultiples::of<Field>(k_generator).release();
    return *k_multiples;
}

template <typename Field>
class ArithmeticOf {
  public:
    static constexpr Arithmetic named(const char* name) {
        return {name,        read_point,   write_point,  verify,
                verify_with, multiples_of, secret_point, secret_x};
    }

  private:
    static std::optional<AffinePoint> read_point(const std::uint8_t* bytes) {
        const Limbs x = from_bytes(bytes + 1);
        if ((bytes[0] != 2 && bytes[0] != 3) || !is_below(x, k_prime)) return std::nullopt;
        return point_at<Field>(to_form<Field>(x), bytes[0] == 3);
    }

    static void write_point(const AffinePoint& point, std::uint8_t* bytes) {
        to_bytes(from_form<Field>(point.x), bytes);
        to_bytes(from_form<Field>(point.y), bytes + 32);
    }

    static bool verify(const AffinePoint& key, const Limbs& digest,
                       const SignatureNumbers& signature) {
        const auto factor = key_factor(signature);
        if (!factor) return false;
        const JacobianPoint part = product(key, *factor);
        return matches(generator_multiples<Field>().template add_product<Field>(part, signature.s),
                       digest, signature.r);
    }

    static bool verify_with(const KeyMultiples& key, const Limbs& digest,
                            const SignatureNumbers& signature) {
        const auto factor = key_factor(signature);
        if (!factor) return false;
        const JacobianPoint part = key.template add_product<Field>({}, *factor);
        return matches(generator_multiples<Field>().template add_product<Field>(part, signature.s),
                       digest, signature.r);
    }

    static std::unique_ptr<KeyMultiples> multiples_of(const AffinePoint& key) {
        return KeyMultiples::of<Field>(key);
    }

    static AffinePoint secret_point(const Limbs& scalar) {
        const ProjectivePoint point =
            generator_multiples<Field>().template secret_product<Field>(scalar);
        const Limbs inverse = invert<Field>(point.z);
        return {Field::multiply(point.x, inverse), Field::multiply(point.y, inverse)};
    }

    static Limbs secret_x(const Limbs& scalar) { return from_form<Field>(secret_point(scalar).x); }

    /// r + s modulo n, by which the key is multiplied; nothing if no signature can be so.
    static std::optional<Limbs> key_factor(const SignatureNumbers& signature) {
        if (is_zero(signature.r) || !is_below(signature.r, k_order) || is_zero(signature.s) ||
            !is_below(signature.s, k_order)) {
            return std::nullopt;
        }
        const Limbs factor = order_add(signature.r, signature.s);
        if (is_zero(factor)) return std::nullopt;
        return factor;
    }

    /// scalar * key with a non-adjacent form of width 5: one addition of six doublings.
    static JacobianPoint product(const AffinePoint& key, const Limbs& scalar) {
        std::array<JacobianPoint, 8> odd;  // 1, 3, … 15 times the key
        odd[0] = {key.x, key.y, k_field_one};
        const JacobianPoint twice = doubled<Field>(odd[0]);
        for (std::size_t i = 1; i < odd.size(); ++i) odd[i] = added<Field>(odd[i - 1], twice);
        const auto digits = non_adjacent_form(scalar);
        JacobianPoint sum;
        for (std::size_t i = digits.size(); i-- > 0;) {
            sum = doubled<Field>(sum);
            const int digit = digits[i];
            if (digit > 0) sum = added<Field>(sum, odd[static_cast<std::size_t>(digit) / 2]);
            if (digit < 0) {
                sum = added<Field>(sum, negated<Field>(odd[static_cast<std::size_t>(-digit) / 2]));
            }
        }
        return sum;
    }

    /// Digits that are zero, or odd and between -15 and 15; of five in a row at most one is not
    /// zero.
    static std::array<std::int8_t, 257> non_adjacent_form(const Limbs& scalar) {
        std::array<std::int8_t, 257> digits{};
        int carry = 0;
        for (std::size_t at = 0; at < digits.size();) {
            const int window = five_bits(scalar, at) + carry;
            if (window % 2 == 0) {  // the carry, if there is one, stays: the bit here is set then
                ++at;
                continue;
            }
            carry = window > 16 ? 1 : 0;
            digits[at] = static_cast<std::int8_t>(window - 32 * carry);
            at += 5;
        }
        return digits;
    }

    static int five_bits(const Limbs& scalar, std::size_t at) {
        const std::size_t limb = at / 64;
        const std::size_t shift = at % 64;
        if (limb >= 4) return 0;
        std::uint64_t bits = scalar[limb] >> shift;
        if (shift > 59 && limb < 3) bits |= scalar[limb + 1] << (64 - shift);
        return static_cast<int>(bits & 31);
    }

    /// Whether r = digest + x modulo n. x = X / Z^2 is below p, so it is r - digest or that and n;
    /// compared as X, no inversion is needed.
    static bool matches(const JacobianPoint& point, const Limbs& digest, const Limbs& r) {
        if (is_zero(point.z)) return false;
        const Limbs z_2 = Field::square(point.z);
        const Limbs x = order_subtract(r, order_reduce(digest));
        if (Field::multiply(to_form<Field>(x), z_2) == point.x) return true;
        std::uint64_t carry = 0;
        const Limbs other = add(x, k_order, carry);
        return carry == 0 && is_below(other, k_prime) &&
               Field::multiply(to_form<Field>(other), z_2) == point.x;
    }
};

}  // namespace bsn::crypto::sm2
