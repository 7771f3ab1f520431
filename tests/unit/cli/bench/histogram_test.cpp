#include "cli/bench/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace bsn::cli {
namespace {

constexpr double k_shares[] = {0.0, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0};

/// What the histogram approximates: the smallest value that a share of all does not exceed.
std::uint64_t exact(std::vector<std::uint64_t> values, double share) {
    std::sort(values.begin(), values.end());
    double rank = std::ceil(share * static_cast<double>(values.size()) - 1e-6);
    return values[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

TEST(LatencyHistogram, IsEmptyAtFirst) {
    LatencyHistogram histogram;
    EXPECT_EQ(histogram.count(), 0U);
    EXPECT_EQ(histogram.percentile(0.5), 0U);
    EXPECT_EQ(histogram.highest(), 0U);
    EXPECT_EQ(histogram.lowest(), 0U);
    EXPECT_EQ(histogram.mean(), 0);
}

TEST(LatencyHistogram, KeepsSmallValuesExactly) {
    LatencyHistogram histogram;
    for (std::uint64_t value = 1; value <= 10; ++value) histogram.record(value * 100);
    EXPECT_EQ(histogram.percentile(0.5), 500U);
    EXPECT_EQ(histogram.percentile(0.9), 900U);
    EXPECT_EQ(histogram.percentile(0.91), 1000U);
    EXPECT_EQ(histogram.percentile(1), 1000U);
    EXPECT_EQ(histogram.percentile(0), 100U);
    EXPECT_EQ(histogram.mean(), 550);
}

TEST(LatencyHistogram, IsWithinAThousandthOfTheExactValue) {
    std::mt19937_64 random(7);
    // Seven powers of ten, most of them small, as latencies are.
    std::lognormal_distribution<double> pick(9, 3);
    std::vector<std::uint64_t> values;
    LatencyHistogram histogram;
    for (int i = 0; i < 50'000; ++i) {
        auto value = static_cast<std::uint64_t>(std::min(pick(random), 7e9));
        values.push_back(value);
        histogram.record(value);
    }
    for (double share : k_shares) {
        auto truth = static_cast<double>(exact(values, share));
        auto found = static_cast<double>(histogram.percentile(share));
        EXPECT_GE(found, truth) << share;
        EXPECT_LE(found, truth * (1 + 1.0 / 1024) + 1) << share;
    }
    EXPECT_EQ(histogram.highest(), *std::max_element(values.begin(), values.end()));
    EXPECT_EQ(histogram.lowest(), *std::min_element(values.begin(), values.end()));
}

TEST(LatencyHistogram, CountsAValueManyTimes) {
    LatencyHistogram histogram;
    histogram.record(10, 99);
    histogram.record(5'000'000, 1);
    histogram.record(7, 0);
    EXPECT_EQ(histogram.count(), 100U);
    EXPECT_EQ(histogram.lowest(), 10U);
    EXPECT_EQ(histogram.percentile(0.99), 10U);
    EXPECT_EQ(histogram.percentile(0.999), 5'000'000U);
}

TEST(LatencyHistogram, MergedIsAsIfRecordedInOne) {
    LatencyHistogram one;
    LatencyHistogram other;
    LatencyHistogram both;
    for (std::uint64_t i = 1; i < 3'000; ++i) {
        (i % 3 == 0 ? one : other).record(i * i);
        both.record(i * i);
    }
    one.merge(other);
    EXPECT_EQ(one.count(), both.count());
    for (double share : k_shares) EXPECT_EQ(one.percentile(share), both.percentile(share));
    EXPECT_EQ(one.lowest(), both.lowest());
    EXPECT_EQ(one.highest(), both.highest());
    EXPECT_DOUBLE_EQ(one.mean(), both.mean());
}

TEST(LatencyHistogram, KeepsTheHighestValueBeyondItsRange) {
    LatencyHistogram histogram;
    histogram.record(1);
    histogram.record(LatencyHistogram::k_most_us * 10);
    EXPECT_EQ(histogram.highest(), LatencyHistogram::k_most_us * 10);
    EXPECT_EQ(histogram.count(), 2U);
    EXPECT_GE(histogram.percentile(1), LatencyHistogram::k_most_us);
}

}  // namespace
}  // namespace bsn::cli
