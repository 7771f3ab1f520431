// One channel on three nodes, when messages, envelopes, nodes and disks fail.

#include "support/replica_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace bsn::peer {
namespace {

using testing::is;
using testing::Outcome;
using testing::ReplicaWorld;
using testing::Sent;

constexpr std::uint64_t k_minute = 60'000;

bool lose_nothing(const Sent&) { return false; }
bool lose_everything(const Sent&) { return true; }

Error disk_error() { return {Code::io_error, "cannot write: input/output error"}; }

// --- lost messages

struct Loss {
    std::string name;
    std::function<bool(const Sent&)> loses;
};

class LostMessages : public ::testing::TestWithParam<Loss> {};

TEST_P(LostMessages, are_made_up_for_by_later_ones) {
    ReplicaWorld world;
    world.loses = GetParam().loses;
    auto outcome = world.submit(0, world.set("a"));
    world.pass(300);
    EXPECT_FALSE(outcome->answered()) << "the loss has to be felt";
    world.loses = lose_nothing;
    world.pass(3'000);
    ASSERT_TRUE(outcome->answered());
    EXPECT_TRUE(outcome->only().ok());
    EXPECT_TRUE(world.agree());
    EXPECT_EQ(world.replica(2).status().transactions, 1U);
}

INSTANTIATE_TEST_SUITE_P(
    , LostMessages,
    ::testing::Values(Loss{"offers", is<ordering::BatchOffer>},
                      Loss{"availability_votes", is<ordering::AvailabilityVote>},
                      Loss{"header_votes", is<ordering::HeaderVote>}, Loss{"all", lose_everything}),
    [](const auto& tested) { return tested.param.name; });

TEST(ReplicaFaultsTest, a_node_that_missed_all_votes_on_a_block_asks_for_them) {
    ReplicaWorld world;
    world.loses = [](const Sent& sent) { return sent.to == 2 && is<ordering::HeaderVote>(sent); };
    auto outcome = world.submit(0, world.set("a"));
    world.settle();
    EXPECT_TRUE(outcome->answered());
    EXPECT_EQ(world.replica(2).status().certified, 0U);
    world.loses = lose_nothing;
    world.pass(2'000);
    EXPECT_EQ(world.replica(2).status().certified, 1U);
}

TEST(ReplicaFaultsTest, an_envelope_that_the_ordering_service_lost_is_submitted_again) {
    ReplicaWorld world;
    world.orderer.to_lose = 1;
    auto outcome = world.submit(0, world.set("a"));
    world.settle();
    EXPECT_FALSE(outcome->answered());
    world.pass(6'000);
    ASSERT_TRUE(outcome->answered());
    EXPECT_TRUE(outcome->only().ok());
}

TEST(ReplicaFaultsTest, an_envelope_that_the_ordering_service_did_not_take_is_submitted_again) {
    ReplicaWorld world;
    world.orderer.outcome = Error{Code::overloaded, "the ordering service is behind"};
    auto outcome = world.submit(0, world.set("a"));
    world.pass(1'000);
    EXPECT_FALSE(outcome->answered());
    world.orderer.outcome = {};
    world.pass(1'000);
    EXPECT_TRUE(outcome->answered());
}

TEST(ReplicaFaultsTest, an_envelope_that_was_ordered_twice_is_executed_once) {
    ReplicaWorld world;
    world.ordering = false;
    auto outcome = world.submit(0, world.set("a"));
    world.settle();
    Bytes envelope = world.orderer.waiting.at(0);
    world.orderer.waiting.push_back(envelope);
    world.order();
    world.orderer.waiting.push_back(envelope);
    world.order();
    world.settle();
    ASSERT_TRUE(outcome->answered());
    EXPECT_TRUE(outcome->only().ok());
    EXPECT_EQ(world.replica(0).status().transactions, 1U);
    auto second = world.block(0, 2);
    ASSERT_EQ(second.skipped.size(), 1U);
    EXPECT_EQ(second.skipped.front().reason, Code::duplicate);
    EXPECT_TRUE(world.agree());
}

TEST(ReplicaFaultsTest, a_copy_of_an_envelope_with_wrong_signatures_refuses_nothing) {
    ReplicaWorld world;
    world.ordering = false;
    auto outcome = world.submit(0, world.set("a"));
    world.settle();
    ASSERT_EQ(world.orderer.waiting.size(), 1U);
    const Bytes good = world.orderer.waiting.front();
    ledger::Envelope copy = ledger::Envelope::decode(good).value();
    copy.availability.front().signatures.pop_back();
    world.orderer.waiting = {copy.encode()};
    world.order();
    world.settle();
    EXPECT_FALSE(outcome->answered());
    world.orderer.waiting = {good};
    world.order();
    world.settle();
    ASSERT_TRUE(outcome->answered());
    EXPECT_TRUE(outcome->only().ok());
}

TEST(ReplicaFaultsTest, a_submission_that_times_out_is_of_unknown_outcome_and_may_be_repeated) {
    ReplicaWorld world;
    world.loses = lose_everything;
    auto transaction = world.set("a");
    auto outcome = world.submit(0, transaction, 2'000);
    world.pass(1'500);
    EXPECT_FALSE(outcome->answered());
    world.pass(700);
    EXPECT_EQ(outcome->code(), Code::unknown_outcome);
    EXPECT_EQ(world.replica(0).status().pending, 0U);
    auto again = world.submit(0, transaction);
    world.pass(500);
    world.loses = lose_nothing;
    world.pass(3'000);
    ASSERT_TRUE(again->answered());
    EXPECT_TRUE(again->only().ok());
    EXPECT_EQ(world.replica(1).status().transactions, 1U);
}

class Chaos : public ::testing::TestWithParam<std::uint32_t> {};

/// A third of all messages is lost, the others come in any order, tasks run in any order, the
/// ordering service loses envelopes, and nodes come and go.
TEST_P(Chaos, every_transaction_is_executed_once_and_all_nodes_agree) {
    SCOPED_TRACE("seed " + std::to_string(GetParam()));
    ReplicaWorld world({3, GetParam()});
    std::mt19937 chance(GetParam() + 1'000);
    world.loses = [&](const Sent&) { return chance() % 3 == 0; };
    std::vector<std::pair<ledger::Transaction, std::vector<std::shared_ptr<Outcome>>>> submitted;
    for (int round = 0; round < 25; ++round) {
        std::size_t node = chance() % 3;
        auto transaction = world.set("key-" + std::to_string(round));
        submitted.push_back({transaction, {world.submit(node, transaction, 10 * k_minute)}});
        if (chance() % 3 == 0) {
            submitted.back().second.push_back(
                world.submit((node + 1) % 3, transaction, 10 * k_minute));
        }
        if (chance() % 5 == 0) world.orderer.to_lose = 1;
        world.pass(100 * (chance() % 8));
        if (chance() % 8 == 0) world.restart(chance() % 3);
    }
    world.loses = lose_nothing;
    world.pass(10'000);
    EXPECT_TRUE(world.agree());
    for (auto& [transaction, outcomes] : submitted) {
        // Whoever waited at a node that stopped asks again.
        outcomes.push_back(world.submit(0, transaction));
        world.pass(1'000);
        std::set<std::pair<ledger::Height, std::uint32_t>> places;
        for (const auto& outcome : outcomes) {
            ASSERT_TRUE(outcome->answered());
            EXPECT_EQ(outcome->calls, 1U);
            if (!outcome->only().ok()) {
                EXPECT_EQ(outcome->code(), Code::unavailable) << outcome->only().error().message;
                continue;
            }
            EXPECT_EQ(outcome->only()->receipt.status, ledger::ExecutionStatus::success);
            places.emplace(outcome->only()->height, outcome->only()->index);
        }
        EXPECT_EQ(places.size(), 1U);
    }
    for (std::size_t node = 0; node < 3; ++node) {
        EXPECT_EQ(world.replica(node).status().transactions, submitted.size());
        EXPECT_EQ(world.replica(node).status().alarm, "");
    }
}

INSTANTIATE_TEST_SUITE_P(Seed, Chaos, ::testing::Range(0U, 12U));

// --- batches that a node lacks

TEST(ReplicaFaultsTest, a_batch_that_a_node_never_got_is_fetched_from_those_who_signed_for_it) {
    ReplicaWorld world;
    world.loses = [](const Sent& sent) { return sent.to == 2 && is<ordering::BatchOffer>(sent); };
    auto outcome = world.submit(0, world.set("a"));
    world.settle();
    EXPECT_TRUE(outcome->answered());
    EXPECT_TRUE(world.stored(2, "a").has_value());
    EXPECT_TRUE(world.agree());
    auto block = world.block(2, 1);
    EXPECT_FALSE(world.replica(2).batches_of(block).value().at(0).empty());
}

TEST(ReplicaFaultsTest, lost_requests_for_a_batch_are_repeated) {
    ReplicaWorld world;
    world.loses = [](const Sent& sent) {
        return sent.to == 2 && (is<ordering::BatchOffer>(sent) || is<ordering::BatchAnswer>(sent));
    };
    world.submit(0, world.set("a"));
    world.pass(2'000);
    EXPECT_EQ(world.replica(2).status().height, 0U);
    world.submit(0, world.set("b"));
    world.settle();
    EXPECT_EQ(world.replica(2).status().height, 0U) << "blocks are executed in order";
    world.loses = lose_nothing;
    world.pass(2'000);
    EXPECT_EQ(world.replica(2).status().certified, 2U);
    EXPECT_TRUE(world.agree());
}

TEST(ReplicaFaultsTest, another_batch_than_the_one_asked_for_is_not_taken) {
    ReplicaWorld world;
    world.loses = [](const Sent& sent) {
        return sent.to == 2 && (is<ordering::BatchOffer>(sent) || is<ordering::BatchAnswer>(sent));
    };
    world.submit(0, world.set("a"));
    world.settle();
    auto digest = world.block(0, 1).envelopes.at(0).digest;
    auto wrong = std::make_shared<const Bytes>(testing::sample_batch({world.set("b")}));
    auto none = std::make_shared<const Bytes>(to_bytes("no batch"));
    std::size_t stored = world.log(2).appended;
    world.replica(2).receive(world.identity(0).id(), ordering::BatchAnswer{digest, wrong});
    world.replica(2).receive(world.identity(0).id(), ordering::BatchAnswer{digest, none});
    world.settle();
    EXPECT_EQ(world.replica(2).status().height, 0U);
    EXPECT_EQ(world.log(2).appended, stored);
    world.loses = lose_nothing;
    world.pass(2'000);
    EXPECT_TRUE(world.agree());
}

TEST(ReplicaFaultsTest, a_batch_that_nobody_asked_for_is_not_stored) {
    ReplicaWorld world;
    auto batch = std::make_shared<const Bytes>(testing::sample_batch({world.set("b")}));
    auto digest = crypto::hash(crypto::HashId::sha256, *batch);
    world.replica(2).receive(world.identity(0).id(), ordering::BatchAnswer{digest, batch});
    world.settle();
    EXPECT_EQ(world.log(2).appended, 0U);
}

TEST(ReplicaFaultsTest, nodes_outside_of_the_app_are_not_given_its_batches) {
    ReplicaWorld world;
    world.submit(0, world.set("a"));
    world.settle();
    world.delivered.clear();
    auto digest = world.block(0, 1).envelopes.at(0).digest;
    world.replica(1).receive(testing::node_identity(7).id(), ordering::BatchRequest{digest});
    world.settle();
    EXPECT_TRUE(world.delivered.empty());
    world.replica(1).receive(world.identity(2).id(), ordering::BatchRequest{digest});
    world.settle();
    ASSERT_EQ(world.delivered.size(), 1U);
    EXPECT_EQ(crypto::hash(crypto::HashId::sha256,
                           *std::get<ordering::BatchAnswer>(world.delivered[0].message).batch),
              digest);
}

/// A quorum of dishonest peers can have a batch with a forged transaction ordered; the honest ones
/// skip it, and only it, also after a restart.
TEST(ReplicaFaultsTest, a_forged_transaction_that_was_ordered_is_skipped_alone) {
    ReplicaWorld world;
    world.loses = is<ordering::BatchRequest>;
    Bytes bytes = world.set("b").bytes();
    bytes.back() = static_cast<std::uint8_t>(bytes.back() ^ 1U);
    auto forged = ledger::Transaction::decode(bytes).value();
    auto batch = std::make_shared<const Bytes>(
        testing::sample_batch({world.set("a"), forged, world.set("c")}));
    auto envelope = world.envelope(1, *batch, {1, 2});
    world.orderer.waiting.push_back(envelope.encode());
    world.settle();
    for (std::size_t node = 0; node < 3; ++node) {
        world.replica(node).receive(world.identity(1).id(),
                                    ordering::BatchAnswer{envelope.digest, batch});
    }
    world.settle();
    ASSERT_TRUE(world.agree());
    auto block = world.block(0, 1);
    ASSERT_EQ(block.skipped.size(), 1U);
    EXPECT_EQ(block.skipped.front(), (ledger::Skipped{0, 1, Code::bad_signature}));
    EXPECT_TRUE(world.stored(0, "a").has_value());
    EXPECT_FALSE(world.stored(0, "b").has_value());
    EXPECT_TRUE(world.stored(0, "c").has_value());
    EXPECT_EQ(world.replica(0).status().transactions, 2U);
}

/// The same, when a node stops between storing the batch and executing it.
TEST(ReplicaFaultsTest, a_forged_transaction_is_skipped_also_by_a_node_that_restarts_meanwhile) {
    ReplicaWorld world;
    world.loses = is<ordering::BatchRequest>;
    Bytes bytes = world.set("b").bytes();
    bytes.back() = static_cast<std::uint8_t>(bytes.back() ^ 1U);
    auto forged = ledger::Transaction::decode(bytes).value();
    auto first = std::make_shared<const Bytes>(testing::sample_batch({world.set("a"), forged}));
    auto second = std::make_shared<const Bytes>(testing::sample_batch({world.set("c")}));
    auto one = world.envelope(1, *first, {1, 2});
    auto two = world.envelope(1, *second, {1, 2});
    world.orderer.waiting = {one.encode(), two.encode()};
    world.settle();
    auto answer = [&](std::size_t node, const ledger::Envelope& envelope,
                      const std::shared_ptr<const Bytes>& batch) {
        world.replica(node).receive(world.identity(1).id(),
                                    ordering::BatchAnswer{envelope.digest, batch});
        world.settle();
    };
    answer(0, one, first);
    ASSERT_EQ(world.log(0).appended, 1U);
    world.restart(0);
    world.settle();
    answer(0, two, second);
    for (std::size_t node : {1U, 2U}) {
        answer(node, one, first);
        answer(node, two, second);
    }
    world.pass(2'000);
    EXPECT_EQ(world.replica(0).status().alarm, "");
    EXPECT_TRUE(world.agree());
    EXPECT_FALSE(world.executed(0, "b").has_value());
    EXPECT_EQ(world.replica(0).status().transactions, 2U);
}

// --- nodes that stop

TEST(ReplicaFaultsTest, two_of_three_go_on_and_the_third_catches_up_when_it_is_back) {
    ReplicaWorld world;
    world.submit(0, world.set("a"));
    world.settle();
    world.stop(2);
    for (int i = 0; i < 5; ++i) {
        auto outcome = world.submit(0, world.set("key-" + std::to_string(i)));
        world.settle();
        ASSERT_TRUE(outcome->answered());
    }
    world.restart(2);
    world.pass(3'000);
    EXPECT_EQ(world.replica(2).status().certified, 6U);
    EXPECT_TRUE(world.agree());
    EXPECT_TRUE(world.stored(2, "key-4").has_value());
}

TEST(ReplicaFaultsTest, a_node_that_lost_its_data_makes_the_same_chain_again) {
    ReplicaWorld world;
    std::vector<ledger::Transaction> transactions;
    for (int i = 0; i < 5; ++i) {
        transactions.push_back(world.set("key-" + std::to_string(i)));
        world.submit(static_cast<std::size_t>(i % 3), transactions.back());
        world.settle();
    }
    world.decide({ledger::ContractControl{"kv2", "kv", 1}});
    world.pass(2'000);
    world.restart_empty(1);
    world.pass(5'000);
    EXPECT_TRUE(world.agree());
    EXPECT_EQ(world.replica(1).status().transactions, 5U);
    auto again = world.submit(1, transactions[3]);
    world.settle();
    ASSERT_TRUE(again->answered());
    EXPECT_EQ(again->only()->height, 4U);
}

TEST(ReplicaFaultsTest, before_its_first_certificate_a_node_shows_no_state) {
    ReplicaWorld world;
    world.submit(0, world.set("a"));
    world.settle();
    world.loses = is<ordering::HeaderVote>;
    world.restart_empty(1);
    world.pass(1'000);
    EXPECT_FALSE(world.replica(1).view().readable);
    world.loses = [](const Sent&) { return false; };
    world.pass(5'000);
    EXPECT_TRUE(world.replica(1).view().readable);
    EXPECT_TRUE(world.stored(1, "a").has_value());
}

TEST(ReplicaFaultsTest, without_a_quorum_nothing_is_answered_until_one_is_back) {
    ReplicaWorld world;
    world.stop(1);
    world.stop(2);
    auto outcome = world.submit(0, world.set("a"));
    world.pass(5'000);
    EXPECT_FALSE(outcome->answered());
    EXPECT_EQ(world.orderer.submitted, 0U);
    world.restart(2);
    world.pass(3'000);
    ASSERT_TRUE(outcome->answered());
    EXPECT_TRUE(outcome->only().ok());
}

TEST(ReplicaFaultsTest, blocks_that_were_not_certified_at_the_stop_are_certified_after_it) {
    ReplicaWorld world;
    world.loses = is<ordering::HeaderVote>;
    auto transaction = world.set("a");
    auto lost = world.submit(0, transaction);
    world.settle();
    world.submit(1, world.set("b"));
    world.settle();
    for (std::size_t node = 0; node < 3; ++node) world.stop(node);
    EXPECT_EQ(lost->code(), Code::unavailable) << "shutting down: retry the same bytes";
    for (std::size_t node = 0; node < 3; ++node) world.restart(node);
    auto again = world.submit(2, transaction);
    world.settle();
    EXPECT_FALSE(again->answered());
    EXPECT_EQ(world.replica(0).status().height, 2U);
    EXPECT_EQ(world.replica(0).status().certified, 0U);
    EXPECT_FALSE(world.stored(0, "a").has_value()) << "executed, and not certified";
    world.loses = lose_nothing;
    world.pass(2'000);
    EXPECT_TRUE(world.agree());
    EXPECT_EQ(world.replica(0).status().certified, 2U);
    EXPECT_TRUE(world.stored(0, "b").has_value());
    ASSERT_TRUE(again->answered());
    EXPECT_EQ(again->only()->height, 1U);
}

TEST(ReplicaFaultsTest, a_stop_answers_everybody_who_waits) {
    ReplicaWorld world;
    world.loses = lose_everything;
    auto outcome = world.submit(0, {world.set("a").bytes(), world.set("b").bytes()});
    world.settle();
    world.stop(0);
    ASSERT_TRUE(outcome->answered());
    EXPECT_EQ(outcome->at(1).error().code, Code::unavailable);
}

// --- divergence

/// Changes an entry behind the replica's back, as a bug or a damaged disk might.
void damage_state(ReplicaWorld& world, std::size_t node) {
    auto batch = world.database(node).batch();
    batch->put(
        store::Table::state,
        ledger::StoredState::database_key(ReplicaWorld::prefix(), "kv", as_bytes("base_key_a")),
        as_bytes(R"({"BaseKey":"a","BaseInfo":"9"})"));
    ASSERT_TRUE(world.database(node).write(*batch));
}

TEST(ReplicaFaultsTest, a_node_whose_header_differs_from_the_quorums_stops_its_channel_loudly) {
    ReplicaWorld world;
    damage_state(world, 2);
    auto outcome = world.submit(0, world.set("a"));  // refused by the contract on node 2 only
    world.settle();
    ASSERT_TRUE(outcome->answered());
    EXPECT_EQ(outcome->only()->receipt.status, ledger::ExecutionStatus::success);
    EXPECT_EQ(world.replica(2).status().alarm, "") << "void votes yet to be read may explain it";
    world.pass(12'000);
    EXPECT_NE(world.replica(2).status().alarm.find("diverged"), std::string::npos)
        << world.replica(2).status().alarm;
    EXPECT_EQ(world.replica(2).status().certified, 0U) << "it certifies nothing of its own";
    auto refused = world.submit(2, world.set("b"));
    world.settle();
    EXPECT_EQ(refused->code(), Code::unavailable);
    auto others = world.submit(1, world.set("c"));
    world.settle();
    EXPECT_TRUE(others->answered());
    EXPECT_EQ(world.replica(0).status().alarm, "");
}

TEST(ReplicaFaultsTest, one_dissenting_vote_stops_nobody) {
    ReplicaWorld world;
    world.loses = is<ordering::HeaderVote>;
    world.submit(0, world.set("a"));
    world.settle();
    auto header = world.block(0, 1).header;
    auto other = header;
    other.state = testing::filled<ledger::Hash>(9);
    ordering::HeaderVote vote{0, 1, other.hash(),
                              world.identity(2).sign_all(world.epoch(), other.statement()), false};
    world.replica(0).receive(world.identity(2).id(), vote);
    world.settle();
    EXPECT_EQ(world.replica(0).status().alarm, "");
    vote.signatures = world.identity(1).sign_all(world.epoch(), other.statement());
    world.replica(0).receive(world.identity(1).id(), vote);
    world.pass(12'000);
    EXPECT_NE(world.replica(0).status().alarm, "") << "two of three make another header certain";
}

TEST(ReplicaFaultsTest, votes_that_are_not_signed_by_their_sender_do_not_count) {
    ReplicaWorld world;
    world.loses = is<ordering::HeaderVote>;
    world.submit(0, world.set("a"));
    world.settle();
    auto header = world.block(0, 1).header;
    ordering::HeaderVote vote{0, 1, header.hash(),
                              world.identity(2).sign_all(world.epoch(), header.statement()), false};
    world.replica(0).receive(world.identity(1).id(), vote);
    world.replica(0).receive(testing::node_identity(7).id(), vote);
    world.settle();
    EXPECT_EQ(world.replica(0).status().certified, 0U);
    world.replica(0).receive(world.identity(2).id(), vote);
    world.settle();
    EXPECT_EQ(world.replica(0).status().certified, 1U);
}

// --- disks

TEST(ReplicaFaultsTest, a_disk_that_cannot_make_blocks_durable_stops_the_channel_on_its_node) {
    ReplicaWorld world;
    world.syncer(2).fail(disk_error());
    auto outcome = world.submit(0, world.set("a"));
    world.settle();
    EXPECT_TRUE(outcome->answered());
    EXPECT_NE(world.replica(2).status().alarm.find("input/output"), std::string::npos);
    auto refused = world.submit(2, world.set("b"));
    world.settle();
    EXPECT_EQ(refused->code(), Code::unavailable);
}

TEST(ReplicaFaultsTest, a_node_that_cannot_store_batches_signs_for_none) {
    ReplicaWorld world;
    world.log(2).append_outcome = Error{Code::no_space, "no space left"};
    world.offer(1, 2, {world.set("a")});
    world.settle();
    const auto& vote = std::get<ordering::AvailabilityVote>(world.delivered.back().message);
    EXPECT_TRUE(vote.signatures.empty());
    EXPECT_NE(vote.refusal.find("no space"), std::string::npos);
}

TEST(ReplicaFaultsTest, a_maker_that_cannot_store_its_batch_says_so_and_has_it_not_ordered) {
    ReplicaWorld world;
    world.log(0).append_outcome = Error{Code::no_space, "no space left"};
    auto outcome = world.submit(0, world.set("a"));
    world.settle();
    EXPECT_EQ(outcome->code(), Code::no_space);
    EXPECT_EQ(world.replica(1).status().certified, 0U);
}

TEST(ReplicaFaultsTest, a_batch_that_a_peer_could_not_store_is_there_once_its_block_is) {
    ReplicaWorld world;
    world.log(2).append_outcome = Error{Code::no_space, "no space left"};
    auto outcome = world.submit(0, world.set("a"));
    world.pass(1'000);
    ASSERT_TRUE(outcome->answered());
    EXPECT_TRUE(outcome->only().ok()) << "the other two are a quorum";
    EXPECT_NE(world.replica(2).status().alarm.find("no space left"), std::string::npos);
    EXPECT_EQ(world.submit(2, world.set("b"))->code(), Code::no_space);
    world.log(2).append_outcome = {};
    world.pass(5'000);
    EXPECT_EQ(world.replica(2).status().alarm, "");
    ASSERT_EQ(world.replica(2).status().certified, 1U);
    auto batches = world.replica(2).batches_of(world.block(2, 1));
    EXPECT_TRUE(batches.ok()) << batches.error().message;
}

TEST(ReplicaFaultsTest, a_node_that_could_not_store_a_batch_opens_again) {
    ReplicaWorld world;
    world.log(2).append_outcome = Error{Code::no_space, "no space left"};
    world.loses = [](const Sent& sent) { return sent.to == 2 && is<ordering::HeaderVote>(sent); };
    world.submit(0, world.set("a"));
    world.settle();
    world.log(2).append_outcome = {};
    world.loses = lose_nothing;
    Status opened = world.try_restart(2);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
}

TEST(ReplicaFaultsTest, a_damaged_batch_is_fetched_again_or_reported_and_never_executed) {
    ReplicaWorld world;
    world.ordering = false;
    auto outcome = world.submit(0, world.set("a"));
    world.settle();
    world.stop(2);
    world.log(2).damaged = true;
    world.ordering = true;
    world.settle();
    EXPECT_TRUE(outcome->answered());
    world.restart(2);
    world.pass(2'000);
    if (world.replica(2).status().alarm.empty()) {
        EXPECT_TRUE(world.agree());
        EXPECT_TRUE(world.executed(2, "a").has_value());
    } else {
        EXPECT_FALSE(world.executed(2, "a").has_value());
    }
}

TEST(ReplicaFaultsTest, damaged_batches_are_not_served) {
    ReplicaWorld world;
    world.submit(0, world.set("a"));
    world.settle();
    world.log(1).damaged = true;
    world.delivered.clear();
    auto block = world.block(1, 1);
    world.replica(1).receive(world.identity(2).id(),
                             ordering::BatchRequest{block.envelopes.at(0).digest});
    world.settle();
    EXPECT_TRUE(world.delivered.empty());
    EXPECT_EQ(world.replica(1).batches_of(block).error().code, Code::corrupted);
}

// --- expiry

TEST(ReplicaFaultsTest, a_transaction_is_expired_only_once_a_later_block_is_certified) {
    ReplicaWorld world;
    world.loses = lose_everything;
    auto payload = world.payload("a");
    payload.valid_until = world.clock.now() + 1'000;
    auto outcome = world.submit(0, ledger::Transaction::sign(payload, world.writer()), k_minute);
    world.pass(10'000);
    EXPECT_GT(world.replica(0).status().height, 0U) << "an idle channel makes an empty block";
    EXPECT_FALSE(outcome->answered()) << "it might be ordered still, as far as this node knows";
    world.loses = lose_nothing;
    world.pass(3'000);
    EXPECT_EQ(outcome->code(), Code::expired);
    EXPECT_TRUE(world.agree());
    EXPECT_FALSE(world.executed(0, "a").has_value());
    EXPECT_EQ(world.replica(0).status().transactions, 0U);
}

TEST(ReplicaFaultsTest, a_transaction_past_its_time_that_is_on_the_ledger_gets_its_answer) {
    ReplicaWorld world;
    auto payload = world.payload("a");
    payload.valid_until = world.clock.now() + 1'000;
    auto transaction = ledger::Transaction::sign(payload, world.writer());
    world.submit(0, transaction);
    world.settle();
    world.pass(5'000);
    auto again = world.submit(1, transaction);
    world.settle();
    ASSERT_TRUE(again->answered());
    EXPECT_TRUE(again->only().ok());
}

TEST(ReplicaFaultsTest, a_transaction_past_its_time_that_is_not_known_is_told_for_certain) {
    ReplicaWorld world;
    auto payload = world.payload("a");
    payload.valid_until = world.clock.now() + 1'000;
    world.pass(5'000);
    world.ordering = false;
    auto outcome = world.submit(1, ledger::Transaction::sign(payload, world.writer()));
    world.settle();
    EXPECT_FALSE(outcome->answered()) << "it may be under way through another node";
    world.ordering = true;
    world.settle();
    EXPECT_EQ(outcome->code(), Code::expired);
    EXPECT_EQ(world.block(0, 1).skipped.front().reason, Code::expired) << "the order has judged";
}

TEST(ReplicaFaultsTest, who_waits_is_told_that_too_few_nodes_take_part) {
    ReplicaWorld world;
    world.loses = lose_everything;
    auto outcome = world.submit(0, world.set("a"), 5'000);
    world.pass(6'000);
    ASSERT_EQ(outcome->code(), Code::unknown_outcome);
    EXPECT_NE(outcome->only().error().message.find("1 of the app's 3 nodes took the transactions, "
                                                   "and 2 are needed"),
              std::string::npos)
        << outcome->only().error().message;
    world.loses = lose_nothing;
    world.pass(3'000);
    auto again = world.submit(0, world.set("b"), 5'000);
    world.ordering = false;
    world.pass(6'000);
    EXPECT_EQ(again->code(), Code::unknown_outcome);
    EXPECT_EQ(again->only().error().message.find("are needed"), std::string::npos);
}

TEST(ReplicaFaultsTest, a_node_whose_clock_is_behind_goes_by_the_time_of_the_ledger) {
    ReplicaWorld world;
    world.clock.advance(2 * k_max_validity);
    world.submit(0, world.set("a"));
    world.settle();
    const UnixMillis right = world.clock.now();
    world.clock.set(right - 2 * k_max_validity);
    auto payload = world.payload("b");
    payload.valid_until = right + k_max_validity / 2;
    auto outcome = world.submit(0, ledger::Transaction::sign(payload, world.writer()));
    world.settle();
    ASSERT_TRUE(outcome->answered());
    EXPECT_TRUE(outcome->only().ok()) << outcome->only().error().message;
}

TEST(ReplicaFaultsTest, what_was_refused_for_a_reason_that_passed_may_be_sent_again) {
    ReplicaWorld world;
    ledger::MemberControl member{ledger::participant_id_of(world.writer().public_key()),
                                 world.writer().public_key(),
                                 ledger::MemberState::removed,
                                 {"writer"}};
    auto transaction = world.set("a");
    world.ordering = false;
    world.submit(0, transaction);
    world.settle();
    auto envelopes = std::move(world.orderer.waiting);
    world.decide({member});
    world.orderer.waiting = std::move(envelopes);
    world.ordering = true;
    world.pass(2'000);
    ASSERT_EQ(world.block(0, world.replica(0).status().height).skipped.back().reason,
              Code::forbidden);
    member.state = ledger::MemberState::active;
    world.decide({member});
    world.pass(2'000);
    auto again = world.submit(0, transaction);
    world.pass(1'000);
    ASSERT_TRUE(again->answered());
    EXPECT_TRUE(again->only().ok()) << again->only().error().message;
}

TEST(ReplicaFaultsTest, a_batch_ordered_too_late_for_a_transaction_skips_it) {
    ReplicaWorld world;
    world.ordering = false;
    auto payload = world.payload("a");
    payload.valid_until = world.clock.now() + 1'000;
    auto outcome = world.submit(
        0, {ledger::Transaction::sign(payload, world.writer()).bytes(), world.set("b").bytes()});
    world.settle();
    world.clock.advance(1'001);
    world.ordering = true;
    world.settle();
    ASSERT_TRUE(outcome->answered());
    EXPECT_EQ(outcome->at(0).error().code, Code::expired);
    EXPECT_TRUE(outcome->at(1).ok());
    EXPECT_TRUE(world.agree());
}

// --- other peers

TEST(ReplicaFaultsTest, an_envelope_of_the_epoch_before_is_batched_anew) {
    ReplicaWorld world({4, {}});
    world.ordering = false;
    auto outcome = world.submit(0, world.set("a"));
    world.settle();
    auto late = std::move(world.orderer.waiting);
    world.orderer.waiting.clear();
    world.decide({ledger::EpochControl{world.epoch_without(3)}});
    world.ordering = true;
    world.pass(2'000);
    ASSERT_EQ(world.replica(0).access().epoch()->epoch, 1U);
    for (const Bytes& envelope : late) world.orderer.waiting.push_back(envelope);
    world.pass(3'000);
    ASSERT_TRUE(outcome->answered());
    ASSERT_TRUE(outcome->only().ok()) << outcome->only().error().message;
    for (std::size_t node = 0; node < 3; ++node) {
        EXPECT_TRUE(world.stored(node, "a").has_value());
        EXPECT_EQ(world.replica(node).status().transactions, 1U);
    }
}

TEST(ReplicaFaultsTest, a_batch_that_gathers_signatures_while_the_epoch_changes_is_offered_anew) {
    ReplicaWorld world({4, {}});
    world.loses = is<ordering::AvailabilityVote>;
    std::vector<std::shared_ptr<Outcome>> outcomes;
    for (int i = 0; i < 4; ++i) {
        outcomes.push_back(world.submit(0, world.set("key-" + std::to_string(i))));
        world.settle();
    }
    world.decide({ledger::EpochControl{world.epoch_without(3)}});
    world.pass(2'000);
    ASSERT_EQ(world.replica(0).access().epoch()->epoch, 1U);
    world.loses = lose_nothing;
    world.pass(5'000);
    for (const auto& outcome : outcomes) {
        ASSERT_TRUE(outcome->answered());
        EXPECT_TRUE(outcome->only().ok());
    }
}

TEST(ReplicaFaultsTest, the_last_block_of_an_epoch_is_certified_by_the_old_peers_who_remain) {
    ReplicaWorld world({4, {}});
    auto next = world.epoch_without(3);
    world.decide({ledger::EpochControl{next}});
    world.pass(3'000);
    auto last = world.block(0, 1);
    EXPECT_EQ(last.header.epoch, 0U);
    EXPECT_EQ(last.header.find_extension(ledger::extension::k_next_epoch), next.hash());
    auto certificate = world.replica(0).blocks().certificates(1).value()->at(0);
    EXPECT_TRUE(ledger::check_certificate(certificate, world.epoch(), last.header.statement(),
                                          last.header.position.height, next.revoked));
    EXPECT_EQ(world.replica(0).blocks().handover(0).value(), 1U);
    auto outcome = world.submit(0, world.set("a"));
    world.settle();
    ASSERT_TRUE(outcome->answered());
    EXPECT_EQ(world.block(0, 2).header.epoch, 1U);
    EXPECT_EQ(world.replica(1).epoch_record(0).value()->peers.size(), 4U);
    EXPECT_EQ(world.replica(1).epoch_record(1).value()->peers.size(), 3U);
    EXPECT_EQ(world.replica(1).epoch_record(2).error().code, Code::not_found);
}

TEST(ReplicaFaultsTest, a_revoked_node_can_keep_nothing_from_being_certified) {
    ReplicaWorld world({4, {}});
    world.decide({ledger::EpochControl{world.epoch_without(3)}});
    world.pass(2'000);
    world.stop(3);
    world.stop(2);
    auto outcome = world.submit(0, world.set("a"));
    world.pass(2'000);
    ASSERT_TRUE(outcome->answered()) << "two of three are a quorum";
    EXPECT_TRUE(outcome->only().ok());
}

TEST(ReplicaFaultsTest, a_node_that_restarts_at_a_handover_certifies_it_still) {
    ReplicaWorld world({4, {}});
    world.loses = is<ordering::HeaderVote>;
    world.decide({ledger::EpochControl{world.epoch_without(3)}});
    world.pass(2'000);
    ASSERT_EQ(world.replica(0).status().certified, 0U);
    for (std::size_t node = 0; node < 3; ++node) world.restart(node);
    world.loses = lose_nothing;
    world.pass(3'000);
    for (std::size_t node = 0; node < 3; ++node) {
        EXPECT_EQ(world.replica(node).status().certified, 1U) << node;
        EXPECT_EQ(world.replica(node).access().epoch()->epoch, 1U) << node;
    }
}

}  // namespace
}  // namespace bsn::peer
