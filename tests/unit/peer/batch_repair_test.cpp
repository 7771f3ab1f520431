// Reads of blocks whose batches a node's disk has lost.

#include "support/replica_world.hpp"

#include <gtest/gtest.h>

namespace bsn::peer {
namespace {

using testing::is;
using testing::ReplicaWorld;
using testing::Sent;

class BatchRepairTest : public ::testing::Test {
  public:
    void SetUp() override {
        auto outcome = world.submit(0, world.set("a"));
        world.settle();
        ASSERT_TRUE(outcome->answered());
        block = world.block(2, 1);
        digest = block.envelopes.at(0).digest;
        good = world.replica(0).batches_of(block).value();
        world.log(2).damaged = true;
        stored = world.log(2).appended;
        ASSERT_FALSE(world.replica(2).batches_of(block).ok());
    }
    Code code_of_read() {
        auto read = world.replica(2).batches_or_repair(block);
        return read ? Code::internal : read.error().code;
    }
    std::shared_ptr<const Bytes> good_bytes() const {
        return std::make_shared<const Bytes>(good.at(0));
    }

    ReplicaWorld world;
    ledger::Block block;
    ledger::Hash digest;
    std::vector<Bytes> good;
    std::size_t stored = 0;
};

TEST_F(BatchRepairTest, a_damaged_batch_is_fetched_and_stored_anew) {
    auto first = world.replica(2).batches_or_repair(block);
    ASSERT_FALSE(first.ok());
    EXPECT_EQ(first.error().code, Code::unavailable);
    EXPECT_NE(first.error().message.find("being fetched from other peers, try again"),
              std::string::npos)
        << first.error().message;
    world.settle();
    EXPECT_EQ(world.log(2).appended, stored + 1);
    world.log(2).damaged = false;
    EXPECT_EQ(world.replica(2).batches_or_repair(block).value(), good);
    world.restart(2);
    EXPECT_EQ(world.replica(2).batches_or_repair(block).value(), good);
}

TEST_F(BatchRepairTest, the_peers_are_not_asked_for_each_read) {
    std::size_t requests = 0;
    world.loses = [&](const Sent& sent) {
        if (is<ordering::BatchRequest>(sent)) ++requests;
        return is<ordering::BatchRequest>(sent);
    };
    for (int i = 0; i < 10; ++i) EXPECT_EQ(code_of_read(), Code::unavailable);
    world.settle();
    EXPECT_EQ(requests, 2U) << "one to each other peer";
    world.pass(1'000);
    EXPECT_EQ(code_of_read(), Code::unavailable);
    world.settle();
    EXPECT_EQ(requests, 4U);
}

TEST_F(BatchRepairTest, batches_that_nobody_has_do_not_keep_others_from_being_fetched) {
    std::size_t requests = 0;
    world.loses = [&](const Sent& sent) {
        if (is<ordering::BatchRequest>(sent)) ++requests;
        return is<ordering::BatchRequest>(sent);
    };
    auto read = [&](std::uint8_t group, std::uint8_t number) {
        ledger::Block lost = block;
        lost.envelopes.at(0).digest = crypto::hash(crypto::HashId::sha256, Bytes{group, number});
        EXPECT_FALSE(world.replica(2).batches_or_repair(lost).ok());
        world.settle();
    };
    for (std::uint8_t group = 0; group < 2; ++group) {
        for (std::uint8_t number = 0; number < 200; ++number) read(group, number);
    }
    EXPECT_EQ(requests, 2U * 256) << "a bound on what is on its way";
    world.pass(6'000);
    requests = 0;
    read(2, 0);
    EXPECT_EQ(requests, 2U);
}

TEST_F(BatchRepairTest, when_no_peer_serves_it_the_damage_is_told) {
    world.loses = is<ordering::BatchAnswer>;
    EXPECT_EQ(code_of_read(), Code::unavailable);
    world.pass(6'000);
    auto read = world.replica(2).batches_or_repair(block);
    EXPECT_EQ(read.error().code, Code::corrupted);
    EXPECT_NE(read.error().message.find("no other node"), std::string::npos);
    world.loses = [](const Sent&) { return false; };
    world.settle();
    EXPECT_EQ(world.log(2).appended, stored + 1) << "that read has asked again";
}

TEST_F(BatchRepairTest, other_bytes_are_not_taken) {
    world.loses = is<ordering::BatchAnswer>;
    EXPECT_EQ(code_of_read(), Code::unavailable);
    world.settle();
    Bytes other = good.at(0);
    other.back() = static_cast<std::uint8_t>(other.back() ^ 1U);
    const ledger::NodeId from = world.identity(0).id();
    world.replica(2).receive(
        from, ordering::BatchAnswer{digest, std::make_shared<const Bytes>(std::move(other))});
    world.settle();
    EXPECT_EQ(world.log(2).appended, stored);
    for (int i = 0; i < 2; ++i) {
        world.replica(2).receive(from, ordering::BatchAnswer{digest, good_bytes()});
    }
    world.settle();
    EXPECT_EQ(world.log(2).appended, stored + 1) << "the right bytes, once";
}

TEST_F(BatchRepairTest, nothing_is_taken_that_was_not_asked_for) {
    world.replica(2).receive(world.identity(0).id(), ordering::BatchAnswer{digest, good_bytes()});
    world.settle();
    EXPECT_EQ(world.log(2).appended, stored);
}

TEST_F(BatchRepairTest, a_full_disk_leaves_it_for_later) {
    world.log(2).append_outcome = Error{Code::no_space, "full"};
    EXPECT_EQ(code_of_read(), Code::unavailable);
    world.settle();
    world.log(2).append_outcome = {};
    world.pass(1'000);
    EXPECT_EQ(code_of_read(), Code::unavailable);
    world.settle();
    EXPECT_EQ(world.log(2).appended, stored + 1);
}

TEST(BatchRepairAloneTest, without_other_peers_the_damage_is_told_at_once) {
    ReplicaWorld world({.nodes = 1});
    world.submit(0, world.set("a"));
    world.settle();
    ledger::Block block = world.block(0, 1);
    world.log(0).damaged = true;
    EXPECT_EQ(world.replica(0).batches_or_repair(block).error().code, Code::corrupted);
}

}  // namespace
}  // namespace bsn::peer
