// The first block of the permission chain, and who may have a transaction executed there.

#include "registry_fixture.hpp"

namespace bsn::registry {
namespace {

using namespace testing;

TEST(GenesisTest, the_state_begins_with_operators_nodes_and_settings) {
    Chain chain(3, 2, 2);
    auto view = chain.view();
    EXPECT_EQ(view.nodes().size(), 3U);
    for (const ledger::GenesisNode& node : chain.genesis.nodes) {
        auto record = view.node(node.id());
        ASSERT_TRUE(record.has_value());
        EXPECT_EQ(record->name, node.name);
        EXPECT_EQ(record->city, node.city);
        EXPECT_EQ(record->operator_name, node.operator_name);
        EXPECT_EQ(record->keys, (std::vector{node.secp256r1, node.secp256k1, node.sm2}));
        EXPECT_EQ(record->certificate, node.certificate);
        EXPECT_EQ(record->revoked_from, 0U);
    }
    for (const ledger::GenesisOperator& one : chain.genesis.operators) {
        auto participant = view.participant(one.id());
        ASSERT_TRUE(participant.has_value());
        EXPECT_EQ(participant->key, one.key);
        EXPECT_EQ(participant->name, one.name);
    }
    EXPECT_TRUE(view.apps().empty());
    auto settings = decode_settings(*chain.state().get(k_contract, settings_key()).value());
    ASSERT_TRUE(settings.ok());
    EXPECT_EQ(settings->approvals, 2);
    EXPECT_EQ(settings->operators.size(), 2U);
    auto epoch = chain.state().get(k_contract, system_epoch_key()).value();
    EXPECT_EQ(*epoch, chain.genesis.system_epoch().encode());
}

TEST(GenesisTest, the_control_records_make_the_system_channel) {
    Chain chain;
    peer::AccessTable table;
    for (const auto& record : genesis_controls(chain.genesis)) table.apply(record);
    EXPECT_EQ(table.app().name, "system");
    EXPECT_EQ(table.app().state_type, ledger::StateCommitmentType::merkle_map);
    EXPECT_EQ(*table.epoch(), chain.genesis.system_epoch());
    EXPECT_EQ(table.contract("registry"), (ledger::ContractControl{"registry", "registry", 1}));
    EXPECT_TRUE(table.check_active());
}

// --- admission

class AdmissionTest : public RegistryTest {
  protected:
    Status authorize(const ledger::ParticipantId& creator, const crypto::PrivateKey& key) {
        ledger::Payload payload = bsn::testing::sample_payload(key);
        payload.creator = creator;
        return admission->authorize(ledger::Transaction::sign(payload, key), chain.state());
    }
    Code code(const ledger::ParticipantId& creator, const crypto::PrivateKey& key) {
        Status status = authorize(creator, key);
        return status ? Code::internal : status.error().code;
    }

    std::unique_ptr<peer::Admission> admission = make_system_admission();
};

TEST_F(AdmissionTest, somebody_new_is_who_their_key_says) {
    EXPECT_TRUE(authorize(alice.id, alice.key));
    EXPECT_EQ(code(bob.id, alice.key), Code::unauthenticated);
    Person carol(5, SuiteId::sm2);
    EXPECT_TRUE(authorize(carol.id, carol.key)) << "in any suite";
}

TEST_F(AdmissionTest, somebody_known_signs_with_the_key_that_the_chain_knows) {
    known(alice);
    EXPECT_TRUE(authorize(alice.id, alice.key));
    EXPECT_EQ(code(alice.id, bob.key), Code::unauthenticated);
    EXPECT_TRUE(authorize(op.id, op.key));
}

TEST_F(AdmissionTest, after_a_rotation_only_the_new_key_counts) {
    auto fresh = make_key(SuiteId::secp256r1, 60);
    auto proof =
        fresh.sign(key_change_statement(chain.genesis.network(), alice.id, fresh.public_key()));
    chain.ok(alice, "rotate_key", {"secp256r1", to_hex(fresh.public_key().bytes), to_hex(proof)});
    EXPECT_EQ(code(alice.id, alice.key), Code::unauthenticated);
    EXPECT_TRUE(authorize(alice.id, fresh));
    EXPECT_TRUE(authorize(ledger::participant_id_of(fresh.public_key()), fresh))
        << "its owner may also come as somebody new";
}

TEST_F(AdmissionTest, a_revoked_participant_is_not_admitted) {
    known(alice);
    chain.ok(op, "revoke_participant", {alice.hex()});
    EXPECT_EQ(code(alice.id, alice.key), Code::forbidden);
}

}  // namespace
}  // namespace bsn::registry
