// What happens to an ordered batch that nobody serves. `docs/decisions/0010-void-votes.md`.

#include "support/replica_world.hpp"

#include <gtest/gtest.h>

namespace bsn {
namespace {

using testing::ReplicaWorld;
using testing::Sent;

constexpr std::uint64_t k_long_enough = 20'000;

/// Has an envelope ordered, signed as available by these nodes, of a batch that nobody holds.
ledger::Envelope order_withheld(ReplicaWorld& world, const Bytes& batch,
                                const std::vector<std::size_t>& signers) {
    ledger::Envelope envelope = world.envelope(signers.front(), batch, signers);
    world.orderer.waiting.push_back(envelope.encode());
    world.settle();
    return envelope;
}

/// Gives one node the batch, as if another answered its request.
void serve(ReplicaWorld& world, std::size_t node, const ledger::Envelope& envelope,
           const Bytes& batch) {
    world.replica(node).receive(
        world.identity(node == 0 ? 1 : 0).id(),
        ordering::BatchAnswer{envelope.digest, std::make_shared<const Bytes>(batch)});
    world.settle();
}

/// The reason for which a node's block skipped its first envelope whole.
std::optional<Code> skip_reason(ReplicaWorld& world, std::size_t node, ledger::Height height) {
    auto block = world.block(node, height);
    if (block.skipped.empty()) return std::nullopt;
    return block.skipped.front().reason;
}

class Unserved : public ::testing::TestWithParam<std::size_t> {};

TEST_P(Unserved, batch_is_voided_by_a_quorum_and_the_channel_goes_on) {
    ReplicaWorld world({.nodes = GetParam()});
    Bytes batch = testing::sample_batch({world.set("lost")});
    std::vector<std::size_t> signers;
    for (std::size_t node = 0; node < world.epoch().quorum(); ++node) signers.push_back(node);
    order_withheld(world, batch, signers);
    auto behind = world.submit(0, world.set("behind"));
    world.pass(5'000);
    EXPECT_FALSE(behind->answered()) << "nobody gives a batch up at once";
    world.pass(k_long_enough);
    ASSERT_TRUE(behind->answered());
    EXPECT_TRUE(behind->only().ok());
    ASSERT_TRUE(world.agree());
    for (std::size_t node = 0; node < world.nodes(); ++node) {
        EXPECT_EQ(skip_reason(world, node, 1), Code::voided);
        EXPECT_FALSE(world.stored(node, "lost").has_value());
        EXPECT_EQ(world.replica(node).status().voided, 1U);
        EXPECT_TRUE(world.replica(node).status().alarm.empty());
    }
}

INSTANTIATE_TEST_SUITE_P(Peers, Unserved, ::testing::Values(1, 2, 3, 4, 5));

TEST(ReplicaVoidTest, what_was_voided_and_is_ordered_again_has_all_its_time_again) {
    ReplicaWorld world;
    Bytes batch = testing::sample_batch({world.set("lost")});
    order_withheld(world, batch, {0, 1});
    world.pass(k_long_enough);
    ASSERT_EQ(world.replica(0).status().voided, 1U);
    ledger::Envelope again = order_withheld(world, batch, {0, 1});
    world.pass(5'000);
    EXPECT_EQ(world.replica(0).status().voided, 1U);
    EXPECT_TRUE(world.orderer.waiting.empty()) << "no promise yet";
    for (std::size_t node = 0; node < world.nodes(); ++node) serve(world, node, again, batch);
    world.pass(2'000);
    ASSERT_TRUE(world.agree());
    EXPECT_TRUE(world.stored(0, "lost").has_value());
}

TEST(ReplicaVoidTest, a_batch_that_comes_after_the_promise_is_executed_by_all) {
    ReplicaWorld world({.nodes = 4});
    // Promises of two, no quorum: the other two hold their tongues.
    world.ordering = false;
    Bytes batch = testing::sample_batch({world.set("late")});
    ledger::Envelope envelope = world.envelope(0, batch, {0, 1, 2});
    world.orderer.waiting.push_back(envelope.encode());
    world.order();
    world.pass(11'000);
    std::vector<Bytes> votes;
    for (const Bytes& waiting : world.orderer.waiting) {
        auto vote = ledger::Envelope::decode(waiting).value();
        bool told =
            vote.proposer == world.identity(0).id() || vote.proposer == world.identity(1).id();
        if (vote.kind == ledger::EnvelopeKind::void_batch && told) votes.push_back(waiting);
    }
    ASSERT_GE(votes.size(), 2U);
    world.orderer.waiting = votes;
    world.order();
    world.settle();
    serve(world, 3, envelope, batch);
    world.ordering = true;
    world.pass(k_long_enough);
    ASSERT_TRUE(world.agree());
    for (std::size_t node = 0; node < 4; ++node) {
        EXPECT_EQ(skip_reason(world, node, 1), std::nullopt);
        EXPECT_TRUE(world.stored(node, "late").has_value());
        EXPECT_EQ(world.replica(node).status().voided, 0U);
    }
}

/// Whether the peer restarts after its promise.
class Promised : public ::testing::TestWithParam<bool> {};

TEST_P(Promised, is_not_executed_before_the_withdrawal_is_ordered) {
    ReplicaWorld world;
    world.ordering = false;
    Bytes batch = testing::sample_batch({world.set("late")});
    ledger::Envelope envelope = world.envelope(0, batch, {0, 1});
    world.orderer.waiting.push_back(envelope.encode());
    world.order();
    world.pass(11'000);
    if (GetParam()) world.restart(0);
    serve(world, 0, envelope, batch);
    world.pass(3'000);
    EXPECT_EQ(world.replica(0).status().height, 0U) << "its promise may stand in the order by now";
    // The order has both promises before the withdrawal.
    world.ordering = true;
    world.pass(k_long_enough);
    ASSERT_TRUE(world.agree());
    EXPECT_EQ(skip_reason(world, 0, 1), Code::voided);
}

INSTANTIATE_TEST_SUITE_P(Restarts, Promised, ::testing::Bool());

TEST(ReplicaVoidTest, a_peer_that_executed_what_the_others_voided_rebuilds_its_channel) {
    ReplicaWorld world;
    auto before = world.submit(0, world.set("before"));
    world.pass(1'000);
    ASSERT_TRUE(before->answered());
    world.loses = [](const Sent& sent) {
        return testing::is<ordering::BatchRequest>(sent) || testing::is<ordering::HeaderVote>(sent);
    };
    Bytes batch = testing::sample_batch({world.set("lost")});
    ledger::Envelope envelope = order_withheld(world, batch, {0, 1});
    serve(world, 0, envelope, batch);
    ASSERT_EQ(world.replica(0).status().height, 2U);
    world.pass(k_long_enough);
    EXPECT_NE(world.replica(0).status().alarm.find("restart the node"), std::string::npos);
    world.loses = [](const Sent&) { return false; };
    world.pass(2'000);
    EXPECT_EQ(skip_reason(world, 1, 2), Code::voided);
    world.restart(0);
    world.pass(2'000);
    ASSERT_TRUE(world.agree());
    EXPECT_EQ(skip_reason(world, 0, 2), Code::voided);
    EXPECT_TRUE(world.stored(0, "before").has_value());
    EXPECT_FALSE(world.executed(0, "lost").has_value());
    auto after = world.submit(0, world.set("after"));
    world.pass(1'000);
    ASSERT_TRUE(after->answered());
    EXPECT_TRUE(after->only().ok());
}

TEST(ReplicaVoidTest, a_peer_that_began_with_empty_disks_signs_no_execution_of_what_was_ordered) {
    ReplicaWorld world;
    world.loses = testing::is<ordering::HeaderVote>;
    auto first = world.submit(1, world.set("a"));
    world.settle();
    ASSERT_FALSE(first->answered());
    world.restart_empty(0, world.orderer.height());
    world.stop(2);
    world.loses = [](const Sent&) { return false; };
    world.pass(3'000);
    EXPECT_EQ(world.replica(1).status().certified, 0U) << "it may have promised the contrary";
    world.restart(2);
    world.pass(3'000);
    EXPECT_TRUE(world.agree());
    ASSERT_TRUE(first->answered());
    EXPECT_TRUE(first->only().ok());
    // What is ordered later it signs as ever.
    world.stop(2);
    auto second = world.submit(1, world.set("b"));
    world.pass(2'000);
    ASSERT_TRUE(second->answered());
    EXPECT_TRUE(second->only().ok());
}

// --- the votes themselves

class VoidVotesTest : public ::testing::Test {
  protected:
    void vote(std::size_t node, peer::VoidStance stance, std::uint64_t order_height) {
        ledger::Envelope envelope;
        envelope.kind = ledger::EnvelopeKind::void_batch;
        envelope.channel = epoch_.record.channel;
        envelope.epoch = epoch_.record.epoch;
        envelope.proposer = epoch_.record.peers.at(node).node;
        envelope.sequence = ++sequence_;
        envelope.valid_until_order_height = 100;
        envelope.body = peer::VoidVote{stance, target_}.encode();
        Bytes statement =
            ledger::encode_statement(ledger::Purpose::void_batch, testing::sample_network(),
                                     envelope.channel, envelope.epoch, envelope.encode_core());
        envelope.availability = {epoch_.certify(epoch_.record.suites.at(0), statement,
                                                {static_cast<std::uint16_t>(node)})};
        last_ = envelope;
        votes_.note(envelope, order_height);
    }
    bool is_void() const { return votes_.is_void(target_, epoch_.record); }

    static constexpr auto k_promise = peer::VoidStance::promise;
    static constexpr auto k_withdraw = peer::VoidStance::withdraw;
    testing::TestEpoch epoch_ = testing::make_epoch(testing::sample_channel(), 4);
    peer::OrderedEnvelope target_{10, testing::filled<ledger::Hash>(7)};
    peer::VoidVotes votes_{testing::sample_network()};
    ledger::Envelope last_;
    std::uint64_t sequence_ = 0;
};

TEST_F(VoidVotesTest, a_quorum_of_standing_promises_voids) {
    vote(0, k_promise, 11);
    vote(1, k_promise, 12);
    EXPECT_FALSE(is_void());
    vote(3, k_promise, 13);
    EXPECT_TRUE(is_void());
    vote(3, k_withdraw, 14);
    EXPECT_TRUE(is_void()) << "too late";
}

TEST_F(VoidVotesTest, a_withdrawal_is_final) {
    vote(0, k_promise, 11);
    vote(0, k_withdraw, 12);
    vote(0, k_promise, 13);
    vote(1, k_promise, 13);
    vote(2, k_promise, 13);
    EXPECT_FALSE(is_void());
    EXPECT_TRUE(votes_.withdrawn(target_, epoch_.record, epoch_.record.peers[0].node));
    vote(3, k_promise, 14);
    EXPECT_TRUE(is_void());
}

TEST_F(VoidVotesTest, one_peer_counts_once) {
    for (std::uint64_t height = 11; height < 20; ++height) vote(0, k_promise, height);
    EXPECT_FALSE(is_void());
    EXPECT_TRUE(votes_.stands(target_, epoch_.record, epoch_.record.peers[0].node));
}

TEST_F(VoidVotesTest, forged_late_and_foreign_votes_do_not_count) {
    vote(0, k_promise, 11);
    vote(1, k_promise, 11);
    ledger::Envelope forged = last_;
    forged.proposer = epoch_.record.peers[2].node;
    votes_.note(forged, 12);
    ledger::Envelope other_epoch = last_;
    other_epoch.epoch += 1;
    votes_.note(other_epoch, 12);
    vote(2, k_promise, 101);  // ordered after its valid-until
    vote(2, k_promise, 10);   // about what was ordered with it
    EXPECT_FALSE(is_void());
    vote(2, k_promise, 13);
    EXPECT_TRUE(is_void());
}

TEST_F(VoidVotesTest, are_forgotten_once_the_target_is_certified) {
    vote(0, k_promise, 11);
    votes_.forget_through(9);
    EXPECT_FALSE(votes_.empty());
    votes_.forget_through(10);
    EXPECT_TRUE(votes_.empty());
}

TEST(VoidVoteTest, is_what_its_bytes_say) {
    peer::VoidVote vote{peer::VoidStance::withdraw, {0x0102, testing::filled<ledger::Hash>(9)}};
    Bytes bytes = vote.encode();
    EXPECT_EQ(to_hex(bytes), "020000000000000102" + std::string(64, '0').replace(0, 64, [] {
        std::string nines;
        for (int i = 0; i < 32; ++i) nines += "09";
        return nines;
    }()));
    EXPECT_EQ(peer::VoidVote::decode(bytes).value().target, vote.target);
    bytes[0] = 3;
    EXPECT_FALSE(peer::VoidVote::decode(bytes).ok());
    bytes.pop_back();
    EXPECT_FALSE(peer::VoidVote::decode(bytes).ok());
}

}  // namespace
}  // namespace bsn
