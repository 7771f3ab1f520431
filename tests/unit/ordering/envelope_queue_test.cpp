#include "ordering/envelope_queue.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace bsn::ordering {
namespace {

using namespace std::chrono_literals;

TEST(EnvelopeQueueTest, yields_what_waits_in_its_order_and_about_as_much_as_asked_for) {
    EnvelopeQueue queue;
    for (const char* text : {"one", "two", "three"}) ASSERT_TRUE(queue.add(to_bytes(text)));
    EXPECT_EQ(queue.take(4), (std::vector<Bytes>{to_bytes("one"), to_bytes("two")}));
    EXPECT_EQ(queue.take(1'000), std::vector<Bytes>{to_bytes("three")});
}

TEST(EnvelopeQueueTest, refuses_what_is_too_large_and_what_is_too_much) {
    EnvelopeQueue queue;
    EXPECT_EQ(queue.add(Bytes(k_max_envelope_bytes + 1)).error().code, Code::too_large);
    std::size_t taken = 0;
    Status added;
    while (added && taken < 1'000) {
        added = queue.add(Bytes(k_max_envelope_bytes));
        if (added) ++taken;
    }
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, Code::overloaded);
    EXPECT_EQ(taken, 32U);
    (void)queue.take(1);
    EXPECT_TRUE(queue.add(Bytes(k_max_envelope_bytes)));
}

TEST(EnvelopeQueueTest, closing_wakes_who_waits) {
    EnvelopeQueue queue;
    std::vector<Bytes> taken{to_bytes("anything")};
    std::thread waiting([&] { taken = queue.take(1); });
    EXPECT_FALSE(queue.closed_within(1ms));
    queue.close();
    waiting.join();
    EXPECT_TRUE(taken.empty());
    EXPECT_TRUE(queue.closed_within(0ms));
    EXPECT_EQ(queue.add(to_bytes("late")).error().code, Code::unavailable);
}

}  // namespace
}  // namespace bsn::ordering
