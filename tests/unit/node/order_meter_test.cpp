#include "node/order_meter.hpp"

#include <gtest/gtest.h>

namespace bsn::node {
namespace {

struct Heights final : ordering::OrderConsumer {
    void consume(const ordering::OrderedHeight& ordered) override {
        seen.push_back(ordered.height);
    }
    std::vector<std::uint64_t> seen;
};

TEST(OrderMeter, CountsEnvelopesAndPassesEachHeightOn) {
    MetricsRegistry metrics;
    Heights heights;
    OrderMeter meter(heights, metrics);
    ordering::OrderedHeight ordered;
    ordered.height = 1;
    meter.consume(ordered);
    ordered.height = 2;
    ordered.envelopes = {Bytes(30), Bytes(12)};
    meter.consume(ordered);
    EXPECT_EQ(heights.seen, (std::vector<std::uint64_t>{1, 2}));
    EXPECT_EQ(metrics.counter("bsn_ordered_envelopes_total", "").value(), 2U);
    EXPECT_EQ(metrics.counter("bsn_ordered_bytes_total", "").value(), 42U);
}

}  // namespace
}  // namespace bsn::node
