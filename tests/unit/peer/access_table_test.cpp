#include "peer/access_table.hpp"

#include "peer/outbox.hpp"
#include "store/database.hpp"
#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::peer {
namespace {

using crypto::SuiteId;
using testing::make_key;

struct Person {
    explicit Person(std::uint32_t number)
        : key(make_key(SuiteId::secp256r1, number).public_key()),
          id(ledger::participant_id_of(key)) {}
    crypto::PublicKey key;
    ledger::ParticipantId id;
};

const Person k_alice(1);
const Person k_bob(2);

ledger::MemberControl member(const Person& person, std::vector<std::string> roles,
                             ledger::MemberState state = ledger::MemberState::active) {
    return {person.id, person.key, state, std::move(roles)};
}

std::vector<ledger::ControlRecord> sample_records() {
    return {ledger::AppControl{"shop", SuiteId::sm2, ledger::StateCommitmentType::multiset_hash,
                               k_alice.id},
            ledger::EpochControl{testing::make_epoch(testing::sample_channel(), 3).record},
            ledger::ContractControl{"kv", "kv", 1},
            ledger::RoleControl{"writer", false, {"kv.set", "papers.*"}},
            ledger::RoleControl{"admin", false, {"*"}},
            ledger::RoleControl{"everybody", true, {"kv.get"}},
            member(k_alice, {"writer"}),
            ledger::StateControl{}};
}

class AccessTableTest : public ::testing::Test {
  protected:
    AccessTableTest() {
        for (const auto& record : sample_records()) table.apply(record);
    }
    Code code(const Person& person, const crypto::PublicKey& key, std::string_view contract,
              std::string_view function) const {
        Status status = table.authorize(person.id, key, contract, function);
        if (status) return k_allowed;
        EXPECT_FALSE(status.error().message.empty());
        return status.error().code;
    }
    Code code(const Person& person, std::string_view contract, std::string_view function) const {
        return code(person, person.key, contract, function);
    }

