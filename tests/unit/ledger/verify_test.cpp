#include "ledger/verify.hpp"

#include "support/verification.hpp"

#include <gtest/gtest.h>

namespace bsn::ledger {
namespace {

using namespace testing;

// What is valid.

TEST(VerifyBundle, accepts_every_transaction_of_a_block) {
    const ReceiptWorld world;
    for (std::uint32_t index = 0; index < ReceiptWorld::k_transactions; ++index) {
        const ReceiptBundle bundle = world.bundle(index);
        const Verification verification = verify_bundle(bundle, world.trust());
        expect_success(verification);
        EXPECT_EQ(verification.steps.size(), 8U);
        EXPECT_EQ(verification.payload->channel, world.channel);
        EXPECT_EQ(verification.receipt->gas, index);
        EXPECT_EQ(verification.header->height, 7U);
        EXPECT_EQ(verification.transaction_id, Transaction::decode(bundle.proof.transaction)->id());
    }
}

TEST(VerifyBundle, accepts_what_epochs_of_both_channels_lead_to) {
    for (int plans = 0; plans < 16; ++plans) {
        WorldPlan plan;
        plan.system_handover = (plans & 1) != 0;
        plan.late_system_handover = (plans & 2) != 0;
        plan.app_handover = (plans & 4) != 0;
        plan.later_app_handover = (plans & 8) != 0;
        const ReceiptWorld world(plan);
        expect_success(verify_bundle(world.bundle(), world.trust()));
    }
}

TEST(VerifyBundle, accepts_transactions_of_the_system_channel) {
    for (bool handover : {false, true}) {
        WorldPlan plan;
        plan.system_handover = handover;
        const ReceiptWorld world(plan);
        const Verification verification = verify_bundle(world.system_bundle(), world.trust());
        expect_success(verification);
        EXPECT_EQ(verification.payload->channel, world.system);
        EXPECT_EQ(verification.trust_class,
                  plan.system_handover
                      ? "crash-fault quorum 2 of 3, embedded ordering, 3 operators"
                      : "crash-fault quorum 2 of 3, embedded ordering, one operator");
    }
}

TEST(VerifyBundle, accepts_certificates_in_several_suites) {
    WorldPlan plan = with_all_handovers();
    plan.suites = {SuiteId::secp256r1, SuiteId::secp256k1, SuiteId::sm2};
    const ReceiptWorld world(plan);
    expect_success(verify_bundle(world.bundle(), world.trust()));
}

TEST(VerifyBundle, accepts_more_signatures_than_a_quorum) {
    WorldPlan plan;
    plan.signers = {0, 1, 2};
    const ReceiptWorld world(plan);
    expect_success(verify_bundle(world.bundle(), world.trust()));
}

TEST(VerifyBundle, names_the_trust_class) {
    auto trust_class = [](std::size_t nodes, std::vector<std::string> operators,
                          OrderingType ordering = OrderingType::embedded) {
        WorldPlan plan;
        plan.nodes = nodes;
        plan.operators = std::move(operators);
        const ReceiptWorld world(plan);
        Trust trust = world.trust();
        trust.ordering = ordering;
        return verify_bundle(world.bundle(), trust).trust_class;
    };
    EXPECT_EQ(trust_class(1, {"a"}),
              "single peer, no replication, embedded ordering, one operator");
    EXPECT_EQ(trust_class(2, {"a", "b"}),
              "crash-fault quorum 2 of 2, embedded ordering, two operators");
    EXPECT_EQ(trust_class(3, {"a", "a", "a"}),
              "crash-fault quorum 2 of 3, embedded ordering, one operator");
    EXPECT_EQ(trust_class(4, {"a", "b", "b", "c"}, OrderingType::cometbft),
              "Byzantine-fault quorum 3 of 4, cometbft ordering, 3 operators");
}

TEST(VerifyBundle, included_but_refused_is_authentic_and_no_success) {
    WorldPlan plan;
    plan.status = ExecutionStatus::refused;
    const ReceiptWorld world(plan);
    const Verification verification = verify_bundle(world.bundle(), world.trust());
    EXPECT_TRUE(verification.authentic);
    EXPECT_FALSE(verification.success());
    EXPECT_EQ(verification.failure(),
              "the transaction is on the ledger, but the contract refused it: no such document");
    EXPECT_EQ(verification.steps.back().detail, verification.failure());
}

TEST(VerifyBundle, says_how_an_execution_ended) {
    auto failure = [](ExecutionStatus status) {
        WorldPlan plan;
        plan.status = status;
        const ReceiptWorld world(plan);
        const Verification verification = verify_bundle(world.bundle(), world.trust());
        EXPECT_TRUE(verification.authentic);
        EXPECT_FALSE(verification.success());
        return verification.failure();
    };
    EXPECT_NE(failure(ExecutionStatus::unknown_contract).find("the contract is unknown: no such"),
              std::string::npos);
    EXPECT_NE(failure(ExecutionStatus::unknown_function).find("the function is unknown: no such"),
              std::string::npos);
    EXPECT_NE(failure(ExecutionStatus::out_of_gas).find("it ran out of gas: no such"),
              std::string::npos);
}

TEST(VerifyBundle, a_refusal_may_have_no_text) {
    WorldPlan plan;
    plan.status = ExecutionStatus::refused;
    plan.error = "";
    const ReceiptWorld world(plan);
    EXPECT_EQ(verify_bundle(world.bundle(), world.trust()).failure(),
              "the transaction is on the ledger, but the contract refused it");
}

TEST(VerifyBundle, names_signers_up_to_ten) {
    auto signers = [](std::size_t nodes) {
        WorldPlan plan;
        plan.nodes = nodes;
        const ReceiptWorld world(plan);
        const Verification verification = verify_bundle(world.bundle(), world.trust());
        expect_success(verification);
        return verification.steps.at(verification.steps.size() - 2).detail;
    };
    EXPECT_NE(signers(14).find("10 of 14 peers in secp256r1 ("), std::string::npos);
    EXPECT_EQ(signers(16), "epoch 0: 11 of 16 peers in secp256r1");
}

TEST(VerifyBundle, nothing_verified_is_no_success) {
    EXPECT_FALSE(Verification{}.success());
    Verification no_receipt;
    no_receipt.authentic = true;
    EXPECT_FALSE(no_receipt.success());
    EXPECT_NE(Verification{}.failure(), "");
}

// What is not.

/// Law: no bundle but the one issued passes, whichever byte is changed.
TEST(VerifyBundle, a_flipped_bit_in_any_byte_is_found) {
    const ReceiptWorld world(with_all_handovers());
    const Trust trust = world.trust();
    const Bytes bytes = world.bundle(2).encode();
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        Bytes changed = bytes;
        changed[at] = static_cast<std::uint8_t>(changed[at] ^ (1U << at % 8));
        auto bundle = ReceiptBundle::decode(changed);
        if (!bundle) continue;
        const Verification verification = verify_bundle(*bundle, trust);
        ASSERT_FALSE(verification.authentic) << "byte " << at << " of " << bytes.size();
        ASSERT_FALSE(verification.success());
    }
}

TEST(VerifyBundle, a_foreign_network_is_refused) {
    const ReceiptWorld world;
    Genesis foreign = world.genesis;
    foreign.name = "another";
    expect_refused(verify_bundle(world.bundle(), Trust::from(foreign)), k_transaction, "network");
}

TEST(VerifyBundle, paths_must_be_those_of_transaction_and_receipt) {
    const ReceiptWorld world;
    const Trust trust = world.trust();
    ReceiptBundle bundle = world.bundle(1);
    std::swap(bundle.proof.transaction_path[0], bundle.proof.transaction_path[1]);
    expect_refused(verify_bundle(bundle, trust), k_block, "transaction path");

    bundle = world.bundle(1);
    std::swap(bundle.proof.receipt_path[0], bundle.proof.receipt_path[1]);
    expect_refused(verify_bundle(bundle, trust), k_block, "receipt path");

    bundle = world.bundle(1);
    bundle.proof.index = 2;
    expect_refused(verify_bundle(bundle, trust), k_block, "transaction path");
    bundle.proof.index = ReceiptWorld::k_transactions;
    expect_refused(verify_bundle(bundle, trust), k_block, "path");

    bundle = world.bundle(1);
    bundle.proof.transaction_path = world.bundle(2).proof.transaction_path;
    expect_refused(verify_bundle(bundle, trust), k_block, "transaction path");

    bundle = world.bundle(1);
    bundle.proof.transaction_path.pop_back();
    expect_refused(verify_bundle(bundle, trust), k_block, "path");
}

TEST(VerifyBundle, a_receipt_of_another_transaction_is_refused) {
    const ReceiptWorld world;
    ReceiptBundle bundle = world.bundle(1);
    bundle.proof.receipt = world.bundle(2).proof.receipt;
    expect_refused(verify_bundle(bundle, world.trust()), k_block, "receipt path");
    bundle.proof.receipt_path = world.bundle(2).proof.receipt_path;
    expect_refused(verify_bundle(bundle, world.trust()), k_block, "receipt path");
    bundle.proof.receipt = {1, 2, 3};
    expect_refused(verify_bundle(bundle, world.trust()), k_receipt, "receipt");
}

TEST(VerifyBundle, a_transaction_that_its_signer_did_not_sign_is_refused) {
    const ReceiptWorld world;
    ReceiptBundle bundle = world.bundle();
    bundle.proof.transaction.back() ^= 1;
    expect_refused(verify_bundle(bundle, world.trust()), k_transaction, "");
}

TEST(VerifyBundle, a_block_of_another_channel_is_refused) {
    const ReceiptWorld world;
    ReceiptBundle bundle = world.bundle();
    bundle.proof.block = world.system_bundle().proof.block;
    expect_refused(verify_bundle(bundle, world.trust()), k_block, "another channel");
}

class VerifyCertificate : public ::testing::Test {
  protected:
    /// The verdict over the block, certified anew.
    Verification verify_with(std::vector<Certificate> certificates) const {
        ReceiptBundle bundle = world.bundle();
        bundle.proof.block.certificates = std::move(certificates);
        return verify_bundle(bundle, world.trust());
    }
    Certificate certified_by(const testing::TestEpoch& epoch,
                             std::vector<std::uint16_t> peers) const {
        const Header header = Header::decode(world.bundle().proof.block.header).value();
        return epoch.certify(SuiteId::secp256r1, header.statement(), std::move(peers));
    }

