#include "node/order_meter.hpp"

#include "base/clock.hpp"
#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::node {
namespace {

struct Heights final : ordering::OrderConsumer {
    void consume(const ordering::OrderedHeight& ordered) override {
        seen.push_back(ordered.height);
    }
    std::vector<std::uint64_t> seen;
};

Bytes envelope_of(const ledger::ChannelId& channel) {
    return testing::sample_tick(testing::make_epoch(channel, 1), 0).encode();
}

TEST(OrderMeter, counts_envelopes_and_passes_each_height_on) {
    const auto system = testing::filled<ledger::ChannelId>(1);
    const Bytes of_system = envelope_of(system);
    const Bytes of_app = envelope_of(testing::filled<ledger::ChannelId>(2));
    SystemClock clock;
    MetricsRegistry metrics;
    Heights heights;
    OrderMeter meter(heights, system, clock, metrics);
    EXPECT_FALSE(meter.age_ms().has_value());

    ordering::OrderedHeight ordered;
    ordered.height = 1;
    meter.consume(ordered);
    ordered.height = 2;
    ordered.envelopes = {of_app, of_system, of_app};
    meter.consume(ordered);

    EXPECT_EQ(heights.seen, (std::vector<std::uint64_t>{1, 2}));
    EXPECT_TRUE(meter.age_ms().has_value());
    auto count = [&](const char* name, const char* kind) {
        return metrics.counter(name, "", {{"channels", kind}}).value();
    };
    EXPECT_EQ(metrics.counter("bsn_ordering_heights_total", "").value(), 2U);
    EXPECT_EQ(count("bsn_ordering_envelopes_total", "app"), 2U);
    EXPECT_EQ(count("bsn_ordering_envelopes_total", "system"), 1U);
    EXPECT_EQ(count("bsn_ordering_envelope_bytes_total", "app"), 2 * of_app.size());
    EXPECT_EQ(count("bsn_ordering_envelope_bytes_total", "system"), of_system.size());
}

}  // namespace
}  // namespace bsn::node
