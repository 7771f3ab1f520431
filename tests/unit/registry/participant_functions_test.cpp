// Participants and their keys: docs/registry.md, "Participants and keys".

#include "base/codec.hpp"
#include "registry_fixture.hpp"

namespace bsn::registry {
namespace {

using namespace testing;

class ParticipantFunctionsTest : public RegistryTest {
  protected:
    explicit ParticipantFunctionsTest(std::uint16_t operators = 1) : RegistryTest(operators) {}

    /// Suite, key and proof, as `rotate_key` takes them.
    std::vector<std::string> key_arguments(const Person& owner, const crypto::PrivateKey& key) {
        const crypto::PublicKey& fresh = key.public_key();
        Bytes statement = key_change_statement(chain.genesis.network(), owner.id, fresh);
        return {std::string(crypto::suite_name(fresh.suite)), to_hex(fresh.bytes),
                to_hex(key.sign(statement))};
    }
    std::vector<std::string> recovery(const Person& owner, const crypto::PrivateKey& key) {
        auto arguments = key_arguments(owner, key);
        arguments.insert(arguments.begin(), owner.hex());
        return arguments;
    }

    crypto::PrivateKey fresh = make_key(SuiteId::secp256r1, 50);
};

class TwoOperatorsTest : public ParticipantFunctionsTest {
  protected:
    TwoOperatorsTest() : ParticipantFunctionsTest(2) {}
};

// --- register, set_publisher

TEST_F(ParticipantFunctionsTest, anyone_gives_themselves_a_name) {
    chain.ok(alice, "register", {"Alice"});
    EXPECT_EQ(chain.view().participant(alice.id)->name, "Alice");
    EXPECT_EQ(chain.view().participant(alice.id)->key, alice.key.public_key());
    chain.ok(alice, "register", {"爱丽丝"});
    EXPECT_EQ(chain.view().participant(alice.id)->name, "爱丽丝");
    EXPECT_FALSE(chain.view().participant(bob.id).has_value());
}

TEST_F(ParticipantFunctionsTest, a_name_has_1_to_128_bytes) {
    EXPECT_EQ(chain.refusal(alice, "register", {""}), "a name has 1 to 128 bytes");
    EXPECT_EQ(chain.refusal(alice, "register", {std::string(129, 'x')}),
              "a name has 1 to 128 bytes");
    chain.ok(alice, "register", {std::string(128, 'x')});
}

TEST_F(ParticipantFunctionsTest, naming_oneself_keeps_what_one_may) {
    chain.ok(op, "set_publisher", {known(alice).hex(), "yes"});
    chain.ok(alice, "register", {"Alice"});
    chain.ok(alice, "publish_app", {spec("kv")});
}

TEST_F(ParticipantFunctionsTest, operators_permit_publishing) {
    EXPECT_EQ(chain.refusal(alice, "set_publisher", {alice.hex(), "yes"}),
              "set_publisher is for operators of the network");
    EXPECT_EQ(chain.refusal(op, "set_publisher", {known(alice).hex(), "true"}),
              "the second argument is yes or no");
    expect_contains(chain.refusal(op, "set_publisher", {bob.hex(), "yes"}), "is not known");
    expect_contains(chain.refusal(op, "set_publisher", {"bob", "yes"}), "is no participant id");
}

// --- rotate_key

TEST_F(ParticipantFunctionsTest, a_new_key_replaces_the_old_one_and_all_apps_learn_it) {
    publish();
    chain.ok(publisher, "publish_app", {spec("kv2")});
    chain.ok(publisher, "publish_app", {spec("kv3")});
    join(alice);
    chain.ok(alice, "join_app", {"kv2", "auditor"});
    chain.ok(publisher, "approve", {"kv2", alice.hex()});
    chain.ok(alice, "join_app", {"kv3", "writer"});  // not approved
    auto receipt = chain.call(alice, "rotate_key", key_arguments(alice, fresh));
    ASSERT_EQ(receipt.status, ledger::ExecutionStatus::success) << receipt.error;
    EXPECT_EQ(chain.view().participant(alice.id)->key, fresh.public_key());
    EXPECT_EQ(chain.decisions.size(), 2U);
    EXPECT_EQ(chain.decided(chain.app("kv").channel),
              (std::vector<ControlRecord>{ledger::MemberControl{
                  alice.id, fresh.public_key(), ledger::MemberState::active, {"writer"}}}));
    EXPECT_EQ(chain.decided(chain.app("kv2").channel),
              (std::vector<ControlRecord>{ledger::MemberControl{
                  alice.id, fresh.public_key(), ledger::MemberState::active, {"auditor"}}}));
    ASSERT_EQ(receipt.logs.size(), 1U);
    EXPECT_EQ(receipt.logs[0].topics,
              (std::vector<Bytes>{to_bytes("key_changed"), to_bytes(alice.id.view())}));
    EXPECT_EQ(receipt.logs[0].data, to_bytes(fresh.public_key().bytes.view()));
}

TEST_F(ParticipantFunctionsTest, the_statement_of_a_new_key_is_as_documented) {
    Writer body;
    body.text("rotate_key");
    body.raw(alice.id);
    body.u8(1);
    body.raw(fresh.public_key().bytes);
    EXPECT_EQ(
        key_change_statement(chain.genesis.network(), alice.id, fresh.public_key()),
        ledger::encode_statement(ledger::Purpose::request, chain.genesis.network(),
                                 ledger::system_channel(chain.genesis.network()), 0, body.view()));
}

TEST_F(ParticipantFunctionsTest, a_new_key_needs_its_owners_signature_over_this_change) {
    auto good = key_arguments(alice, fresh);
    auto with = [&](std::size_t at, std::string value) {
        auto arguments = good;
        arguments[at] = std::move(value);
        return arguments;
    };
    const std::string not_signed = "the proof is not a signature by the new key over this change";
    EXPECT_EQ(chain.refusal(alice, "rotate_key", with(0, "rsa")), "unknown suite 'rsa'");
    expect_contains(chain.refusal(alice, "rotate_key", with(0, "sm2")), "of the same suite");
    expect_contains(chain.refusal(alice, "rotate_key", with(1, "02")), "66 hexadecimal digits");
    expect_contains(chain.refusal(alice, "rotate_key", with(1, std::string(66, 'f'))), not_signed);
    expect_contains(chain.refusal(alice, "rotate_key", with(2, "00")), "128 hexadecimal digits");
    expect_contains(chain.refusal(alice, "rotate_key", with(2, std::string(128, '1'))), not_signed);
    expect_contains(chain.refusal(alice, "rotate_key", key_arguments(bob, fresh)), not_signed);
    auto of_other_network =
        key_change_statement(bsn::testing::sample_network(), alice.id, fresh.public_key());
    expect_contains(
        chain.refusal(alice, "rotate_key", with(2, to_hex(fresh.sign(of_other_network)))),
        not_signed);
}

TEST_F(ParticipantFunctionsTest, the_new_key_is_of_the_suite_of_the_old_one) {
    expect_contains(
        chain.refusal(alice, "rotate_key", key_arguments(alice, make_key(SuiteId::secp256k1, 5))),
        "the new key must be of the same suite as the old one");
}

// --- recover_key

TEST_F(ParticipantFunctionsTest, an_operator_puts_a_new_key_in_place_of_a_lost_one) {
    publish();
    join(alice);
    chain.ok(op, "recover_key", recovery(alice, fresh));
    EXPECT_EQ(chain.view().participant(alice.id)->key, fresh.public_key());
    EXPECT_EQ(chain.decided(channel()).size(), 1U);
    EXPECT_FALSE(chain.view().participant(alice.id)->revoked);
}

TEST_F(ParticipantFunctionsTest, only_operators_recover_keys_of_participants_that_are_known) {
    EXPECT_EQ(chain.refusal(alice, "recover_key", recovery(alice, fresh)),
              "recover_key is for operators of the network");
    expect_contains(chain.refusal(op, "recover_key", recovery(bob, fresh)), "is not known");
    known(alice);
    auto wrong = recovery(alice, fresh);
    wrong[3] = std::string(128, '1');
    expect_contains(chain.refusal(op, "recover_key", wrong), "the proof is not a signature");
}

TEST_F(TwoOperatorsTest, both_agree_to_a_recovery) {
    known(alice);
    const auto change = recovery(alice, fresh);
    const Person second(801);
    chain.ok(op, "recover_key", change);
    EXPECT_EQ(chain.view().participant(alice.id)->key, alice.key.public_key());
    const crypto::PrivateKey other = make_key(SuiteId::secp256r1, 51);
    chain.ok(second, "recover_key", recovery(alice, other));
    EXPECT_EQ(chain.view().participant(alice.id)->key, alice.key.public_key())
        << "agreement to one key is none to another";
    chain.ok(second, "recover_key", change);
    EXPECT_EQ(chain.view().participant(alice.id)->key, fresh.public_key());
}

// --- revoke_participant

TEST_F(ParticipantFunctionsTest, a_revoked_participant_is_removed_from_all_apps) {
    publish();
    join(alice);
    auto receipt = chain.call(op, "revoke_participant", {alice.hex()});
    ASSERT_EQ(receipt.status, ledger::ExecutionStatus::success) << receipt.error;
    EXPECT_TRUE(chain.view().participant(alice.id)->revoked);
    EXPECT_EQ(chain.member("kv", alice).state, MembershipState::removed);
    EXPECT_EQ(chain.decided(channel()),
              (std::vector<ControlRecord>{ledger::MemberControl{
                  alice.id, alice.key.public_key(), ledger::MemberState::removed, {"writer"}}}));
    ASSERT_EQ(receipt.logs.size(), 1U);
    EXPECT_EQ(receipt.logs[0].topics,
              (std::vector<Bytes>{to_bytes("participant_revoked"), to_bytes(alice.id.view())}));
    EXPECT_EQ(chain.refusal(op, "revoke_participant", {alice.hex()}),
              "the participant is revoked already");
}

TEST_F(ParticipantFunctionsTest, only_operators_revoke) {
    EXPECT_EQ(chain.refusal(alice, "revoke_participant", {known(bob).hex()}),
              "revoke_participant is for operators of the network");
    expect_contains(chain.refusal(op, "revoke_participant", {Person(9).hex()}), "is not known");
}

TEST_F(ParticipantFunctionsTest, a_recovery_does_not_undo_a_revocation) {
    publish();
    join(alice);
    chain.ok(op, "revoke_participant", {alice.hex()});
    chain.call(op, "recover_key", recovery(alice, fresh));
    EXPECT_TRUE(chain.view().participant(alice.id)->revoked);
    EXPECT_EQ(chain.member("kv", alice).state, MembershipState::removed);
    for (const auto& record : chain.decided(channel())) {
        EXPECT_EQ(std::get<ledger::MemberControl>(record).state, ledger::MemberState::removed);
    }
}

TEST(ApprovalsTest, recovering_and_revoking_take_as_many_operators_as_the_genesis_asks_for) {
    Chain chain(4, 3, 2);
    Person first(800);
    Person second(801);
    Person alice(2);
    chain.ok(alice, "register", {"Alice"});
    EXPECT_EQ(chain.ok(first, "revoke_participant", {alice.hex()}),
              "agreed; further operators have to");
    EXPECT_FALSE(chain.view().participant(alice.id)->revoked);
    expect_contains(chain.refusal(first, "revoke_participant", {alice.hex()}),
                    "you have agreed to this change already");
    chain.ok(second, "revoke_participant", {alice.hex()});
    EXPECT_TRUE(chain.view().participant(alice.id)->revoked);
}

}  // namespace
}  // namespace bsn::registry