    ReceiptWorld world;
};

TEST_F(VerifyCertificate, needs_a_quorum) {
    expect_success(verify_with({certified_by(world.block_epoch(), {1, 2})}));
    expect_refused(verify_with({certified_by(world.block_epoch(), {1})}), k_quorum, "quorum");
    expect_refused(verify_with({Certificate{}}), k_quorum, "0 signatures");
    expect_refused(verify_with({}), k_quorum, "0 certificates");
}

TEST_F(VerifyCertificate, needs_distinct_signers_in_order) {
    expect_refused(verify_with({certified_by(world.block_epoch(), {1, 1})}), k_quorum, "ascending");
    expect_refused(verify_with({certified_by(world.block_epoch(), {2, 1})}), k_quorum, "ascending");
}

TEST_F(VerifyCertificate, admits_no_signature_that_is_not_valid) {
    Certificate three = certified_by(world.block_epoch(), {0, 1, 2});
    expect_success(verify_with({three}));
    three.signatures[2].signature = three.signatures[1].signature;
    expect_refused(verify_with({three}), k_quorum, "signature");
    three.signatures[2].peer = 3;
    expect_refused(verify_with({three}), k_quorum, "peer 3");
}

TEST_F(VerifyCertificate, must_be_of_the_blocks_own_epoch) {
    const auto other = make_epoch(world.channel, 3, {SuiteId::secp256r1}, 0, 500);
    expect_refused(verify_with({certified_by(other, {0, 1})}), k_quorum, "signature");
}

TEST_F(VerifyCertificate, must_be_in_the_suites_of_the_epoch) {
    const Certificate good = certified_by(world.block_epoch(), {0, 1});
    expect_refused(verify_with({good, good}), k_quorum, "2 certificates");
    Certificate other = good;
    other.suite = SuiteId::sm2;
    expect_refused(verify_with({other}), k_quorum, "secp256r1");
}

TEST(VerifyBundle, needs_a_certificate_in_each_suite) {
    WorldPlan plan;
    plan.suites = {SuiteId::secp256r1, SuiteId::sm2};
    const ReceiptWorld world(plan);
    ReceiptBundle bundle = world.bundle();
    bundle.proof.block.certificates.pop_back();
    expect_refused(verify_bundle(bundle, world.trust()), k_quorum, "1 certificates");
    bundle = world.bundle();
    std::swap(bundle.proof.block.certificates[0], bundle.proof.block.certificates[1]);
    expect_refused(verify_bundle(bundle, world.trust()), k_quorum, "must be in");
}

// The creation.

TEST(VerifyBundle, the_app_must_have_been_created) {
    const ReceiptWorld world;
    ReceiptBundle bundle = world.bundle();
    bundle.creation.reset();
    expect_refused(verify_bundle(bundle, world.trust()), k_creation, "no proof");

    WorldPlan failed;
    failed.creation_status = ExecutionStatus::refused;
    const ReceiptWorld failed_world(failed);
    expect_refused(verify_bundle(failed_world.bundle(), failed_world.trust()), k_creation,
                   "creation failed");
}

TEST(VerifyBundle, the_creation_must_be_that_of_the_app) {
    const ReceiptWorld world;
    ReceiptBundle bundle = world.bundle();
    bundle.creation->receipt.clear();
    expect_refused(verify_bundle(bundle, world.trust()), k_creation, "receipt");

    bundle = world.bundle();
    bundle.creation = bundle.proof;
    expect_refused(verify_bundle(bundle, world.trust()), k_creation, "creates no app");

    bundle = world.bundle();
    bundle.creation = world.creation_proof(0);
    expect_refused(verify_bundle(bundle, world.trust()), k_creation, "that of another app");

    bundle = world.bundle();
    bundle.creation->receipt = world.creation_proof(0).receipt;
    expect_refused(verify_bundle(bundle, world.trust()), k_creation, "receipt path");
}

TEST(VerifyBundle, the_creation_must_be_well_formed_and_signed) {
    const ReceiptWorld world;
    ReceiptBundle bundle = world.bundle();
    bundle.creation->transaction.back() ^= 1;
    expect_refused(verify_bundle(bundle, world.trust()), k_creation, "signature");

    bundle = world.bundle();
    bundle.creation->block.header.pop_back();
    expect_refused(verify_bundle(bundle, world.trust()), k_creation, "header");

    bundle = world.bundle();
    bundle.creation->block = bundle.proof.block;
    expect_refused(verify_bundle(bundle, world.trust()), k_creation, "another channel");
}

TEST(VerifyBundle, the_creation_must_be_certified_by_the_system_channel) {
    const ReceiptWorld world;
    ReceiptBundle bundle = world.bundle();
    const Header header = Header::decode(bundle.creation->block.header).value();
    bundle.creation->block =
        ReceiptWorld::certify(header, make_epoch(world.system, 3, {SuiteId::secp256r1}, 0, 500));
    expect_refused(verify_bundle(bundle, world.trust()), k_creation, "signature");
    bundle.creation->block = ReceiptWorld::certify(header, world.system_epochs[0], {1});
    expect_refused(verify_bundle(bundle, world.trust()), k_creation, "quorum");
}

TEST(VerifyBundle, a_log_of_another_contract_creates_no_app) {
    for (int change = 0; change < 5; ++change) {
        WorldPlan plan;
        plan.change_creation_log = [&](LogEntry& log) {
            EpochRecord record = EpochRecord::decode(log.data).value();
            if (change == 0) log.contract = "registrar";
            if (change == 1) log.topics[0] = to_bytes("app_changed");
            if (change == 2) log.topics[1].back() ^= 1;
            if (change == 3) record.epoch = 1;
            if (change == 4) record.channel = filled<ChannelId>(9);
            log.data = record.encode();
        };
        const ReceiptWorld world(plan);
        expect_refused(verify_bundle(world.bundle(), world.trust()), k_creation,
                       change < 3 ? "no log" : "of another channel");
    }
}

TEST(VerifyBundle, the_creations_log_must_hold_an_epoch) {
    auto refused_with = [](auto change, std::string_view detail) {
        WorldPlan plan;
        plan.change_creation_log = change;
        const ReceiptWorld world(plan);
        expect_refused(verify_bundle(world.bundle(), world.trust()), k_creation, detail);
    };
    refused_with([](LogEntry& log) { log.topics.pop_back(); }, "no log");
    refused_with([](LogEntry& log) { log.data.pop_back(); }, "epoch record");
}

TEST(VerifyBundle, a_system_bundle_carries_nothing_of_an_app) {
    const ReceiptWorld world(with_all_handovers());
    ReceiptBundle bundle = world.system_bundle();
    bundle.creation = bundle.proof;
    expect_refused(verify_bundle(bundle, world.trust()), k_quorum, "neither");
    bundle = world.system_bundle();
    bundle.handovers = world.bundle().handovers;
    expect_refused(verify_bundle(bundle, world.trust()), k_quorum, "neither");
}

}  // namespace
}  // namespace bsn::ledger
