#include "crypto/sm2/nonce.hpp"

#include "crypto/sm2/order.hpp"

#include <openssl/rand.h>
#include <openssl/sha.h>

namespace bsn::crypto::sm2 {

Limbs hedged_nonce(const Scalar& scalar, const Hash& digest) {
    struct {
        Scalar scalar;
        Scalar random;
        Hash digest;
    } seed{scalar, {}, digest};
    std::array<std::uint8_t, SHA512_DIGEST_LENGTH> hashed;
    WipeAtEnd wipe_seed(&seed, sizeof seed);
    WipeAtEnd wipe_hashed(hashed.data(), hashed.size());
    ensure(RAND_priv_bytes(seed.random.data(), static_cast<int>(seed.random.size())) == 1,
           "the random number generator failed");
    static_assert(sizeof seed == 96, "no padding is hashed");
    ensure(SHA512(reinterpret_cast<const unsigned char*>(&seed), sizeof seed, hashed.data()) !=
               nullptr,
           "OpenSSL lacks SHA-512");
    return order_reduce(from_bytes(hashed.data()), from_bytes(hashed.data() + 32));
}

}  // namespace bsn::crypto::sm2
