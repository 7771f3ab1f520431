// A channel whose batches travel inside their envelopes (the permission chain), on a node that is
// none of its peers: it executes the chain, and peers have its clients' transactions ordered.

#include "support/replica_world.hpp"

#include <gtest/gtest.h>

namespace bsn::peer {
namespace {

using testing::is;
using testing::ReplicaWorld;
using testing::Sent;

class ReplicaCarryTest : public ::testing::Test {
  protected:
    ReplicaCarryTest() : world({4, {}, Carriage::inside}) {
        world.decide({ledger::EpochControl{world.epoch_without(k_outside)}});
        auto outcome = world.submit(0, world.set("first"));
        world.settle();
        EXPECT_TRUE(outcome->answered() && outcome->only().ok());
        EXPECT_FALSE(
            world.replica(k_outside).access().epoch()->index_of(world.identity(k_outside).id()));
    }

    static constexpr std::size_t k_outside = 3;
    ReplicaWorld world;
};

TEST_F(ReplicaCarryTest, a_node_that_is_no_peer_has_its_transactions_ordered_by_one) {
    auto outcome = world.submit(k_outside, world.set("a", "1"));
    world.settle();
    ASSERT_TRUE(outcome->answered());
    ASSERT_TRUE(outcome->only().ok()) << outcome->only().error().message;
    EXPECT_EQ(outcome->only()->receipt.status, ledger::ExecutionStatus::success);
    EXPECT_TRUE(world.stored(0, "a").has_value());
}

TEST_F(ReplicaCarryTest, if_that_peer_is_down_another_one_is_asked_and_it_is_executed_once) {
    std::size_t asked = 0;
    world.loses = [&](const Sent& sent) {
        return is<ordering::BatchOffer>(sent) && sent.from == k_outside && ++asked <= 2;
    };
    const std::uint64_t before = world.replica(0).status().transactions;
    auto outcome = world.submit(k_outside, world.set("a", "1"));
    world.pass(500);
    EXPECT_FALSE(outcome->answered());
    world.pass(4'000);
    ASSERT_TRUE(outcome->answered());
    EXPECT_TRUE(outcome->only().ok());
    EXPECT_EQ(world.replica(0).status().transactions, before + 1);
    asked = 10;
    world.delivered.clear();
    world.pass(5'000);
    for (const Sent& sent : world.delivered) {
        EXPECT_FALSE(is<ordering::BatchOffer>(sent)) << "nobody asks for what is done";
    }
}

TEST_F(ReplicaCarryTest, what_nobody_waits_for_any_more_is_not_asked_for_any_more) {
    world.loses = [](const Sent& sent) { return is<ordering::BatchOffer>(sent); };
    auto outcome = world.submit(k_outside, world.set("a", "1"), 2'000);
    world.pass(4'000);
    ASSERT_TRUE(outcome->answered());
    EXPECT_EQ(outcome->code(), Code::unknown_outcome);
    std::size_t asked = 0;
    world.loses = [&](const Sent& sent) {
        asked += is<ordering::BatchOffer>(sent) ? 1 : 0;
        return false;
    };
    world.pass(5'000);
    EXPECT_EQ(asked, 0U);
}

TEST_F(ReplicaCarryTest, bytes_that_are_no_batch_are_ignored) {
    world.replica(0).receive(
        world.identity(k_outside).id(),
        ordering::BatchOffer{to_bytes("core"), std::make_shared<const Bytes>(to_bytes("junk"))});
    world.settle();
    EXPECT_EQ(world.replica(0).status().alarm, "");
    EXPECT_TRUE(world.orderer.waiting.empty());
}

}  // namespace
}  // namespace bsn::peer
