#include "cli/bench/verify_rate.hpp"

#include "crypto/private_key.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

namespace bsn::cli {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// Different ones, so that no branch of the verifier is learned by heart.
constexpr std::size_t k_samples = 64;

struct Sample {
    Bytes message;
    crypto::Signature signature;
};

/// Signatures per second of one thread.
double rate_of_thread(const crypto::PublicKey& key, const std::vector<Sample>& samples,
                      double seconds) {
    std::uint64_t done = 0;
    auto begin = SteadyClock::now();
    double passed = 0;
    while (passed < seconds) {
        for (const Sample& sample : samples) {
            bool good = crypto::verify(key, sample.message, sample.signature).ok();
            ensure(good, "a signature made here does not verify");
        }
        done += samples.size();
        passed = std::chrono::duration<double>(SteadyClock::now() - begin).count();
    }
    return static_cast<double>(done) / passed;
}

}  // namespace

double verification_rate(crypto::SuiteId suite, std::size_t message_bytes, double seconds) {
    crypto::PrivateKey key = crypto::PrivateKey::generate(suite);
    std::vector<Sample> samples;
    for (std::size_t i = 0; i < k_samples; ++i) {
        Bytes message(std::max<std::size_t>(message_bytes, 1), static_cast<std::uint8_t>(i));
        crypto::Signature signature = key.sign(message);
        samples.push_back({std::move(message), signature});
    }
    std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    std::vector<double> rates(cores);
    std::vector<std::thread> threads;
    for (double& rate : rates) {
        threads.emplace_back([&] { rate = rate_of_thread(key.public_key(), samples, seconds); });
    }
    double sum = 0;
    for (std::size_t i = 0; i < cores; ++i) {
        threads[i].join();
        sum += rates[i];
    }
    return sum;
}

}  // namespace bsn::cli
