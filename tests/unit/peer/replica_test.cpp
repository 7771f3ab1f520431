// One channel on three nodes, when nothing goes wrong but what users do.

#include "support/replica_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace bsn::peer {
namespace {

using testing::is;
using testing::make_key;
using testing::Outcome;
using testing::ReplicaWorld;
using testing::Sent;

constexpr auto k_secp256r1 = crypto::SuiteId::secp256r1;

template <typename Message>
std::size_t count_from(const ReplicaWorld& world, std::size_t node) {
    return static_cast<std::size_t>(
        std::count_if(world.delivered.begin(), world.delivered.end(),
                      [&](const Sent& sent) { return sent.from == node && is<Message>(sent); }));
}

TEST(ReplicaTest, a_transaction_is_certified_on_all_nodes) {
    ReplicaWorld world;
    auto transaction = world.set("a", "1");
    auto outcome = world.submit(0, transaction);
    world.settle();
    ASSERT_TRUE(outcome->answered());
    ASSERT_TRUE(outcome->only().ok()) << outcome->only().error().message;
    const Answer& answer = *outcome->only();
    EXPECT_EQ(answer.id, transaction.id());
    EXPECT_EQ(answer.height, 1U);
    EXPECT_EQ(answer.index, 0U);
    EXPECT_EQ(answer.receipt.status, ledger::ExecutionStatus::success);
    EXPECT_TRUE(world.agree());
    for (std::size_t node = 0; node < 3; ++node) {
        EXPECT_TRUE(world.stored(node, "a").has_value()) << node;
        EXPECT_EQ(world.replica(node).status().transactions, 1U);
        auto certificates = world.replica(node).blocks().certificates(1).value();
        ASSERT_TRUE(certificates.has_value());
        auto block = world.block(node, 1);
        EXPECT_EQ(block.header.time, answer.time);
        EXPECT_TRUE(ledger::check_certificate(certificates->at(0), world.epoch(),
                                              block.header.statement(),
                                              block.header.position.height));
    }
}

TEST(ReplicaTest, one_node_is_a_quorum_of_itself) {
    ReplicaWorld world({1, {}});
    auto outcome = world.submit(0, world.set("a"));
    world.settle();
    ASSERT_TRUE(outcome->answered());
    EXPECT_TRUE(outcome->only().ok());
    EXPECT_TRUE(world.delivered.empty());
}

TEST(ReplicaTest, answers_come_in_the_order_of_the_submission) {
    ReplicaWorld world;
    std::vector<ledger::Transaction> transactions;
    std::vector<Bytes> bytes;
    for (int i = 0; i < 60; ++i) {
        transactions.push_back(world.set("key-" + std::to_string(i)));
        bytes.push_back(transactions.back().bytes());
    }
    auto outcome = world.submit(1, bytes);
    world.settle();
    ASSERT_TRUE(outcome->answered());
    EXPECT_EQ(outcome->calls, 1U);
    for (std::size_t i = 0; i < transactions.size(); ++i) {
        ASSERT_TRUE(outcome->at(i).ok());
        EXPECT_EQ(outcome->at(i)->id, transactions[i].id());
    }
    EXPECT_EQ(world.replica(2).status().transactions, 60U);
}

TEST(ReplicaTest, what_comes_while_a_small_batch_is_on_its_way_goes_together) {
    ReplicaWorld world;
    world.ordering = false;
    std::vector<std::shared_ptr<Outcome>> outcomes;
    for (const char* key : {"a", "b", "c"}) {
        outcomes.push_back(world.submit(0, world.set(key)));
        world.settle();
    }
    EXPECT_EQ(world.orderer.waiting.size(), 1U);
    world.ordering = true;
    world.order();
    world.settle();
    for (const auto& outcome : outcomes) ASSERT_TRUE(outcome->answered());
    EXPECT_EQ(world.block(0, 1).envelopes.at(0).count, 1U);
    EXPECT_EQ(world.block(0, 2).envelopes.at(0).count, 2U);
}

TEST(ReplicaTest, a_batch_that_does_not_arrive_keeps_others_waiting_for_a_moment_only) {
    ReplicaWorld world;
    world.ordering = false;
    world.submit(0, world.set("a"));
    world.settle();
    world.submit(0, world.set("b"));
    world.pass(200);
    EXPECT_EQ(world.orderer.waiting.size(), 2U);
}

TEST(ReplicaTest, many_transactions_do_not_wait_for_company) {
    ReplicaWorld world;
    world.ordering = false;
    world.submit(0, world.set("a"));
    world.settle();
    std::vector<Bytes> many;
    many.reserve(256);
    for (int i = 0; i < 256; ++i) many.push_back(world.set("k" + std::to_string(i)).bytes());
    world.submit(0, std::move(many));
    world.settle();
    EXPECT_EQ(world.orderer.waiting.size(), 2U);
}

TEST(ReplicaTest, nothing_submitted_is_answered_with_nothing) {
    ReplicaWorld world;
    auto outcome = world.submit(0, std::vector<Bytes>{});
    ASSERT_TRUE(outcome->answered());
    EXPECT_TRUE(outcome->answers->empty());
}

TEST(ReplicaTest, bad_and_good_transactions_of_one_submission_are_judged_apart) {
    ReplicaWorld world;
    auto good = world.set("a");
    Bytes forged = world.set("b").bytes();
    forged.back() = static_cast<std::uint8_t>(forged.back() ^ 1U);
    auto outcome = world.submit(0, {forged, good.bytes(), to_bytes("no transaction")});
    world.settle();
    ASSERT_TRUE(outcome->answered());
    EXPECT_EQ(outcome->at(0).error().code, Code::bad_signature);
    EXPECT_TRUE(outcome->at(1).ok());
    EXPECT_EQ(outcome->at(2).error().code, Code::invalid_argument);
}

// --- the same bytes, the same nonce

TEST(ReplicaTest, the_same_bytes_again_get_the_first_answer_through_whichever_node) {
    ReplicaWorld world;
    auto transaction = world.set("a");
    auto first = world.submit(0, transaction);
    world.settle();
    world.submit(0, world.set("b"));
    world.settle();
    for (std::size_t node = 0; node < 3; ++node) {
        auto again = world.submit(node, transaction);
        world.settle();
        ASSERT_TRUE(again->answered()) << node;
        ASSERT_TRUE(again->only().ok());
        EXPECT_EQ(again->only()->height, first->only()->height);
        EXPECT_EQ(again->only()->index, first->only()->index);
        EXPECT_EQ(again->only()->receipt, first->only()->receipt);
    }
    EXPECT_EQ(world.replica(0).status().transactions, 2U);
}

TEST(ReplicaTest, the_same_bytes_through_all_nodes_at_once_are_executed_once) {
    ReplicaWorld world;
    world.ordering = false;
    auto transaction = world.set("a");
    std::vector<std::shared_ptr<Outcome>> outcomes;
    for (std::size_t node = 0; node < 3; ++node) {
        outcomes.push_back(world.submit(node, {transaction.bytes(), transaction.bytes()}));
        outcomes.push_back(world.submit(node, transaction));
    }
    // And once more in another batch, with a companion, so that the batches differ.
    outcomes.push_back(world.submit(1, {world.set("b").bytes(), transaction.bytes()}));
    world.settle();
    ASSERT_GE(world.orderer.waiting.size(), 3U);
    world.ordering = true;
    world.settle();
    for (const auto& outcome : outcomes) {
        ASSERT_TRUE(outcome->answered());
        EXPECT_EQ(outcome->calls, 1U);
        const auto& answer = outcome->answers->back();
        ASSERT_TRUE(answer.ok()) << answer.error().message;
        EXPECT_EQ(answer->id, transaction.id());
        EXPECT_EQ(answer->receipt.status, ledger::ExecutionStatus::success);
    }
    EXPECT_EQ(world.replica(0).status().transactions, 2U);
    EXPECT_TRUE(world.agree());
}

TEST(ReplicaTest, the_same_transaction_in_two_heights_is_executed_in_the_first) {
    ReplicaWorld world;
    world.ordering = false;
    auto transaction = world.set("a");
    auto first = world.submit(0, transaction);
    world.settle();
    auto envelopes = std::move(world.orderer.waiting);
    world.orderer.waiting.clear();
    auto second = world.submit(1, {transaction.bytes(), world.set("b").bytes()});
    world.settle();
    world.order();
    world.orderer.waiting = std::move(envelopes);
    world.order();
    world.ordering = true;
    world.settle();
    ASSERT_TRUE(first->answered());
    ASSERT_TRUE(first->only().ok()) << first->only().error().message;
    ASSERT_TRUE(second->at(0).ok());
    EXPECT_EQ(first->only()->height, second->at(0)->height);
    EXPECT_EQ(world.replica(0).status().transactions, 2U);
    EXPECT_TRUE(world.agree());
}

TEST(ReplicaTest, a_nonce_is_not_used_for_other_bytes) {
    ReplicaWorld world;
    auto payload = world.payload("a");
    auto other = payload;
    other.arguments = world.payload("b").arguments;
    world.submit(0, ledger::Transaction::sign(payload, world.writer()));
    world.settle();
    auto outcome = world.submit(1, ledger::Transaction::sign(other, world.writer()));
    world.settle();
    EXPECT_EQ(outcome->code(), Code::duplicate);
    EXPECT_FALSE(world.stored(0, "b").has_value());
}

TEST(ReplicaTest, of_two_transactions_with_one_nonce_under_way_one_is_executed) {
    ReplicaWorld world;
    auto payload = world.payload("a");
    auto other = payload;
    other.arguments = world.payload("b").arguments;
    auto one = world.submit(0, ledger::Transaction::sign(payload, world.writer()));
    auto two = world.submit(1, ledger::Transaction::sign(other, world.writer()));
    world.settle();
    ASSERT_TRUE(one->answered() && two->answered());
    EXPECT_NE(one->only().ok(), two->only().ok());
    EXPECT_EQ(one->only().ok() ? two->code() : one->code(), Code::duplicate);
    EXPECT_EQ(world.replica(2).status().transactions, 1U);
    EXPECT_TRUE(world.agree());
}

TEST(ReplicaTest, a_call_that_the_contract_refuses_is_on_the_ledger_and_uses_its_nonce) {
    ReplicaWorld world;
    world.submit(0, world.set("a"));
    world.settle();
    auto again = world.payload("a", "2");
    auto refused = world.submit(0, ledger::Transaction::sign(again, world.writer()));
    world.settle();
    ASSERT_TRUE(refused->only().ok());
    EXPECT_EQ(refused->only()->receipt.status, ledger::ExecutionStatus::refused);
    EXPECT_FALSE(refused->only()->receipt.error.empty());
    again.arguments = world.payload("b").arguments;
    auto reused = world.submit(0, ledger::Transaction::sign(again, world.writer()));
    world.settle();
    EXPECT_EQ(reused->code(), Code::duplicate);
}

// --- what is not admitted

struct Refusal {
    std::string name;
    std::function<void(ledger::Payload&)> change;
    Code code;
};

class NotAdmitted : public ::testing::TestWithParam<Refusal> {};

TEST_P(NotAdmitted, is_refused_at_once_and_not_ordered) {
    ReplicaWorld world;
    auto payload = world.payload("a");
    GetParam().change(payload);
    auto outcome = world.submit(0, ledger::Transaction::sign(payload, world.writer()));
    world.settle();
    EXPECT_EQ(outcome->code(), GetParam().code)
        << (outcome->answered() && !outcome->only().ok() ? outcome->only().error().message : "");
    EXPECT_EQ(world.orderer.submitted, 0U);
    EXPECT_EQ(world.replica(0).status().pending, 0U);
}

INSTANTIATE_TEST_SUITE_P(
    , NotAdmitted,
    ::testing::Values(
        Refusal{"another_network",
                [](auto& payload) { payload.network = testing::filled<ledger::NetworkId>(9); },
                Code::wrong_network},
        Refusal{"another_channel",
                [](auto& payload) { payload.channel = testing::filled<ledger::ChannelId>(9); },
                Code::wrong_channel},
        Refusal{"a_stranger",
                [](auto& payload) { payload.creator = testing::filled<ledger::ParticipantId>(9); },
                Code::forbidden},
        Refusal{"a_function_that_no_role_permits",
                [](auto& payload) {
                    payload.contract = "evidence";
                    payload.function = "depositBatch";
                },
                Code::forbidden},
        Refusal{"a_contract_that_no_role_permits", [](auto& payload) { payload.contract = "kv2"; },
                Code::forbidden},
        Refusal{"too_far_ahead",
                [](auto& payload) {
                    payload.valid_until = testing::ManualClock::k_start + k_max_validity + 1;
                },
                Code::expired},
        Refusal{"past_a_certified_block",
                [](auto& payload) { payload.valid_until = testing::ManualClock::k_start - 1; },
                Code::expired}),
    [](const auto& tested) { return tested.param.name; });

TEST(ReplicaTest, another_suite_is_refused) {
    ReplicaWorld world;
    auto outcome = world.submit(
        0, ledger::Transaction::sign(world.payload("a"), make_key(crypto::SuiteId::sm2)));
    world.settle();
    EXPECT_EQ(outcome->code(), Code::wrong_suite);
}

TEST(ReplicaTest, a_member_who_signs_with_another_key_is_unauthenticated) {
    ReplicaWorld world;
    auto outcome =
        world.submit(0, ledger::Transaction::sign(world.payload("a"), make_key(k_secp256r1, 2)));
    world.settle();
    EXPECT_EQ(outcome->code(), Code::unauthenticated);
}

TEST(ReplicaTest, an_unknown_contract_that_a_role_permits_is_refused_on_the_ledger) {
    ReplicaWorld world;
    world.decide({ledger::RoleControl{"writer", false, {"*"}}});
    world.pass(2'000);
    auto payload = world.payload("a");
    payload.contract = "nothing";
    auto outcome = world.submit(0, ledger::Transaction::sign(payload, world.writer()));
    world.settle();
    ASSERT_TRUE(outcome->answered() && outcome->only().ok());
    EXPECT_EQ(outcome->only()->receipt.status, ledger::ExecutionStatus::unknown_contract);
}

// --- certification comes before the answer

TEST(ReplicaTest, what_is_executed_and_not_certified_is_neither_answered_nor_shown) {
    ReplicaWorld world;
    world.loses = is<ordering::HeaderVote>;
    auto outcome = world.submit(0, world.set("a"));
    bool woken = false;
    world.replica(0).when_certified(1, [&] { woken = true; });
    world.settle();
    EXPECT_EQ(world.replica(0).status().height, 1U);
    EXPECT_EQ(world.replica(0).status().certified, 0U);
    EXPECT_TRUE(world.executed(0, "a").has_value());
    EXPECT_FALSE(world.stored(0, "a").has_value());
    EXPECT_FALSE(outcome->answered());
    EXPECT_FALSE(woken);
    world.loses = [](const Sent&) { return false; };
    world.pass(2'000);
    EXPECT_TRUE(outcome->answered());
    EXPECT_TRUE(world.stored(0, "a").has_value());
    EXPECT_TRUE(woken);
}

TEST(ReplicaTest, whoever_asks_for_a_height_that_is_certified_is_woken_at_once) {
    ReplicaWorld world;
    bool woken = false;
    world.replica(0).when_certified(0, [&] { woken = true; });
    EXPECT_TRUE(woken);
}

TEST(ReplicaTest, a_node_promises_nothing_before_it_is_durable) {
    ReplicaWorld world;
    world.hold_disk(2, true);
    world.delivered.clear();
    auto outcome = world.submit(0, world.set("a"));
    world.settle();
    EXPECT_TRUE(outcome->answered()) << "two of three are a quorum";
    EXPECT_EQ(count_from<ordering::AvailabilityVote>(world, 2), 0U);
    EXPECT_EQ(count_from<ordering::HeaderVote>(world, 2), 0U);
    EXPECT_EQ(world.replica(2).status().certified, 0U) << "and itself it holds nothing durably";
    world.hold_disk(2, false);
    world.settle();
    EXPECT_EQ(world.replica(2).status().certified, 1U);
    EXPECT_TRUE(world.agree());
}

TEST(ReplicaTest, without_a_quorum_of_durable_copies_nothing_is_ordered) {
    ReplicaWorld world;
    world.hold_disk(1, true);
    world.hold_disk(2, true);
    world.submit(0, world.set("a"));
    world.settle();
    EXPECT_EQ(world.orderer.submitted, 0U);
    EXPECT_EQ(world.replica(0).status().height, 0U);
}

// --- offers of batches

TEST(ReplicaTest, a_batch_with_a_forged_transaction_gets_no_signature_and_blocks_nothing) {
    ReplicaWorld world;
    Bytes bytes = world.set("b").bytes();
    bytes.back() = static_cast<std::uint8_t>(bytes.back() ^ 1U);
    auto forged = ledger::Transaction::decode(bytes).value();
    world.offer(2, 0, {world.set("a"), forged});
    world.settle();
    ASSERT_EQ(count_from<ordering::AvailabilityVote>(world, 0), 1U);
    const auto& vote = std::get<ordering::AvailabilityVote>(world.delivered.back().message);
    EXPECT_TRUE(vote.signatures.empty());
    EXPECT_NE(vote.refusal.find("transaction 1"), std::string::npos) << vote.refusal;
    EXPECT_EQ(world.log(0).appended, 0U);
    auto outcome = world.submit(2, world.set("c"));
    world.settle();
    EXPECT_TRUE(outcome->answered());
    EXPECT_FALSE(world.stored(0, "a").has_value());
}

TEST(ReplicaTest, a_good_offer_is_signed_for_by_the_node_that_got_it) {
    ReplicaWorld world;
    world.offer(2, 0, {world.set("a")});
    world.settle();
    const auto& vote = std::get<ordering::AvailabilityVote>(world.delivered.back().message);
    EXPECT_EQ(vote.signatures.size(), 1U) << vote.refusal;
    EXPECT_EQ(world.log(0).appended, 1U);
}

TEST(ReplicaTest, an_offer_that_is_not_what_it_says_is_not_signed_for) {
    using Change = std::function<void(ledger::Envelope&)>;
    const std::vector<std::pair<std::string, Change>> changes{
        {"another digest", [](auto& core) { core.digest = testing::filled<ledger::Hash>(1); }},
        {"another count", [](auto& core) { core.count += 1; }},
        {"another size", [](auto& core) { core.bytes += 1; }},
        {"another channel",
         [](auto& core) { core.channel = testing::filled<ledger::ChannelId>(1); }},
        {"another epoch", [](auto& core) { core.epoch = 1; }},
        {"another proposer",
         [](auto& core) { core.proposer = testing::filled<ledger::NodeId>(1); }},
        {"another hash", [](auto& core) { core.digest_hash = crypto::HashId::sm3; }},
        {"a batch that is carried", [](auto& core) { core.kind = ledger::EnvelopeKind::carried; }},
    };
    for (const auto& [name, change] : changes) {
        ReplicaWorld world;
        auto batch = std::make_shared<const Bytes>(testing::sample_batch({world.set("a")}));
        ledger::Envelope envelope = world.envelope(1, *batch, {});
        change(envelope);
        world.replica(0).receive(world.identity(1).id(),
                                 ordering::BatchOffer{envelope.encode_core(), batch});
        world.settle();
        ASSERT_EQ(count_from<ordering::AvailabilityVote>(world, 0), 1U) << name;
        const auto& vote = std::get<ordering::AvailabilityVote>(world.delivered.back().message);
        EXPECT_TRUE(vote.signatures.empty()) << name;
        EXPECT_FALSE(vote.refusal.empty()) << name;
    }
}

TEST(ReplicaTest, an_offer_of_bytes_that_are_no_batch_is_refused) {
    ReplicaWorld world;
    auto bytes = std::make_shared<const Bytes>(to_bytes("no batch"));
    auto envelope = world.envelope(1, testing::sample_batch({world.set("a")}), {});
    world.replica(0).receive(world.identity(1).id(),
                             ordering::BatchOffer{envelope.encode_core(), bytes});
    world.replica(0).receive(world.identity(1).id(),
                             ordering::BatchOffer{to_bytes("no core"), bytes});
    world.settle();
    EXPECT_EQ(count_from<ordering::AvailabilityVote>(world, 0), 2U);
    EXPECT_EQ(world.log(0).appended, 0U);
}

// --- time and decisions

TEST(ReplicaTest, an_idle_channel_makes_no_blocks) {
    ReplicaWorld world;
    world.pass(10'000);
    EXPECT_EQ(world.replica(0).status().height, 0U);
    EXPECT_EQ(world.orderer.submitted, 0U);
}

TEST(ReplicaTest, an_idle_channel_takes_a_decision_within_a_second_or_so_in_one_empty_block) {
    ReplicaWorld world;
    auto role = ledger::RoleControl{"writer", false, {"kv.get"}};
    world.decide({role});
    world.pass(1'500);
    for (std::size_t node = 0; node < 3; ++node) {
        EXPECT_EQ(world.replica(node).status().certified, 1U);
        auto block = world.block(node, 1);
        ASSERT_EQ(block.controls.size(), 1U);
        EXPECT_EQ(block.controls.front(), ledger::ControlRecord(role));
        EXPECT_EQ(block.header.transactions, 0U);
    }
    auto outcome = world.submit(0, world.set("a"));
    world.pass(5'000);
    EXPECT_EQ(outcome->code(), Code::forbidden);
    EXPECT_EQ(world.replica(0).status().height, 1U) << "one empty block is enough";
}

TEST(ReplicaTest, a_decision_counts_for_transactions_ordered_after_it) {
    ReplicaWorld world;
    world.ordering = false;
    auto outcome = world.submit(0, world.set("a"));
    world.settle();
    world.decide({ledger::MemberControl{ledger::participant_id_of(world.writer().public_key()),
                                        world.writer().public_key(),
                                        ledger::MemberState::removed,
                                        {}}});
    world.ordering = true;
    world.settle();
    EXPECT_EQ(outcome->code(), Code::forbidden) << "admitted before, ordered after";
    EXPECT_FALSE(world.executed(0, "a").has_value());
    EXPECT_TRUE(world.agree());
}

TEST(ReplicaTest, a_key_that_changes_while_a_transaction_is_under_way_stops_nobody) {
    ReplicaWorld world;
    world.ordering = false;
    auto outcome = world.submit(0, world.set("a"));
    world.settle();
    world.decide({ledger::MemberControl{ledger::participant_id_of(world.writer().public_key()),
                                        make_key(k_secp256r1, 2).public_key(),
                                        ledger::MemberState::active,
                                        {"writer"}}});
    world.ordering = true;
    world.settle();
    for (std::size_t node = 0; node < 3; ++node) EXPECT_EQ(world.replica(node).status().alarm, "");
    EXPECT_EQ(outcome->code(), Code::unauthenticated);
    EXPECT_TRUE(world.agree());
}

TEST(ReplicaTest, a_suspended_app_refuses_writes_until_it_is_resumed) {
    ReplicaWorld world;
    world.decide({ledger::StateControl{ledger::AppState::suspended, "audit"}});
    world.pass(2'000);
    auto transaction = world.set("a");
    auto refused = world.submit(0, transaction);
    world.settle();
    EXPECT_EQ(refused->code(), Code::suspended);
    EXPECT_NE(refused->only().error().message.find("audit"), std::string::npos);
    world.decide({ledger::StateControl{}});
    world.pass(2'000);
    auto taken = world.submit(0, transaction);
    world.settle();
    ASSERT_TRUE(taken->answered());
    EXPECT_TRUE(taken->only().ok()) << "a suspension uses no nonce";
}

TEST(ReplicaTest, a_batch_ordered_after_the_suspension_is_skipped_and_those_who_wait_are_told) {
    ReplicaWorld world;
    world.ordering = false;
    auto outcome = world.submit(0, world.set("a"));
    world.settle();
    world.decide({ledger::StateControl{ledger::AppState::suspended, "audit"}});
    world.ordering = true;
    world.settle();
    EXPECT_EQ(outcome->code(), Code::suspended);
    auto block = world.block(1, 1);
    ASSERT_EQ(block.skipped.size(), 1U);
    EXPECT_EQ(block.skipped.front().reason, Code::suspended);
    EXPECT_TRUE(world.agree());
}

TEST(ReplicaTest, too_many_uncertified_blocks_refuse_new_writes) {
    ReplicaWorld world;
    world.loses = is<ordering::HeaderVote>;
    std::shared_ptr<Outcome> outcome;
    for (int i = 0; i < 262; ++i) {
        outcome = world.submit(0, world.set("key-" + std::to_string(i)));
        world.settle();
    }
    EXPECT_EQ(outcome->code(), Code::overloaded);
    EXPECT_LE(world.replica(0).status().height, 258U);
    world.loses = [](const Sent&) { return false; };
    world.pass(2'000);
    EXPECT_TRUE(world.agree());
    auto later = world.submit(0, world.set("later"));
    world.settle();
    ASSERT_TRUE(later->answered());
    EXPECT_TRUE(later->only().ok());
}

}  // namespace
}  // namespace bsn::peer
