#include "base/metrics.hpp"

#include "base/result.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <thread>

namespace bsn {
namespace {

TEST(MetricsTest, RendersPrometheusText) {
    MetricsRegistry registry;
    registry.counter("bsn_blocks_total", "Blocks committed.", {{"channel", "a"}}).add(3);
    registry.counter("bsn_blocks_total", "Blocks committed.", {{"channel", "b"}}).add();
    registry.gauge("bsn_lag", "Uncertified blocks.").set(2.5);
    constexpr double k_bounds[] = {0.1, 1};
    Histogram& latency =
        registry.histogram("bsn_latency_seconds", "Latency.", k_bounds, {{"path", "/tx"}});
    latency.observe(0.1);
    latency.observe(0.5);
    latency.observe(7);
    EXPECT_EQ(registry.render(),
              "# HELP bsn_blocks_total Blocks committed.\n"
              "# TYPE bsn_blocks_total counter\n"
              "bsn_blocks_total{channel=\"a\"} 3\n"
              "bsn_blocks_total{channel=\"b\"} 1\n"
              "# HELP bsn_lag Uncertified blocks.\n"
              "# TYPE bsn_lag gauge\n"
              "bsn_lag 2.5\n"
              "# HELP bsn_latency_seconds Latency.\n"
              "# TYPE bsn_latency_seconds histogram\n"
              "bsn_latency_seconds_bucket{path=\"/tx\",le=\"0.1\"} 1\n"
              "bsn_latency_seconds_bucket{path=\"/tx\",le=\"1\"} 2\n"
              "bsn_latency_seconds_bucket{path=\"/tx\",le=\"+Inf\"} 3\n"
              "bsn_latency_seconds_sum{path=\"/tx\"} 7.6\n"
              "bsn_latency_seconds_count{path=\"/tx\"} 3\n");
}

TEST(MetricsTest, TheSameNameAndLabelsAreTheSameSeries) {
    MetricsRegistry registry;
    Counter& first = registry.counter("c", "", {{"a", "1"}, {"b", "2"}});
    Counter& second = registry.counter("c", "", {{"b", "2"}, {"a", "1"}});
    EXPECT_EQ(&first, &second);
    EXPECT_NE(&first, &registry.counter("c", "", {{"a", "1"}}));
}

TEST(MetricsTest, SpecialCharactersAndValues) {
    MetricsRegistry registry;
    registry.gauge("g", "back\\slash\nline \"quote\"", {{"l", "a\\b\n\"c\""}})
        .set(std::numeric_limits<double>::infinity());
    registry.gauge("n", "").set(std::nan(""));
    EXPECT_EQ(registry.render(),
              "# HELP g back\\\\slash\\nline \"quote\"\n"
              "# TYPE g gauge\n"
              "g{l=\"a\\\\b\\n\\\"c\\\"\"} +Inf\n"
              "# HELP n \n"
              "# TYPE n gauge\n"
              "n NaN\n");
}

TEST(MetricsTest, LabelsFromOutsideCannotFillTheMemory) {
    MetricsRegistry registry;
    for (std::size_t i = 0; i < MetricsRegistry::k_max_series + 500; ++i) {
        registry.counter("c", "", {{"app", std::to_string(i)}}).add();
    }
    EXPECT_EQ(registry.counter("c", "", {{"app", "other"}}).value(), 500U);
    EXPECT_EQ(registry.counter("c", "", {{"app", "7"}}).value(), 1U);
}

TEST(MetricsTest, BadNamesAndMixedTypesAreBugs) {
    MetricsRegistry registry;
    EXPECT_THROW(registry.counter("1c", ""), InvariantViolation);
    EXPECT_THROW(registry.counter("a-b", ""), InvariantViolation);
    EXPECT_THROW(registry.counter("", ""), InvariantViolation);
    EXPECT_THROW(registry.counter("c", "", {{"a:b", ""}}), InvariantViolation);
    registry.counter("c", "");
    EXPECT_THROW(registry.gauge("c", ""), InvariantViolation);
    constexpr double k_descending[] = {2, 1};
    EXPECT_THROW(registry.histogram("h", "", k_descending), InvariantViolation);
}

TEST(MetricsTest, NoCountIsLostBetweenThreads) {
    MetricsRegistry registry;
    constexpr int k_each = 20'000;
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&registry] {
            Counter& counter = registry.counter("c", "");
            Gauge& gauge = registry.gauge("g", "");
            Histogram& histogram = registry.histogram("h", "");
            for (int n = 0; n < k_each; ++n) {
                counter.add();
                gauge.add(1);
                histogram.observe(1);
            }
        });
    }
    for (int i = 0; i < 20; ++i) static_cast<void>(registry.render());
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(registry.counter("c", "").value(), 4U * k_each);
    EXPECT_EQ(registry.gauge("g", "").value(), 4.0 * k_each);
    Histogram::Reading reading = registry.histogram("h", "").read();
    EXPECT_EQ(reading.count, 4U * k_each);
    EXPECT_EQ(reading.sum, 4.0 * k_each);
}

}  // namespace
}  // namespace bsn
