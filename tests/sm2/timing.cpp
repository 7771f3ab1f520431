// Whether the time of signing says something of the secrets: make sm2-timing.
//
// Calls with one fixed secret and with random ones alternate by chance; the means of their times
// must not differ by more than chance does. With a deliberate leak (leaks.hpp) they must.

#include "crypto/sm2/signing.hpp"
#include "sm2/leaks.hpp"
#include "sm2/welch.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <random>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace bsn::crypto::sm2 {
namespace {

constexpr double k_no_chance = 4.5;
constexpr std::size_t k_prepared = 4096;  ///< inputs computed before each block of measurements

std::uint64_t ticks() {
#if defined(__x86_64__)
    unsigned processor = 0;
    return __rdtscp(&processor);
#else
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
#endif
}

Limbs any_scalar(std::mt19937_64& dice) {
    for (;;) {
        const Limbs scalar{dice(), dice(), dice(), dice()};
        std::uint64_t ignored = 0;
        if (!is_zero(scalar) && is_below(scalar, subtract(k_order, Limbs{1}, ignored))) {
            return scalar;
        }
    }
}

/// A secret input and the fixed one that random ones are compared with.
struct Subject {
    std::string name;
    Limbs fixed;
    std::function<Limbs(const Limbs& secret)> call;
};

/// Both classes are prepared in the same way into the same array: only the secret differs.
Times measure(const Subject& subject, std::size_t measurements, std::mt19937_64& dice) {
    Times times;
    std::vector<Limbs> secrets(k_prepared);
    std::vector<bool> random(k_prepared);
    std::uint64_t kept = 0;
    while (times.ticks.size() < measurements) {
        for (std::size_t i = 0; i < k_prepared; ++i) {
            const Limbs any = any_scalar(dice);
            random[i] = (dice() & 1) != 0;
            secrets[i] = random[i] ? any : subject.fixed;
        }
        for (std::size_t i = 0; i < k_prepared; ++i) {
            const std::uint64_t begin = ticks();
            kept ^= subject.call(secrets[i])[0];
            times.ticks.push_back(ticks() - begin);
            times.of_second.push_back(random[i]);
        }
    }
    [[maybe_unused]] static volatile std::uint64_t sink;
    sink = kept;  // so that no call is left out
    return times;
}

std::vector<Subject> subjects_of(const Arithmetic& arithmetic) {
    const Limbs digest{1, 2, 3, 4};
    const Limbs nonce{0x0123456789ABCDEF, 0xFEDCBA9876543210, 0x0F1E2D3C4B5A6978, 0x11};
    const Limbs inverse = signing_inverse(nonce);
    const auto sign_nonce = [&arithmetic, digest, inverse](const Limbs& secret) {
        return sign(arithmetic, digest, inverse, secret).numbers.s;
    };
    const auto sign_key = [&arithmetic, digest, nonce](const Limbs& secret) {
        return sign(arithmetic, digest, secret, nonce).numbers.s;
    };
    const auto new_key = [&arithmetic](const Limbs& secret) {
        const Limbs inverse_of = signing_inverse(secret);
        return order_add(order_reduce(arithmetic.secret_point(secret).x), inverse_of);
    };
    const std::string by = arithmetic.name;
    return {{by + ": nonce of one bit", Limbs{1}, sign_nonce},
            {by + ": nonce of few bits", Limbs{0, 0, 0, 0x8000000000000000}, sign_nonce},
            {by + ": another nonce", Limbs{~0ULL, ~0ULL, ~0ULL, 0xFFFF}, sign_nonce},
            {by + ": inverse in signing", Limbs{1}, sign_key},
            {by + ": new key", Limbs{1}, new_key}};
}

/// The farthest t. One that is no chance is measured twice more, since another program may have
/// begun in the middle: a leak is there each time, and in the same direction.
double judged_t(const Subject& subject, std::size_t measurements, std::mt19937_64& dice) {
    double nearest = farthest_t(measure(subject, measurements, dice));
    for (int again = 0; again < 2 && std::abs(nearest) > k_no_chance; ++again) {
        const double t = farthest_t(measure(subject, measurements, dice));
        if ((t < 0) != (nearest < 0)) return 0;
        if (std::abs(t) < std::abs(nearest)) nearest = t;
    }
    return nearest;
}

int run(std::size_t measurements, std::uint64_t seed) {
    std::mt19937_64 dice(seed);
    std::cout << fmt::format("t of {} measurements each, seed {}; beyond {} is no chance\n",
                             measurements, seed, k_no_chance);
    bool good = true;
    const auto judge = [&](const Subject& subject, bool leaks) {
        const double t = judged_t(subject, measurements, dice);
        const bool found = std::abs(t) > k_no_chance;
        good = good && found == leaks;
        std::cout << fmt::format("  {:34} {:8.2f}  {}\n", subject.name, t,
                                 found == leaks ? (leaks ? "found, as it must be" : "constant")
                                 : leaks        ? "A LEAK THAT WAS NOT FOUND"
                                                : "LEAKS")
                  << std::flush;
    };
    for (const Arithmetic* arithmetic : {&portable_arithmetic(), adx_arithmetic()}) {
        if (arithmetic == nullptr) continue;
        for (const Subject& subject : subjects_of(*arithmetic)) judge(subject, false);
    }
    for (Leak how : {Leak::branch, Leak::product}) {
        judge({how == Leak::branch ? "deliberate: branch" : "deliberate: product",
               Limbs{~0ULL, ~0ULL, ~0ULL, 0xFFFF},
               [how](const Limbs& secret) { return leak(how, secret); }},
              true);
    }
    return good ? 0 : 1;
}

}  // namespace
}  // namespace bsn::crypto::sm2

int main(int argc, char** argv) {
    const std::size_t measurements = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 200'000;
    const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
    if (measurements < 1'000) {
        std::cerr << "usage: bsn_sm2_timing [MEASUREMENTS, at least 1000] [SEED]\n";
        return 2;
    }
    return bsn::crypto::sm2::run(measurements, seed);
}
