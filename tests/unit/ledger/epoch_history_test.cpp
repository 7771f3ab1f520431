#include "ledger/epoch_history.hpp"

#include "support/verification.hpp"

#include <gtest/gtest.h>

namespace bsn::ledger {
namespace {

using namespace testing;

TEST(UnionOfRevoked, holds_each_node_once_from_its_earliest_height_on) {
    const std::vector<RevokedNode> one = {{filled<NodeId>(1), 10}, {filled<NodeId>(3), 5}};
    const std::vector<RevokedNode> two = {{filled<NodeId>(1), 7}, {filled<NodeId>(2), 9}};
    EXPECT_EQ(union_of_revoked({&one, &two}),
              (std::vector<RevokedNode>{
                  {filled<NodeId>(1), 7}, {filled<NodeId>(2), 9}, {filled<NodeId>(3), 5}}));
    EXPECT_TRUE(union_of_revoked({}).empty());
}

// Handovers.

TEST(VerifyEpochs, a_missing_handover_is_noticed) {
    const ReceiptWorld world(with_all_handovers());
    ReceiptBundle bundle = world.bundle();
    bundle.handovers.clear();
    expect_refused(verify_bundle(bundle, world.trust()), k_quorum, "lead to epoch 0");
    bundle = world.bundle();
    bundle.handovers.erase(bundle.handovers.begin());
    expect_refused(verify_bundle(bundle, world.trust()), k_epochs, "expected the end of epoch 0");
    bundle = world.bundle();
    bundle.system_handovers.clear();
    expect_refused(verify_bundle(bundle, world.trust()), k_creation, "lead to epoch 0");
    bundle = world.bundle();
    std::swap(bundle.handovers[0], bundle.handovers[1]);
    expect_refused(verify_bundle(bundle, world.trust()), k_epochs, "handover 1 of 2");
    bundle = world.bundle();
    bundle.handovers.push_back(bundle.handovers.back());
    expect_refused(verify_bundle(bundle, world.trust()), k_epochs, "handover 3 of 3");
}

class VerifyHandover : public ::testing::Test {
  protected:
    /// The verdict when the app's handover, at ordering height 12 from epoch 0 to 1, is as changed.
    template <typename Change>
    Verification verify_with(Change change) const {
        ReceiptBundle bundle = world.bundle();
        Handover& handover = bundle.handovers.at(0);
        Header last = Header::decode(handover.last.header).value();
        change(last, handover.next);
        handover.last = ReceiptWorld::certify(last, world.app_epochs[0]);
        return verify_bundle(bundle, world.trust());
    }
    /// The same, with the header naming the record as changed.
    template <typename Change>
    Verification verify_named(Change change) const {
        return verify_with([&](Header& last, EpochRecord& next) {
            change(last, next);
            last.extensions = {{extension::k_next_epoch, next.hash()}};
        });
    }