    static constexpr Code k_allowed = Code::internal;
    AccessTable table;
};

TEST(RolePatternTest, a_pattern_permits_a_function_a_contract_or_everything) {
    auto permits = [](const char* pattern, const char* contract, const char* function) {
        return role_permits({"r", false, {pattern}}, contract, function);
    };
    EXPECT_TRUE(permits("kv.set", "kv", "set"));
    EXPECT_FALSE(permits("kv.set", "kv", "get"));
    EXPECT_FALSE(permits("kv.set", "kv2", "set"));
    EXPECT_FALSE(permits("kv.set", "k", "v.set"));
    EXPECT_TRUE(permits("kv.*", "kv", "anything"));
    EXPECT_FALSE(permits("kv.*", "kv2", "anything"));
    EXPECT_TRUE(permits("*", "kv", "set"));
    EXPECT_FALSE(permits("kv", "kv", "set"));
    EXPECT_FALSE(permits("kv.se*", "kv", "set")) << "no wildcards within a name";
    EXPECT_FALSE(permits("*.set", "kv", "set"));
    EXPECT_TRUE(permits("kv.a.b", "kv", "a.b")) << "names of functions may hold dots";
    EXPECT_FALSE(role_permits({"r", false, {}}, "kv", "set"));
    EXPECT_TRUE(role_permits({"r", false, {"kv.get", "kv.set"}}, "kv", "set"));
}

TEST_F(AccessTableTest, a_member_may_what_their_roles_permit) {
    EXPECT_EQ(code(k_alice, "kv", "set"), k_allowed);
    EXPECT_EQ(code(k_alice, "papers", "deposit"), k_allowed);
    EXPECT_EQ(code(k_alice, "kv", "delete"), Code::forbidden);
    table.apply(member(k_alice, {"writer", "admin"}));
    EXPECT_EQ(code(k_alice, "kv", "delete"), k_allowed);
}

TEST_F(AccessTableTest, a_public_role_permits_no_transactions_to_those_who_are_no_members) {
    EXPECT_EQ(code(k_bob, "kv", "get"), Code::forbidden);
    EXPECT_EQ(code(k_alice, "kv", "get"), Code::forbidden) << "nor to members who do not hold it";
}

TEST_F(AccessTableTest, another_key_than_the_members_does_not_count) {
    EXPECT_EQ(code(k_alice, k_bob.key, "kv", "set"), Code::unauthenticated);
    auto rotated = member(k_alice, {"writer"});
    rotated.key = k_bob.key;
    table.apply(rotated);
    EXPECT_EQ(code(k_alice, k_bob.key, "kv", "set"), k_allowed);
    EXPECT_EQ(code(k_alice, "kv", "set"), Code::unauthenticated);
    auto of_suite = k_bob.key;
    of_suite.suite = SuiteId::secp256k1;
    EXPECT_EQ(code(k_alice, of_suite, "kv", "set"), Code::unauthenticated);
}

TEST_F(AccessTableTest, a_removed_member_may_nothing) {
    table.apply(member(k_alice, {"writer", "admin"}, ledger::MemberState::removed));
    EXPECT_EQ(code(k_alice, "kv", "set"), Code::forbidden);
}

TEST_F(AccessTableTest, a_role_that_was_put_in_place_of_another_counts_at_once) {
    table.apply(ledger::RoleControl{"writer", false, {"kv.get"}});
    EXPECT_EQ(code(k_alice, "kv", "set"), Code::forbidden);
    EXPECT_EQ(code(k_alice, "kv", "get"), k_allowed);
    table.apply(member(k_alice, {"a role that there is not"}));
    EXPECT_EQ(code(k_alice, "kv", "get"), Code::forbidden);
}

TEST_F(AccessTableTest, a_suspended_app_says_so_with_the_reason) {
    EXPECT_TRUE(table.check_active());
    table.apply(ledger::StateControl{ledger::AppState::suspended, "audit"});
    ASSERT_FALSE(table.check_active());
    EXPECT_EQ(table.check_active().error().code, Code::suspended);
    EXPECT_NE(table.check_active().error().message.find("suspended: audit;"), std::string::npos);
    table.apply(ledger::StateControl{ledger::AppState::suspended, ""});
    ASSERT_FALSE(table.check_active());
    EXPECT_NE(table.check_active().error().message.find("suspended: no reason given;"),
              std::string::npos);
    table.apply(ledger::StateControl{});
    EXPECT_TRUE(table.check_active());
}

TEST_F(AccessTableTest, contracts_app_and_epoch_are_the_last_ones_told) {
    EXPECT_EQ(table.app().name, "shop");
    EXPECT_EQ(table.epoch()->peers.size(), 3U);
    EXPECT_EQ(table.contract("kv"), (ledger::ContractControl{"kv", "kv", 1}));
    EXPECT_EQ(table.contract("papers"), std::nullopt);
    table.apply(ledger::ContractControl{"kv", "kv", 2});
    EXPECT_EQ(table.contract("kv")->version, 2U);
    auto next = testing::make_epoch(testing::sample_channel(), 2, {SuiteId::secp256r1}, 1).record;
    auto before = table.epoch();
    table.apply(ledger::EpochControl{next});
    EXPECT_EQ(*table.epoch(), next);
    EXPECT_EQ(before->epoch, 0U) << "who holds the old one holds it still";
}

// --- state

class AccessStateTest : public ::testing::Test {
  protected:
    void put(const std::vector<ledger::ControlRecord>& records) {
        ledger::StateOverlay overlay(state);
        for (const auto& record : records) put_control(overlay, record);
        auto batch = database->batch();
        auto changes = overlay.changes();
        for (const auto& change : changes.value()) {
            batch->put(store::Table::state,
                       ledger::StoredState::database_key({}, change.contract, change.key),
                       change.after.value());
        }
        ASSERT_TRUE(database->write(*batch));
    }

