// The statistics of `make sm2-timing`, on times that are made up.
#include "sm2/welch.hpp"

#include <gtest/gtest.h>

#include <random>

namespace bsn::crypto::sm2 {
namespace {

/// Times around 1000 ticks, of which one in a hundred is much longer; the second class takes so
/// many ticks more.
Times times_with(std::uint64_t more) {
    std::mt19937_64 dice(7);
    Times times;
    for (int i = 0; i < 20'000; ++i) {
        const bool second = (dice() & 1) != 0;
        std::uint64_t ticks = 1'000 + dice() % 100 + (second ? more : 0);
        if (dice() % 100 == 0) ticks += dice() % 1'000'000;
        times.ticks.push_back(ticks);
        times.of_second.push_back(second);
    }
    return times;
}

TEST(Welch, t_of_a_known_example) {
    RunningMean a;
    RunningMean b;
    for (double value : {1.0, 2.0, 3.0, 4.0}) a.add(value);
    for (double value : {2.0, 4.0, 6.0, 8.0}) b.add(value);
    EXPECT_NEAR(a.error(), 5.0 / 12, 1e-12);
    EXPECT_NEAR(welch_t(a, b), -2.5 / std::sqrt(5.0 / 12 + 20.0 / 12), 1e-12);
    EXPECT_EQ(welch_t(a, RunningMean()), a.mean() / std::sqrt(a.error()));
}

TEST(Welch, finds_a_difference_behind_a_few_long_calls) {
    EXPECT_LT(std::abs(farthest_t(times_with(0))), 4.5);
    EXPECT_LT(farthest_t(times_with(5)), -4.5);
}

}  // namespace
}  // namespace bsn::crypto::sm2