    static WorldPlan plan() {
        WorldPlan plan;
        plan.app_handover = true;
        return plan;
    }
    ReceiptWorld world{plan()};
};

TEST_F(VerifyHandover, passes_when_made_anew) {
    expect_success(verify_named([](Header&, EpochRecord&) {}));
    expect_success(verify_named([](Header&, EpochRecord& next) { next.from_order_height = 13; }));
}

TEST_F(VerifyHandover, must_be_named_by_the_last_header) {
    expect_refused(verify_with([](Header&, EpochRecord& next) { next.peers.pop_back(); }), k_epochs,
                   "another next epoch");
    expect_refused(verify_with([](Header& last, EpochRecord&) { last.extensions.clear(); }),
                   k_epochs, "ends no epoch");
}

TEST_F(VerifyHandover, must_follow_in_channel_number_and_height) {
    expect_refused(
        verify_named([](Header&, EpochRecord& next) { next.channel = filled<ChannelId>(9); }),
        k_epochs, "another channel");
    expect_refused(
        verify_named([](Header& last, EpochRecord&) { last.channel = filled<ChannelId>(9); }),
        k_epochs, "another channel");
    expect_refused(
        verify_named([](Header& last, EpochRecord&) { last.network = filled<NetworkId>(9); }),
        k_epochs, "another network");
    expect_refused(verify_named([](Header&, EpochRecord& next) { next.epoch = 2; }), k_epochs,
                   "epoch 2 cannot follow epoch 0");
    expect_refused(verify_named([](Header& last, EpochRecord&) { last.epoch = 1; }), k_epochs,
                   "it ends epoch 1");
    expect_refused(verify_named([](Header&, EpochRecord& next) { next.from_order_height = 5; }),
                   k_epochs, "cannot begin at ordering height 5");
    expect_refused(verify_named([](Header&, EpochRecord& next) { next.from_order_height = 14; }),
                   k_epochs, "cannot begin at ordering height 14");
    expect_refused(verify_named([](Header& last, EpochRecord& next) {
                       last.position.height = 5;
                       next.from_order_height = 6;
                   }),
                   k_epochs, "before its epoch 0 began at 6");
}

TEST_F(VerifyHandover, the_block_must_lie_within_its_epoch) {
    expect_refused(verify_named([](Header& last, EpochRecord&) { last.height = 7; }), k_quorum,
                   "begins after header 7");
    expect_refused(verify_named([](Header& last, EpochRecord&) { last.position.height = 20; }),
                   k_quorum, "begins after header 4");
    expect_refused(verify_named([](Header& last, EpochRecord& next) {
                       last.position.height = 25;
                       next.from_order_height = 22;
                   }),
                   k_quorum, "before its epoch 1 began at 22");
    expect_refused(verify_named([](Header& last, EpochRecord&) { last.position.era = 1; }),
                   k_quorum, "begins after header 4");
}

TEST_F(VerifyHandover, must_hold_a_header) {
    ReceiptBundle bundle = world.bundle();
    bundle.handovers.at(0).last.header.pop_back();
    expect_refused(verify_bundle(bundle, world.trust()), k_epochs, "handover 1 of 1");
}

TEST_F(VerifyHandover, must_be_certified_by_the_epoch_that_it_ends) {
    ReceiptBundle bundle = world.bundle();
    Handover& handover = bundle.handovers.at(0);
    const Header last = Header::decode(handover.last.header).value();
    handover.last = ReceiptWorld::certify(last, world.app_epochs[1]);
    expect_refused(verify_bundle(bundle, world.trust()), k_epochs, "signature");
    handover.last = ReceiptWorld::certify(last, world.app_epochs[0], {2});
    expect_refused(verify_bundle(bundle, world.trust()), k_epochs, "quorum");
}

TEST(VerifyEpochs, a_block_after_the_end_of_its_epoch_is_refused) {
    WorldPlan plan;
    plan.later_app_handover = true;
    const ReceiptWorld world(plan);
    ReceiptBundle bundle = world.bundle();
    Handover& handover = bundle.handovers.at(0);
    Header last = Header::decode(handover.last.header).value();
    auto with_last = [&](Height height, std::uint64_t order_height) {
        last.height = height;
        last.position.height = order_height;
        handover.next.from_order_height = 10;
        last.extensions = {{extension::k_next_epoch, handover.next.hash()}};
        handover.last = ReceiptWorld::certify(last, world.app_epochs[0]);
        return verify_bundle(bundle, world.trust());
    };
    expect_success(with_last(8, 21));
    expect_refused(with_last(6, 18), k_quorum, "ended with header 6");
    expect_refused(with_last(8, 20), k_quorum, "ended with header 8");
    expect_refused(with_last(7, 20), k_quorum, "ended with header 7");
}

TEST(VerifyEpochs, the_last_header_of_an_epoch_belongs_to_it) {
    WorldPlan plan;
    plan.later_app_handover = true;
    const ReceiptWorld world(plan);
    ReceiptBundle bundle = world.bundle();
    Handover& handover = bundle.handovers.at(0);
    Header header = Header::decode(bundle.proof.block.header).value();
    handover.next.from_order_height = ReceiptWorld::k_block_order + 1;
    header.extensions = {{extension::k_next_epoch, handover.next.hash()}};
    handover.last = ReceiptWorld::certify(header, world.app_epochs[0]);
    bundle.proof.block = handover.last;
    expect_success(verify_bundle(bundle, world.trust()));
}

// Revocation and checkpoints.

NodeId signer_of(const WorldPlan& plan) {
    return ReceiptWorld(plan).block_epoch().record.peers[0].node;
}

TEST(VerifyEpochs, a_node_counts_until_it_is_revoked) {
    for (bool by_system : {true, false}) {
        WorldPlan plan;
        (by_system ? plan.late_system_handover : plan.later_app_handover) = true;
        const NodeId signer = signer_of(plan);
        for (std::uint64_t from : {ReceiptWorld::k_block_order - 1, ReceiptWorld::k_block_order,
                                   ReceiptWorld::k_block_order + 1}) {
            (by_system ? plan.revoked_by_system : plan.revoked_by_app) = {{signer, from}};
            // The handover at ordering height 30 is signed by others.
            plan.handover_signers = {1, 2};
            const ReceiptWorld world(plan);
            const Verification verification = verify_bundle(world.bundle(), world.trust());
            if (from <= ReceiptWorld::k_block_order) {
                expect_refused(verification, k_quorum, "revoked");
            } else {
                expect_success(verification);
            }
        }
    }
}

TEST(VerifyEpochs, a_revoked_node_hands_nothing_over) {
    WorldPlan plan;
    plan.later_app_handover = true;
    const NodeId signer = signer_of(plan);
    plan.revoked_by_app = {{signer, 30}};
    const ReceiptWorld world(plan);
    expect_refused(verify_bundle(world.bundle(), world.trust()), k_epochs, "revoked");
}

TEST(VerifyEpochs, a_checkpoint_takes_the_place_of_the_genesis) {
    const ReceiptWorld world(with_all_handovers());
    auto trust = Trust::from(world.genesis, world.system_epochs[1].record);
    ASSERT_TRUE(trust.ok()) << trust.error().message;
    expect_success(verify_bundle(world.bundle(), *trust));

    // What lies before it is passed over, also when it is missing.
    ReceiptBundle bundle = world.bundle();
    bundle.system_handovers.erase(bundle.system_handovers.begin());
    expect_success(verify_bundle(bundle, *trust));
    // But it stays a handover of this channel.
    bundle = world.bundle();
    bundle.system_handovers[0].last.header.pop_back();
    expect_refused(verify_bundle(bundle, *trust), k_system, "handover 1 of 2");
    bundle = world.bundle();
    std::swap(bundle.system_handovers[0], bundle.system_handovers[1]);
    expect_refused(verify_bundle(bundle, *trust), k_system, "handover 2 of 2");
}

TEST(VerifyEpochs, nothing_leads_from_a_checkpoint_to_what_was_before) {
    const ReceiptWorld world(with_all_handovers());
    auto trust = Trust::from(world.genesis, world.system_epochs[2].record);
    ASSERT_TRUE(trust.ok());
    expect_refused(verify_bundle(world.bundle(), *trust), k_creation, "before the trusted epoch 2");
    expect_refused(verify_bundle(world.system_bundle(), *trust), k_quorum,
                   "before the trusted epoch 2");
}

TEST(VerifyEpochs, a_checkpoint_refuses_signers_that_it_knows_to_be_revoked) {
    WorldPlan plan;
    plan.system_handover = true;
    const NodeId signer = signer_of(plan);
    for (std::uint64_t from : {ReceiptWorld::k_block_order, ReceiptWorld::k_block_order + 1}) {
        const ReceiptWorld world(plan);
        EpochRecord checkpoint = world.system_epochs[1].record;
        checkpoint.revoked = {{signer, from}};
        auto trust = Trust::from(world.genesis, checkpoint);
        ASSERT_TRUE(trust.ok());
        const Verification verification = verify_bundle(world.bundle(), *trust);
        if (from <= ReceiptWorld::k_block_order) {
            expect_refused(verification, k_quorum, "revoked");
        } else {
            expect_success(verification);
        }
    }
}

TEST(EpochHistory, certifies_headers_of_its_own_channel_only) {
    const testing::TestEpoch epoch = testing::make_epoch(testing::sample_channel(), 3);
    const NetworkId network = testing::sample_network();
    const auto history = EpochHistory::follow(epoch.record, {}, network, {}).value();
    Header header = testing::sample_header();
    header.channel = epoch.record.channel;
    header.epoch = 0;
    const auto certified = [&] {
        return history.check_certified(header, epoch.certify_all(header.statement()), {}).ok();
    };
    EXPECT_TRUE(certified());
    header.channel = filled<ChannelId>(9);
    EXPECT_FALSE(certified());
}

TEST(Trust, a_checkpoint_must_be_of_this_networks_system_channel) {
    const ReceiptWorld world(with_all_handovers());
    EXPECT_FALSE(Trust::from(world.genesis, world.app_epochs[1].record).ok());
    EXPECT_FALSE(Trust::from(sample_genesis(4), world.system_epochs[1].record).ok());
    EXPECT_TRUE(Trust::from(world.genesis, world.system_epochs[0].record).ok());
    EpochRecord other = world.system_epochs[0].record;
    other.peers.pop_back();
    EXPECT_FALSE(Trust::from(world.genesis, other).ok());
    EpochRecord malformed = world.system_epochs[1].record;
    std::swap(malformed.peers[0], malformed.peers[1]);
    EXPECT_FALSE(Trust::from(world.genesis, malformed).ok());
}

}  // namespace
}  // namespace bsn::ledger