    std::unique_ptr<store::Database> database = store::make_memory_database();
    ledger::StoredState state{*database, {}};
};

TEST_F(AccessStateTest, a_table_loaded_from_the_state_is_the_one_that_was_told) {
    put(sample_records());
    auto next = testing::make_epoch(testing::sample_channel(), 2, {SuiteId::secp256r1}, 300).record;
    put({member(k_bob, {"admin"}), ledger::EpochControl{next},
         ledger::StateControl{ledger::AppState::suspended, "audit"}});
    AccessTable loaded;
    ASSERT_TRUE(loaded.load(state));
    EXPECT_EQ(loaded.app().name, "shop");
    EXPECT_EQ(loaded.epoch()->epoch, 300U) << "the last epoch, also beyond 255";
    EXPECT_FALSE(loaded.check_active());
    EXPECT_TRUE(loaded.authorize(k_alice.id, k_alice.key, "kv", "set"));
    EXPECT_TRUE(loaded.authorize(k_bob.id, k_bob.key, "kv", "delete"));
    EXPECT_EQ(loaded.contract("kv")->version, 1U);
}

TEST_F(AccessStateTest, a_later_record_takes_the_place_of_an_earlier_one_of_the_same_thing) {
    put({member(k_alice, {"writer"}), ledger::ContractControl{"kv", "kv", 1}});
    put({member(k_alice, {"admin"}), ledger::ContractControl{"kv", "kv", 2}});
    std::size_t entries = 0;
    ASSERT_TRUE(state.scan(k_control_namespace, {}, {}, [&](ByteView, ByteView) {
        ++entries;
        return true;
    }));
    EXPECT_EQ(entries, 2U);
    EXPECT_EQ(deployed_contract(state, "kv").value()->version, 2U);
    EXPECT_FALSE(deployed_contract(state, "k").value().has_value());
}

TEST_F(AccessStateTest, a_damaged_record_is_reported) {
    auto batch = database->batch();
    batch->put(store::Table::state,
               ledger::StoredState::database_key({}, k_control_namespace, to_bytes("ckv")),
               to_bytes("junk"));
    ASSERT_TRUE(database->write(*batch));
    AccessTable loaded;
    ASSERT_FALSE(loaded.load(state));
    EXPECT_EQ(loaded.load(state).error().code, Code::corrupted);
    EXPECT_FALSE(deployed_contract(state, "kv").ok());
}

TEST_F(AccessStateTest, a_record_of_another_kind_under_a_contracts_key_is_reported) {
    auto batch = database->batch();
    batch->put(store::Table::state,
               ledger::StoredState::database_key({}, k_control_namespace, to_bytes("ckv")),
               encode_control(ledger::ControlRecord(ledger::RoleControl{"kv", false, {"*"}})));
    ASSERT_TRUE(database->write(*batch));
    const auto found = deployed_contract(state, "kv");
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().code, Code::corrupted);
}

/// What a disk that fails answers.
struct UnreadableState final : ledger::StateReader {
    Result<std::optional<Bytes>> get(std::string_view, ByteView) const override {
        return Error{Code::io_error, "disk"};
    }
    Status scan(std::string_view, ByteView, ByteView, const Visitor&) const override {
        return Error{Code::io_error, "disk"};
    }
};

TEST(AccessTable, a_state_that_cannot_be_read_is_reported_and_not_taken_for_an_empty_one) {
    const UnreadableState unreadable;
    AccessTable table;
    ASSERT_FALSE(table.load(unreadable));
    EXPECT_EQ(table.load(unreadable).error().code, Code::io_error);
    const auto found = deployed_contract(unreadable, "kv");
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().code, Code::io_error);
}

// --- outbox

