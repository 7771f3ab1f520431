#pragma once
// Inside of the module: making SM2 signatures (GB/T 32918.2, 6.1), in time that depends on no
// secret.

#include "crypto/sm2/arithmetic.hpp"
#include "crypto/sm2/order.hpp"

namespace bsn::crypto::sm2 {

/// 1 / (1 + d) modulo n, which is kept with a private key d in 1 … n - 2.
constexpr Limbs signing_inverse(const Limbs& scalar) {
    return order_invert(order_add(scalar, Limbs{1}));
}

struct MadeSignature {
    SignatureNumbers numbers;
    Mask valid = 0;  ///< not set if another nonce is needed
};

/// The signature of the digest e with a secret nonce k below n, by the key's `signing_inverse`:
/// r = e + x of k * G, s = (k - r d) / (1 + d), which is (k + r) / (1 + d) - r, modulo n.
inline MadeSignature sign(const Arithmetic& arithmetic, const Limbs& digest, const Limbs& inverse,
                          const Limbs& nonce) {
    const Limbs x = order_reduce(arithmetic.secret_x(nonce));
    const Limbs r = order_add(order_reduce(digest), x);
    const Limbs nonce_and_r = order_add(nonce, r);
    const Limbs s = order_subtract(order_multiply(inverse, nonce_and_r), r);
    const Mask none =
        mask_if_zero(nonce) | mask_if_zero(r) | mask_if_zero(nonce_and_r) | mask_if_zero(s);
    return {{r, s}, ~none};
}

}  // namespace bsn::crypto::sm2
