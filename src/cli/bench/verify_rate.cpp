#include "cli/bench/verify_rate.hpp"

#include "cli/bench/pace.hpp"
#include "crypto/plain_verifier.hpp"
#include "crypto/private_key.hpp"

#include <algorithm>
#include <thread>
#include <vector>

namespace bsn::cli {
namespace {

/// Different ones, so that no branch of the verifier is learned by heart.
constexpr std::size_t k_samples = 64;

struct Sample {
    Bytes message;
    crypto::Signature signature;
};

std::vector<Sample> make_samples(const crypto::PrivateKey& key, std::size_t message_bytes) {
    std::vector<Sample> samples;
    for (std::size_t i = 0; i < k_samples; ++i) {
        Bytes message(std::max<std::size_t>(message_bytes, 1), static_cast<std::uint8_t>(i));
        crypto::Signature signature = key.sign(message);
        samples.push_back({std::move(message), signature});
    }
    return samples;
}

/// Signatures per second of one thread.
template <typename Verify>
double rate_of_thread(const std::vector<Sample>& samples, double seconds, const Verify& verify) {
    std::uint64_t done = 0;
    auto begin = SteadyClock::now();
    double passed = 0;
    while (passed < seconds) {
        for (const Sample& sample : samples) {
            ensure(verify(sample), "a signature made here does not verify");
        }
        done += samples.size();
        passed = std::chrono::duration<double>(SteadyClock::now() - begin).count();
    }
    return static_cast<double>(done) / passed;
}

/// The sum of what `rate` gives in a thread for each core.
template <typename Rate>
double sum_of_cores(const Rate& rate) {
    std::vector<double> rates(std::max(1U, std::thread::hardware_concurrency()));
    std::vector<std::thread> threads;
    threads.reserve(rates.size());
    for (double& one : rates) threads.emplace_back([&] { one = rate(); });
    for (std::thread& thread : threads) thread.join();
    double sum = 0;
    for (double one : rates) sum += one;
    return sum;
}

}  // namespace

VerificationRate verification_rate(crypto::SuiteId suite, std::size_t message_bytes,
                                   double seconds) {
    crypto::PrivateKey key = crypto::PrivateKey::generate(suite);
    std::vector<Sample> samples = make_samples(key, message_bytes);
    VerificationRate rate;
    rate.own = sum_of_cores([&] {
        return rate_of_thread(samples, seconds, [&](const Sample& sample) {
            return crypto::verify(key.public_key(), sample.message, sample.signature).ok();
        });
    });
    rate.plain = sum_of_cores([&] {
        crypto::PlainVerifier plain(key.public_key());
        return rate_of_thread(samples, seconds, [&](const Sample& sample) {
            return plain.verify(sample.message, sample.signature);
        });
    });
    return rate;
}

}  // namespace bsn::cli
