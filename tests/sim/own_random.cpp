// Debian 12 has OpenSSL 3.0, whose signatures cannot be made deterministic in another way.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "sim/own_random.hpp"

#include "base/result.hpp"

#include <openssl/rand.h>

namespace bsn::sim {
namespace {

std::mt19937_64 g_generator;

int fill(unsigned char* out, int count) {
    for (int i = 0; i < count; ++i) out[i] = static_cast<unsigned char>(g_generator() >> 32);
    return 1;
}

int is_seeded() { return 1; }

const RAND_METHOD k_method{nullptr, fill, nullptr, nullptr, fill, is_seeded};

}  // namespace

void seed_openssl(std::uint64_t seed) {
    g_generator.seed(seed);
    ensure(RAND_set_rand_method(&k_method) == 1, "OpenSSL takes another generator");
}

ApartFromRun::ApartFromRun() : before_(g_generator) {}

ApartFromRun::~ApartFromRun() { g_generator = before_; }

}  // namespace bsn::sim