TEST(OutboxTest, decisions_are_found_by_channel_and_ordering_height_in_their_order) {
    auto database = store::make_memory_database();
    ledger::StoredState below(*database, {});
    ledger::StateOverlay state(below);
    auto one = testing::filled<ledger::ChannelId>(1);
    auto two = testing::filled<ledger::ChannelId>(2);
    auto reason = [](const std::string& text) {
        return ledger::ControlRecord(ledger::StateControl{ledger::AppState::suspended, text});
    };
    put_decision(state, one, 5, 0, reason("5.0"));
    put_decision(state, one, 5, 1, reason("5.1"));
    put_decision(state, two, 6, 0, reason("other"));
    put_decision(state, one, 300, 0, reason("300.0"));
    put_decision(state, one, 301, 0, reason("301.0"));
    auto texts = [&](std::uint64_t after, std::uint64_t through) {
        std::vector<std::string> found;
        auto decisions = decisions_about(state, one, after, through);
        EXPECT_EQ(decisions.value().through, through);
        for (const auto& record : decisions->records) {
            found.push_back(std::get<ledger::StateControl>(record).reason);
        }
        return found;
    };
    EXPECT_EQ(texts(0, 1'000), (std::vector<std::string>{"5.0", "5.1", "300.0", "301.0"}));
    EXPECT_EQ(texts(4, 5), (std::vector<std::string>{"5.0", "5.1"}));
    EXPECT_EQ(texts(5, 300), (std::vector<std::string>{"300.0"}));
    EXPECT_EQ(texts(301, 1'000), std::vector<std::string>{});
}

TEST(OutboxTest, a_second_change_of_peers_waits_for_the_next_block) {
    auto database = store::make_memory_database();
    ledger::StoredState below(*database, {});
    ledger::StateOverlay state(below);
    auto channel = testing::sample_channel();
    auto epoch = [&](ledger::Epoch number) {
        return ledger::ControlRecord(ledger::EpochControl{
            testing::make_epoch(channel, 3, {SuiteId::secp256r1}, number).record});
    };
    auto other = ledger::ControlRecord(ledger::StateControl{});
    put_decision(state, channel, 5, 0, other);
    put_decision(state, channel, 6, 0, epoch(1));
    put_decision(state, channel, 7, 0, other);
    put_decision(state, channel, 9, 0, other);
    put_decision(state, channel, 9, 1, epoch(2));
    put_decision(state, channel, 9, 2, other);
    put_decision(state, channel, 11, 0, epoch(3));
    auto first = decisions_about(state, channel, 0, 20).value();
    EXPECT_EQ(first.through, 8U);
    EXPECT_EQ(first.records, (std::vector{other, epoch(1), other}));
    auto second = decisions_about(state, channel, first.through, 20).value();
    EXPECT_EQ(second.through, 10U);
    EXPECT_EQ(second.records, (std::vector{other, epoch(2), other}));
    auto third = decisions_about(state, channel, second.through, 20).value();
    EXPECT_EQ(third.through, 20U);
    EXPECT_EQ(third.records, (std::vector{epoch(3)}));
}

TEST_F(AccessTableTest, a_key_without_a_name_stands_for_the_member_whose_it_is) {
    auto code_of_key = [&](const crypto::PublicKey& key, std::string_view function) {
        Status status = table.authorize_key(key, "kv", function);
        return status ? k_allowed : status.error().code;
    };
    EXPECT_EQ(code_of_key(k_alice.key, "set"), k_allowed);
    EXPECT_EQ(code_of_key(k_alice.key, "get"), Code::forbidden) << "not by her role";
    EXPECT_EQ(code_of_key(k_bob.key, "set"), Code::forbidden);
    ledger::MemberControl changed = member(k_alice, {"writer"});
    changed.key = make_key(SuiteId::secp256r1, 77).public_key();
    table.apply(changed);
    EXPECT_EQ(code_of_key(k_alice.key, "set"), Code::forbidden) << "her old key";
    EXPECT_EQ(code_of_key(changed.key, "set"), k_allowed);
    changed.state = ledger::MemberState::removed;
    table.apply(changed);
    EXPECT_EQ(code_of_key(changed.key, "set"), Code::forbidden);
}

TEST_F(AccessTableTest, open_accounts_let_every_key_in) {
    ledger::DialectControl dialect;
    table.apply(dialect);
    EXPECT_FALSE(table.authorize_key(k_bob.key, "evm", "call"));
    dialect.settings.open_accounts = true;
    table.apply(dialect);
    EXPECT_TRUE(table.authorize_key(k_bob.key, "evm", "call"));
}

}  // namespace
}  // namespace bsn::peer
