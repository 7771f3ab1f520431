#pragma once
// Deliberate mistakes, by which the tests of constant time show that they would find one.

#include "crypto/sm2/arithmetic_of.hpp"

#include <optional>
#include <string_view>

namespace bsn::crypto::sm2 {

enum class Leak {
    branch,  ///< a branch on a bit of the secret
    index,   ///< a place in memory that depends on the secret
    product  ///< the product that verification uses, which skips digits that are zero
};

inline std::optional<Leak> leak_of_name(std::string_view name) {
    if (name == "branch") return Leak::branch;
    if (name == "index") return Leak::index;
    if (name == "product") return Leak::product;
    return std::nullopt;
}

/// Something computed of the secret, in time that depends on it.
[[gnu::noinline]] inline Limbs leak(Leak how, const Limbs& secret) {
    static volatile std::uint64_t table[64] = {};
    switch (how) {
        case Leak::branch: {
            Limbs sum = k_field_one;
            for (std::size_t bit = 0; bit < 256; ++bit) {
                if ((secret[bit / 64] >> bit % 64 & 1) != 0) {
                    sum = PortableField::multiply(sum, k_generator.x);
                    table[0] = sum[0];
                }
            }
            return sum;
        }
        case Leak::index: return {table[secret[0] % 64]};
        case Leak::product:
            return generator_multiples<PortableField>().add_product<PortableField>({}, secret).x;
    }
    return {};
}

}  // namespace bsn::crypto::sm2
