// The first block of a channel: every node makes the same bytes, and they say what the app's
// description does. That Fabric's programs take it is for the end-to-end tests to show.

#include "framework/fabric/network/channel_configuration.hpp"

#include "crypto/certificate_authority.hpp"
#include "framework/fabric/client/block.hpp"
#include "framework/fabric/client/channel_config.hpp"
#include "support/receipt_world.hpp"

#include <common/configtx.pb.h>
#include <common/configuration.pb.h>
#include <common/policies.pb.h>
#include <fabric_bft.pb.h>
#include <gtest/gtest.h>
#include <orderer/configuration.pb.h>
#include <orderer/etcdraft/configuration.pb.h>

namespace bsn::framework::fabric {
namespace {

std::string certificate(std::uint32_t number) {
    return crypto::make_authority_certificate(
        bsn::testing::make_key(crypto::SuiteId::secp256r1, number), "test", 1'800'000'000'000, 30);
}

ChannelPlan sample_plan() {
    ChannelPlan plan;
    plan.name = channel_name(Bytes(32, 0x11));
    plan.created = 1'800'000'000'123;
    plan.channel.batch = {250, 40};
    for (std::uint32_t i = 0; i < 3; ++i) {
        registry::FabricMember member;
        member.name = "node" + std::to_string(i);
        member.orders = i != 1;
        member.organisation = {"msp" + std::to_string(i),
                               certificate(3 * i),
                               certificate(3 * i + 1),
                               "10.0.0.1:" + std::to_string(7000 + i),
                               "10.0.0.2:" + std::to_string(8000 + i),
                               certificate(3 * i + 2)};
        plan.channel.members.push_back(member);
    }
    return plan;
}

common::ConfigGroup group_of(const common::Block& block) {
    common::Envelope envelope;
    common::Payload payload;
    common::ConfigEnvelope config;
    EXPECT_TRUE(envelope.ParseFromString(block.data().data(0)));
    EXPECT_TRUE(payload.ParseFromString(envelope.payload()));
    EXPECT_TRUE(config.ParseFromString(payload.data()));
    return config.config().channel_group();
}

TEST(ChannelConfigurationTest, the_same_plan_makes_the_same_bytes) {
    const ChannelPlan plan = sample_plan();
    const std::string first = in_order(*genesis_block(plan));
    for (int i = 0; i < 20; ++i) {
        const ChannelPlan copy = plan;
        EXPECT_EQ(in_order(*genesis_block(copy)), first);
    }
    ChannelPlan other = plan;
    other.created += 1;
    EXPECT_NE(in_order(*genesis_block(other)), first);
}

TEST(ChannelConfigurationTest, it_is_a_configuration_block_of_the_channel) {
    const auto block = genesis_block(sample_plan());
    ASSERT_TRUE(block.ok()) << block.error().message;
    EXPECT_EQ(block->header().number(), 0U);
    EXPECT_TRUE(block->header().previous_hash().empty());
    EXPECT_TRUE(check_data(*block, crypto::HashId::sha256).ok());
    EXPECT_TRUE(is_config_block(*block));
    EXPECT_EQ(*last_config_of(*block), 0U);
}

TEST(ChannelConfigurationTest, members_are_of_the_application_and_those_that_order_of_the_orderer) {
    const auto group = group_of(*genesis_block(sample_plan()));
    const auto& application = group.groups().at("Application");
    const auto& ordering = group.groups().at("Orderer");
    EXPECT_EQ(application.groups().size(), 3U);
    EXPECT_EQ(ordering.groups().size(), 2U);
    EXPECT_FALSE(ordering.groups().contains("msp1"));
    EXPECT_TRUE(application.groups().at("msp1").values().contains("AnchorPeers"));
    EXPECT_TRUE(ordering.groups().at("msp2").values().contains("Endpoints"));

    orderer::ConsensusType type;
    ASSERT_TRUE(type.ParseFromString(ordering.values().at("ConsensusType").value()));
    EXPECT_EQ(type.type(), "etcdraft");
    etcdraft::ConfigMetadata metadata;
    ASSERT_TRUE(metadata.ParseFromString(type.metadata()));
    ASSERT_EQ(metadata.consenters().size(), 2);
    EXPECT_EQ(metadata.consenters(1).host(), "10.0.0.2");
    EXPECT_EQ(metadata.consenters(1).port(), 8002U);
    orderer::BatchTimeout timeout;
    ASSERT_TRUE(timeout.ParseFromString(ordering.values().at("BatchTimeout").value()));
    EXPECT_EQ(timeout.timeout(), "250ms");
}

TEST(ChannelConfigurationTest, orderers_that_agree_by_bft_are_named_and_a_quorum_of_them_signs) {
    ChannelPlan plan = sample_plan();
    plan.channel.release = "3.1";
    plan.channel.ordering = registry::FabricOrdering::bft;
    plan.channel.members.push_back(plan.channel.members[0]);
    plan.channel.members[3].organisation.msp = "msp3";
    std::uint32_t number = 100;
    for (auto& member : plan.channel.members) {
        member.orders = true;
        member.organisation.orderer_identity = certificate(++number);
    }
    const auto block = genesis_block(plan);
    ASSERT_TRUE(block.ok()) << block.error().message;
    EXPECT_EQ(in_order(*block), in_order(*genesis_block(plan)));
    const auto config = read_channel_config(*block);
    ASSERT_TRUE(config.ok()) << config.error().message;
    EXPECT_EQ(config->consensus, "BFT");
    ASSERT_EQ(config->trust.bft_orderers.size(), 4U);
    EXPECT_EQ(config->trust.bft_orderers[3].id, 4U);
    EXPECT_EQ(config->trust.required_orderers(), 3U);

    const auto group = group_of(*block);
    common::Capabilities capabilities;
    ASSERT_TRUE(capabilities.ParseFromString(group.values().at("Capabilities").value()));
    EXPECT_TRUE(capabilities.capabilities().contains("V3_0"));
    const auto& ordering = group.groups().at("Orderer");
    orderer::ConsensusType type;
    ASSERT_TRUE(type.ParseFromString(ordering.values().at("ConsensusType").value()));
    ::bsn::fabric::BftOptions options;
    ASSERT_TRUE(options.ParseFromString(type.metadata()));
    EXPECT_EQ(options.request_batch_max_interval(), "250ms");
    EXPECT_EQ(options.request_batch_max_count(), 40U);
    common::SignaturePolicyEnvelope policy;
    ASSERT_TRUE(policy.ParseFromString(ordering.policies().at("BlockValidation").policy().value()));
    EXPECT_EQ(policy.rule().n_out_of().n(), 3);
    ASSERT_EQ(policy.identities().size(), 4);
    EXPECT_EQ(policy.identities(1).principal(), config->trust.bft_orderers[1].identity);
    EXPECT_EQ(policy.rule().n_out_of().rules(3).signed_by(), 3);

    plan.channel.members[2].organisation.orderer_identity.clear();
    EXPECT_NE(genesis_block(plan).error().message.find("orderer's identity"), std::string::npos);
}

TEST(ChannelConfigurationTest, what_nodes_announced_must_be_readable) {
    ChannelPlan plan = sample_plan();
    plan.channel.members[1].organisation.authority =
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    auto block = genesis_block(plan);
    ASSERT_FALSE(block.ok());
    EXPECT_NE(block.error().message.find("node1"), std::string::npos) << block.error().message;
    plan = sample_plan();
    for (auto& member : plan.channel.members) member.orders = false;
    EXPECT_EQ(genesis_block(plan).error().code, Code::invalid_argument);
}

}  // namespace
}  // namespace bsn::framework::fabric
