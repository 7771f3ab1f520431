#include "crypto/random.hpp"

#include <openssl/rand.h>

namespace bsn::crypto {

void fill_random(std::span<std::uint8_t> bytes) {
    ensure(RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1,
           "no random bytes to be had from the operating system");
}

}  // namespace bsn::crypto
