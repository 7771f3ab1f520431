#include "cli/bench/signature_rates.hpp"

#include "cli/bench/pace.hpp"

#include <algorithm>

namespace bsn::cli {
namespace {

/// Different ones, so that no branch of a verifier is learned by heart.
constexpr std::size_t k_samples = 64;
/// After so many verifications a key has its table, whatever the suite.
constexpr std::size_t k_uses_before = 1'100;

/// Calls per second of `operation`, which is given the number of the sample.
template <typename Operation>
double rate_of(double seconds, const Operation& operation) {
    std::uint64_t calls = 0;
    double passed = 0;
    const auto begin = SteadyClock::now();
    while (passed < seconds) {
        for (std::size_t sample = 0; sample < k_samples; ++sample) operation(sample);
        calls += k_samples;
        passed = std::chrono::duration<double>(SteadyClock::now() - begin).count();
    }
    return static_cast<double>(calls) / passed;
}

class Contestant {
  public:
    Contestant(crypto::SuiteId suite, crypto::Implementation implementation,
               std::size_t message_bytes)
        : key_(crypto::generate_key(suite, implementation)) {
        rates_.suite = suite;
        rates_.implementation = implementation;
        for (std::size_t i = 0; i < k_samples; ++i) {
            messages_.emplace_back(message_bytes, static_cast<std::uint8_t>(i));
            signatures_.push_back(made(i));
        }
        for (std::size_t i = 0; i < k_uses_before; ++i) check(verifies(i % k_samples));
    }

    void take_turn(double seconds) {
        rates_.verify.by_round.push_back(
            rate_of(seconds, [this](std::size_t i) { check(verifies(i)); }));
        rates_.verify_new.by_round.push_back(rate_of(seconds, [this](std::size_t i) {
            check(key_->verify_anew(messages_[i], signatures_[i]));
        }));
        rates_.sign.by_round.push_back(
            rate_of(seconds, [this](std::size_t i) { signatures_[i] = made(i); }));
    }

    SignatureRates take_rates() { return std::move(rates_); }

  private:
    /// ECDSA signatures of OpenSSL may have a high s, which ours refuses: each key verifies its
    /// own.
    crypto::Signature made(std::size_t i) const { return key_->sign(messages_[i]); }
    bool verifies(std::size_t i) const { return key_->verify(messages_[i], signatures_[i]); }
    static void check(bool verified) { ensure(verified, "a signature made here does not verify"); }

    std::unique_ptr<crypto::ImplementedKey> key_;
    std::vector<Bytes> messages_;
    std::vector<crypto::Signature> signatures_;
    SignatureRates rates_;
};

}  // namespace

double RoundRates::median() const {
    std::vector<double> sorted = by_round;
    std::sort(sorted.begin(), sorted.end());
    const std::size_t middle = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

double RoundRates::lowest() const { return *std::min_element(by_round.begin(), by_round.end()); }

double RoundRates::highest() const { return *std::max_element(by_round.begin(), by_round.end()); }

std::size_t turns_of(const SignatureRatesOptions& options) {
    std::size_t contestants = 0;
    for (crypto::SuiteId suite : options.suites) {
        contestants += crypto::implementations_of(suite).size();
    }
    return contestants * options.rounds;
}

std::vector<SignatureRates> signature_rates(const SignatureRatesOptions& options,
                                            const std::function<void()>& done) {
    std::vector<Contestant> contestants;
    for (crypto::SuiteId suite : options.suites) {
        for (crypto::Implementation implementation : crypto::implementations_of(suite)) {
            contestants.emplace_back(suite, implementation, options.message_bytes);
        }
    }
    for (std::size_t round = 0; round < options.rounds; ++round) {
        for (Contestant& contestant : contestants) {
            contestant.take_turn(options.seconds);
            done();
        }
    }
    std::vector<SignatureRates> rates;
    rates.reserve(contestants.size());
    for (Contestant& contestant : contestants) rates.push_back(contestant.take_rates());
    return rates;
}

}  // namespace bsn::cli
