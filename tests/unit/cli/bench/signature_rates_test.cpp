#include "cli/bench/signature_rates.hpp"

#include <gtest/gtest.h>

namespace bsn::cli {
namespace {

TEST(RoundRates, a_median_is_in_the_middle) {
    EXPECT_EQ((RoundRates{{5, 1, 3}}.median()), 3);
    EXPECT_EQ((RoundRates{{4, 1, 3, 100}}.median()), 3.5);
    EXPECT_EQ((RoundRates{{4, 1, 3}}.lowest()), 1);
    EXPECT_EQ((RoundRates{{4, 1, 3}}.highest()), 4);
}

TEST(SignatureRates, every_implementation_has_its_turn_in_each_round) {
    SignatureRatesOptions options;
    options.suites = {crypto::SuiteId::secp256k1, crypto::SuiteId::sm2};
    options.rounds = 2;
    options.seconds = 0.001;
    std::size_t turns = 0;
    const auto rates = signature_rates(options, [&] { ++turns; });
    EXPECT_EQ(turns, 10U);
    EXPECT_EQ(turns_of(options), turns);
    ASSERT_EQ(rates.size(), 5U);
    EXPECT_EQ(rates[1].suite, crypto::SuiteId::secp256k1);
    EXPECT_EQ(rates[1].implementation, crypto::Implementation::openssl);
    EXPECT_EQ(rates[3].implementation, crypto::Implementation::portable);
    for (const SignatureRates& one : rates) {
        for (const RoundRates* of : {&one.verify, &one.verify_new, &one.sign}) {
            EXPECT_EQ(of->by_round.size(), 2U);
            EXPECT_GT(of->lowest(), 0);
        }
    }
}

}  // namespace
}  // namespace bsn::cli
