#pragma once
// Inside of the module: tables of a point's multiples, with which a product with a scalar is a sum
// of table entries, without doublings.

#include "crypto/sm2/point.hpp"

#include <memory>
#include <vector>

namespace bsn::crypto::sm2 {

/// A digit between -2^(Bits-1) and 2^(Bits-1).
struct SignedDigit {
    std::uint64_t magnitude = 0;
    Mask negative = 0;
};

/// The digit of window `window` of a scalar written in windows of `Bits` bits (A. D. Booth, A
/// signed binary multiplication technique, 1951). In time that does not depend on the scalar.
template <unsigned Bits>
SignedDigit signed_digit(const Limbs& scalar, std::size_t window) {
    constexpr std::uint64_t k_all = (std::uint64_t{1} << (Bits + 1)) - 1;
    std::uint64_t bits = 0;  // of this window, and the one below it
    if (window == 0) {
        bits = scalar[0] << 1 & k_all;
    } else {
        const std::size_t from = window * Bits - 1;
        const std::size_t limb = from / 64;
        const std::size_t shift = from % 64;
        bits = scalar[limb] >> shift;
        if (shift != 0 && limb + 1 < 4) bits |= scalar[limb + 1] << (64 - shift);
        bits &= k_all;
    }
    const Mask negative = 0 - (bits >> Bits);
    const std::uint64_t magnitude = (negative & (k_all - bits)) | (~negative & bits);
    return {(magnitude >> 1) + (magnitude & 1), negative};
}

/// 1 … 2^(Bits-1) times the point, for each window of a scalar: (256 / Bits + 1) * 2^(Bits-1)
/// entries of 64 bytes. Never changed once computed.
template <unsigned Bits>
class Multiples {
  public:
    static constexpr std::size_t k_windows = (256 + Bits) / Bits;
    static constexpr std::size_t k_in_window = std::size_t{1} << (Bits - 1);

    template <typename Field>
    static std::unique_ptr<Multiples> of(const AffinePoint& point);

    /// sum + scalar * point. Time depends on the numbers.
    template <typename Field>
    JacobianPoint add_product(JacobianPoint sum, const Limbs& scalar) const;

    /// scalar * point, of a secret scalar: in time that does not depend on it, and reading all of
    /// the table.
    template <typename Field>
    ProjectivePoint secret_product(const Limbs& scalar) const;

  private:
    AffinePoint secret_entry(std::size_t window, std::uint64_t magnitude) const;

    std::array<std::array<AffinePoint, k_in_window>, k_windows> entries_;
};

/// The points, none of them infinity, by one inversion for all (P. L. Montgomery, Speeding the
/// Pollard and elliptic curve methods of factorization, 1987).
template <typename Field>
std::vector<AffinePoint> to_affine(const std::vector<JacobianPoint>& points) {
    std::vector<Limbs> products;  // of all z before
    products.reserve(points.size());
    Limbs product = k_field_one;
    for (const JacobianPoint& point : points) {
        products.push_back(product);
        product = Field::multiply(product, point.z);
    }
    std::vector<AffinePoint> affine(points.size());
    Limbs inverse = invert<Field>(product);
    for (std::size_t i = points.size(); i-- > 0;) {
        const Limbs z = Field::multiply(inverse, products[i]);
        inverse = Field::multiply(inverse, points[i].z);
        const Limbs z_2 = Field::square(z);
        affine[i] = {Field::multiply(points[i].x, z_2),
                     Field::multiply(points[i].y, Field::multiply(z_2, z))};
    }
    return affine;
}

template <unsigned Bits>
template <typename Field>
std::unique_ptr<Multiples<Bits>> Multiples<Bits>::of(const AffinePoint& point) {
    std::vector<JacobianPoint> points;
    points.reserve(k_windows * k_in_window);
    JacobianPoint base{point.x, point.y, k_field_one};
    for (std::size_t window = 0; window < k_windows; ++window) {
        JacobianPoint multiple = base;
        points.push_back(multiple);
        for (std::size_t i = 1; i < k_in_window; ++i) {
            multiple = added<Field>(multiple, base);
            points.push_back(multiple);
        }
        base = doubled<Field>(multiple);
    }
    const std::vector<AffinePoint> affine = to_affine<Field>(points);
    auto multiples = std::make_unique<Multiples>();
    for (std::size_t i = 0; i < affine.size(); ++i) {
        multiples->entries_[i / k_in_window][i % k_in_window] = affine[i];
    }
    return multiples;
}

template <unsigned Bits>
template <typename Field>
JacobianPoint Multiples<Bits>::add_product(JacobianPoint sum, const Limbs& scalar) const {
    for (std::size_t window = 0; window < k_windows; ++window) {
        const SignedDigit digit = signed_digit<Bits>(scalar, window);
        if (digit.magnitude == 0) continue;
        AffinePoint entry = entries_[window][digit.magnitude - 1];
        if (digit.negative != 0) entry.y = negate<Field>(entry.y);
        sum = added<Field>(sum, entry);
    }
    return sum;
}

template <unsigned Bits>
AffinePoint Multiples<Bits>::secret_entry(std::size_t window, std::uint64_t magnitude) const {
    AffinePoint chosen;
    for (std::size_t i = 0; i < k_in_window; ++i) {
        const Mask here = mask_if_zero(magnitude ^ (i + 1));
        const AffinePoint& entry = entries_[window][i];
        for (std::size_t limb = 0; limb < 4; ++limb) {
            chosen.x[limb] |= here & entry.x[limb];
            chosen.y[limb] |= here & entry.y[limb];
        }
    }
    return chosen;
}

template <unsigned Bits>
template <typename Field>
ProjectivePoint Multiples<Bits>::secret_product(const Limbs& scalar) const {
    ProjectivePoint sum;
    for (std::size_t window = 0; window < k_windows; ++window) {
        const SignedDigit digit = signed_digit<Bits>(scalar, window);
        AffinePoint entry = secret_entry(window, digit.magnitude);
        entry.y = select(digit.negative, negate<Field>(entry.y), entry.y);
        const ProjectivePoint next = added<Field>(sum, entry);
        const Mask nothing = mask_if_zero(digit.magnitude);
        sum.x = select(nothing, sum.x, next.x);
        sum.y = select(nothing, sum.y, next.y);
        sum.z = select(nothing, sum.z, next.z);
    }
    return sum;
}

}  // namespace bsn::crypto::sm2
