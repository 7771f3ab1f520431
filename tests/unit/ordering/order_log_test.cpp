#include "ordering/order_log.hpp"

#include "support/ledger_fixtures.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

namespace bsn::ordering {
namespace {

constexpr std::uint64_t k_heights = 3'000;

ledger::OrdererId orderer_id() { return testing::filled<ledger::OrdererId>(0x44); }

class OrderLogTest : public ::testing::Test {
  protected:
    std::unique_ptr<OrderLog> open() {
        auto log = store::open_append_log(folder.path(), 64U << 10);
        EXPECT_TRUE(log.ok());
        return std::make_unique<OrderLog>(orderer_id(), std::move(*log));
    }
    static OrderedHeight height(std::uint64_t number) {
        return {orderer_id(), 0, number, 1000 + number, {Bytes(number % 100, 7)}, {}};
    }
    static void expect_visits(const OrderLog& log, std::uint64_t from, std::uint64_t through) {
        std::uint64_t next = from;
        ASSERT_TRUE(log.revisit(from, through,
                                [&](const OrderedHeight& ordered) {
                                    EXPECT_EQ(ordered.encode(), height(next++).encode());
                                })
                        .ok());
        EXPECT_EQ(next, through + 1) << from;
    }
    static void expect_all_visits(const OrderLog& log) {
        for (std::uint64_t from :
             {1ULL, 2ULL, 1'023ULL, 1'024ULL, 1'025ULL, 2'047ULL, 2'048ULL, 2'999ULL, 3'000ULL}) {
            expect_visits(log, from, from);
            expect_visits(log, from, k_heights);
        }
    }

    TemporaryFolder folder;
};

TEST_F(OrderLogTest, heights_are_visited_once_more_from_anywhere) {
    auto log = open();
    ASSERT_TRUE(log->replay().ok());
    for (std::uint64_t number = 1; number <= k_heights; ++number) {
        ASSERT_TRUE(log->append(height(number)).ok());
        log->deliver(height(number));
    }
    ASSERT_TRUE(log->sync().ok());
    expect_all_visits(*log);
    log.reset();  // two cannot have the folder
    log = open();
    ASSERT_TRUE(log->replay().ok());
    EXPECT_EQ(log->height(), k_heights);
    expect_all_visits(*log);
}

}  // namespace
}  // namespace bsn::ordering
