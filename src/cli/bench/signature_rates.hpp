#pragma once
// How fast this machine signs and verifies, by each implementation of each suite.

#include "crypto/implementations.hpp"

#include <functional>
#include <vector>

namespace bsn::cli {

/// What was measured in the rounds, operations per second of one core.
struct RoundRates {
    std::vector<double> by_round;

    double median() const;
    double lowest() const;
    double highest() const;
};

/// The rates of one implementation, with one key.
struct SignatureRates {
    crypto::SuiteId suite = crypto::SuiteId::secp256r1;
    crypto::Implementation implementation = crypto::Implementation::ours;
    RoundRates verify;      ///< by a key that has verified often
    RoundRates verify_new;  ///< by a key that is seen for the first time
    RoundRates sign;
};

struct SignatureRatesOptions {
    std::vector<crypto::SuiteId> suites;
    std::size_t message_bytes = 300;
    std::size_t rounds = 5;
    double seconds = 0.3;  ///< of one operation in one round
};

/// Measures on one thread, in rounds: in each, every implementation of every suite has its turn, so
/// that what else the machine does meets all of them. `done` is called after each turn;
/// `turns_of` says how many there are.
std::vector<SignatureRates> signature_rates(const SignatureRatesOptions& options,
                                            const std::function<void()>& done);
std::size_t turns_of(const SignatureRatesOptions& options);

}  // namespace bsn::cli
