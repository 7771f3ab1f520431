#include "framework/fabric/client/message.hpp"
#include "test_channel.hpp"

namespace bsn::framework::fabric {
namespace {

using namespace testing;

class FabricChannelConfigTest : public ::testing::Test {
  protected:
    const TestChannel channel_;

    std::string refusal(const common::ConfigGroup& group) {
        auto config = read_channel_config(channel_.config_block(group));
        return config ? "" : config.error().message;
    }
};

TEST_F(FabricChannelConfigTest, IsReadWhole) {
    auto config = read_channel_config(channel_.config_block(channel_.configuration(), 7));
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->trust.channel, "app");
    EXPECT_EQ(config->trust.height, 7U);
    EXPECT_EQ(config->sequence, 7U);
    EXPECT_EQ(config->trust.hash, crypto::HashId::sha256);
    ASSERT_EQ(config->trust.members.size(), 3U);
    EXPECT_EQ(config->trust.members[1].msp_id, "Org2MSP");
    EXPECT_EQ(config->trust.members[1].authorities.roots,
              std::vector{channel_.authorities[1].certificate});
    EXPECT_EQ(config->trust.members[1].roles.at(Role::peer).unit, "peer");
    ASSERT_EQ(config->trust.orderers.size(), 1U);
    EXPECT_EQ(config->trust.orderers[0].msp_id, "OrderingMSP");
    EXPECT_EQ(config->consensus, "etcdraft");
    ASSERT_EQ(config->consenters.size(), 1U);
    EXPECT_EQ(config->consenters[0].host, "orderer1.example");
    EXPECT_EQ(config->consenters[0].port, 7050U);
    EXPECT_EQ(config->orderer_addresses.at("OrderingMSP"),
              std::vector<std::string>{"orderer1.example:7050"});
    EXPECT_EQ(config->tls.at("Org1MSP").bundle(), "TLS of Org1MSP\n");
    EXPECT_EQ(config->channel_capabilities, std::set<std::string>{"V2_0"});
    EXPECT_EQ(config->most_transactions, 500U);
    EXPECT_EQ(config->trust.required_orderers(), 1U);
    EXPECT_EQ(config->trust.endorsement.text(), "2 of Org1MSP, Org2MSP, Org3MSP");
    EXPECT_EQ(config->trust.endorsement, config->trust.majority_of_members());
    EXPECT_EQ(config->policies.usual, config->trust.endorsement);
}

TEST_F(FabricChannelConfigTest, EndorsementIsThatOfTheConfiguration) {
    auto group = channel_.configuration();
    auto& policy = *(*(*group.mutable_groups())["Application"].mutable_policies())["Endorsement"]
                        .mutable_policy();
    common::ImplicitMetaPolicy implicit;
    implicit.set_sub_policy("Endorsement");
    policy.set_type(common::Policy::IMPLICIT_META);
    for (auto [rule, needed] : {std::pair(common::ImplicitMetaPolicy::ANY, 1U),
                                std::pair(common::ImplicitMetaPolicy::MAJORITY, 2U),
                                std::pair(common::ImplicitMetaPolicy::ALL, 3U)}) {
        implicit.set_rule(rule);
        policy.set_value(implicit.SerializeAsString());
        auto config = read_channel_config(channel_.config_block(group));
        ASSERT_TRUE(config);
        EXPECT_EQ(config->trust.endorsement.choose({"Org1MSP", "Org2MSP", "Org3MSP"}).size(),
                  needed);
        EXPECT_EQ(config->policies.usual, config->trust.endorsement);
    }
}

TEST_F(FabricChannelConfigTest, PoliciesAreFoundByTheirNames) {
    auto group = channel_.configuration();
    auto& application = (*group.mutable_groups())["Application"];
    put_implicit_policy(application, "Everyone", common::ImplicitMetaPolicy::ALL, "Endorsement");
    put_signature_policy(application, "Second", "Org2MSP", common::MSPRole::PEER);
    put_implicit_policy(group, "Writers", common::ImplicitMetaPolicy::ANY, "Second");
    (*application.mutable_groups())["org3"].mutable_policies()->erase("Endorsement");
    const auto config = read_channel_config(channel_.config_block(group));
    ASSERT_TRUE(config) << config.error().message;
    auto text = [&](const std::string& reference) {
        auto rule = config->policies.find(reference);
        return rule ? rule->text() : rule.error().message;
    };
    // One that has no such policy counts, and never fulfils it.
    EXPECT_EQ(text("/Channel/Application/Everyone"),
              "3 of someone of another kind, Org1MSP, Org2MSP");
    EXPECT_EQ(text("Application/Second"), "Org2MSP");
    EXPECT_EQ(text("/Channel/Application/org1/Endorsement"), "Org1MSP");
    EXPECT_EQ(text("Writers"), "1 of someone of another kind, Org2MSP");
    const auto admins = config->policies.find("/Channel/Application/Admins");
    ASSERT_TRUE(admins);
    EXPECT_FALSE(admins->enough({"Org1MSP", "Org2MSP", "Org3MSP"})) << "no peer is an admin";
    for (const char* other :
         {"Endorsement", "/Channel/Application/Other", "/Application/Second", ""}) {
        EXPECT_EQ(config->policies.find(other).error().code, Code::not_found) << other;
    }
    EXPECT_NE(text("Endorsement").find("/Channel/Application/Endorsement"), std::string::npos);
}

TEST_F(FabricChannelConfigTest, PoliciesThatCannotBeReadAreRefused) {
    auto group = channel_.configuration();
    auto& policy =
        *(*(*group.mutable_groups())["Application"].mutable_policies())["Odd"].mutable_policy();
    policy.set_type(common::Policy::MSP);
    EXPECT_NE(refusal(group).find("policy Odd: it is of kind 2"), std::string::npos);
    policy.set_type(common::Policy::SIGNATURE);
    common::SignaturePolicyEnvelope signatures;
    signatures.mutable_rule()->set_signed_by(3);
    policy.set_value(signatures.SerializeAsString());
    EXPECT_NE(refusal(group).find("policy Odd: the policy names someone"), std::string::npos);
    auto deep = channel_.configuration();
    common::ConfigGroup* below = &deep;
    for (int i = 0; i < 10; ++i) below = &(*below->mutable_groups())["below"];
    EXPECT_NE(refusal(deep).find("nested too deeply"), std::string::npos);
}

TEST_F(FabricChannelConfigTest, BlocksMustBeSignedByAnyOrderer) {
    auto group = channel_.configuration();
    auto& orderers = (*group.mutable_groups())["Orderer"];
    put_signature_policy(orderers, "BlockValidation", "OrderingMSP", common::MSPRole::ORDERER);
    EXPECT_EQ(refusal(group), "");
    put_implicit_policy(orderers, "BlockValidation", common::ImplicitMetaPolicy::MAJORITY,
                        "Writers");
    EXPECT_EQ(refusal(group), "") << "of one organisation, any";
    const TestAuthority other("other ca");
    (*orderers.mutable_groups())["other"] = TestChannel::organization("OtherMSP", other);
    EXPECT_NE(
        refusal(group).find("BlockValidation, blocks are signed by 2 of OrderingMSP, OtherMSP"),
        std::string::npos)
        << refusal(group);
    put_implicit_policy(orderers, "BlockValidation", common::ImplicitMetaPolicy::ANY, "Writers");
    EXPECT_EQ(refusal(group), "");
    put_signature_policy(orderers, "BlockValidation", "OtherMSP", common::MSPRole::MEMBER);
    EXPECT_NE(refusal(group), "") << "one that OrderingMSP signs would not hold";
    orderers.mutable_policies()->erase("BlockValidation");
    EXPECT_NE(refusal(group).find("BlockValidation"), std::string::npos);
}

TEST_F(FabricChannelConfigTest, ByBftThePolicyMustBeTheQuorumOfThoseWhoAgree) {
    auto group = channel_.configuration();
    auto& orderers = (*group.mutable_groups())["Orderer"];
    orderer::ConsensusType consensus;
    consensus.set_type("BFT");
    set_value(orderers, "ConsensusType", consensus);
    ::bsn::fabric::Orderers named;
    std::vector<std::string> identities;
    for (std::uint32_t i = 1; i <= 4; ++i) {
        const auto one = channel_.ordering.issue("OrderingMSP", "orderer", std::to_string(i));
        auto& consenter = *named.add_consenter_mapping();
        consenter.set_id(i);
        consenter.set_msp_id(one.msp_id);
        consenter.set_identity(one.certificate);
        identities.push_back(one.serialized());
    }
    set_value(orderers, "Orderers", named);
    EXPECT_NE(refusal(group).find("others than those who agree"), std::string::npos);
    put_identities_policy(orderers, "BlockValidation", identities, 3);
    EXPECT_EQ(refusal(group), "");
    put_identities_policy(orderers, "BlockValidation", identities, 2);
    EXPECT_NE(refusal(group).find("2 of the 4 that agree"), std::string::npos);
    identities.back() = channel_.orderer.serialized();
    put_identities_policy(orderers, "BlockValidation", identities, 3);
    EXPECT_NE(refusal(group), "");
    identities.pop_back();
    put_identities_policy(orderers, "BlockValidation", identities, 3);
    EXPECT_NE(refusal(group), "");
}

TEST_F(FabricChannelConfigTest, HashesMayBeOfSM3) {
    const auto block = channel_.config_block(channel_.configuration("SM3"), 7, crypto::HashId::sm3);
    auto config = read_channel_config(block);
    ASSERT_TRUE(config) << config.error().message;
    EXPECT_EQ(config->trust.hash, crypto::HashId::sm3);
    EXPECT_TRUE(check_data(block, config->trust.hash));
    auto again = ChannelTrust::from_json(config->trust.to_json());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->hash, crypto::HashId::sm3);
    // A later configuration is followed by the same hash.
    const auto next = channel_.config_block(channel_.configuration("SM3"), 9, crypto::HashId::sm3);
    EXPECT_TRUE(update_trust(as_bytes(again->to_json()), bytes_of(next)));
    const auto other = channel_.config_block(channel_.configuration("SM3"), 9);
    EXPECT_EQ(update_trust(as_bytes(again->to_json()), bytes_of(other)).error().code,
              Code::corrupted);
}

TEST_F(FabricChannelConfigTest, ABlockWaitsAsGoWritesDurations) {
    const auto waits = [this](const std::string& text) {
        auto group = channel_.configuration();
        orderer::BatchTimeout timeout;
        timeout.set_timeout(text);
        set_value((*group.mutable_groups())["Orderer"], "BatchTimeout", timeout);
        return read_channel_config(channel_.config_block(group));
    };
    for (const auto& [text, milliseconds] : std::initializer_list<std::pair<const char*, unsigned>>{
             {"2s", 2'000}, {"250ms", 250}, {"1m0.5s", 60'500}, {"1h", 3'600'000}, {"1500us", 1}}) {
        auto config = waits(text);
        ASSERT_TRUE(config) << text << ": " << config.error().message;
        EXPECT_EQ(config->batch_timeout_ms, milliseconds) << text;
    }
    for (const char* text : {"2", "s", "2 s", "2d", "-1s", "1e999s", "9999999999h", "nans"}) {
        EXPECT_EQ(waits(text).error().code, Code::invalid_argument) << text;
    }
}

TEST_F(FabricChannelConfigTest, WhatIsNotKnownIsRefused) {
    auto kafka = channel_.configuration();
    orderer::ConsensusType consensus;
    consensus.set_type("kafka");
    set_value((*kafka.mutable_groups())["Orderer"], "ConsensusType", consensus);
    EXPECT_NE(refusal(kafka).find("kafka"), std::string::npos);

    auto hash = channel_.configuration();
    common::HashingAlgorithm algorithm;
    algorithm.set_name("SHAKE");
    set_value(hash, "HashingAlgorithm", algorithm);
    EXPECT_NE(refusal(hash).find("SHAKE"), std::string::npos);

    auto idemix = channel_.configuration();
    msp::MSPConfig anonymous;
    anonymous.set_type(1);
    set_value((*(*idemix.mutable_groups())["Application"].mutable_groups())["org1"], "MSP",
              anonymous);
    EXPECT_NE(refusal(idemix).find("org1"), std::string::npos);

    auto headless = channel_.configuration();
    headless.mutable_groups()->erase("Orderer");
    EXPECT_NE(refusal(headless).find("Orderer"), std::string::npos);
    EXPECT_FALSE(read_channel_config(common::Block()));
    const std::string transaction = channel_.transaction("key").SerializeAsString();
    EXPECT_FALSE(read_channel_config(TestChannel::block(3, {transaction}, {channel_.orderer})));
}

TEST_F(FabricChannelConfigTest, TrustIsWrittenAndReadAgain) {
    ChannelTrust trust = channel_.trust();
    trust.bft_orderers = {{4, channel_.orderer.serialized()}};
    trust.members[0].authorities.intermediates = {"between"};
    trust.members[0].authorities.revocations = {"list"};
    trust.members[0].admins = {"admin"};
    trust.members[0].roles[Role::admin].authority = "authority";
    EXPECT_EQ(trust.to_json().find("endorsement"), std::string::npos) << "a majority is not told";
    trust.endorsement = EndorsementRule::some_of_rules(
        2, std::vector{EndorsementRule::some_of(1, {"Org1MSP"}),
                       EndorsementRule::some_of(1, {"Org2MSP", "Org3MSP"}), EndorsementRule()});
    auto again = ChannelTrust::from_json(trust.to_json());
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(again->to_json(), trust.to_json());
    EXPECT_EQ(again->endorsement, trust.endorsement);
    EXPECT_EQ(again->endorsement.text(),
              "2 of someone of another kind, (1 of Org2MSP, Org3MSP), Org1MSP");
    EXPECT_EQ(again->bft_orderers.at(0).identity, channel_.orderer.serialized());
    for (
        const char* text :
        {"", "[]", "{}", R"({"framework":"fisco"})",
         R"({"framework":"fabric","channel":"a","height":0,"hash":"sha256","members":[],"orderers":[]})",
         R"({"framework":"fabric","channel":"a","height":-1,"hash":"sha256"})"}) {
        EXPECT_FALSE(ChannelTrust::from_json(text)) << text;
    }
    std::string json = trust.to_json();
    json.pop_back();
    json.erase(json.find(",\"endorsement\""));
    EXPECT_EQ(ChannelTrust::from_json(json + "}")->endorsement, trust.majority_of_members());
    for (const char* rule : {"7", "\"\"", "{}", R"({"needed":1})", R"({"needed":-1,"of":[]})",
                             R"({"needed":1,"of":[[]]})", R"({"needed":1,"of":[],"more":1})"}) {
        const bool good = std::string_view(rule) == R"({"needed":1})";  // of nothing: nobody
        EXPECT_EQ(ChannelTrust::from_json(json + ",\"endorsement\":" + rule + "}").ok(), good)
            << rule;
    }
    std::string deep = "\"Org1MSP\"";
    for (int i = 0; i < 100; ++i) deep = R"({"needed":1,"of":[)" + deep + "]}";
    EXPECT_FALSE(ChannelTrust::from_json(json + ",\"endorsement\":" + deep + "}"));
}

class FabricOrdererCheckTest : public FabricChannelConfigTest {
  protected:
    common::BlockHeader header_ = TestChannel::block(5, {"a"}, {}).header();

    std::string check(const ChannelTrust& trust, const std::string& metadata) {
        auto checked = OrdererCheck(trust).check(header_, metadata);
        return checked ? std::to_string(*checked) : checked.error().message;
    }
    bool holds(const Identity& signer) {
        return check(channel_.trust(), TestChannel::signatures(header_, {signer})) == "1";
    }
};

TEST_F(FabricOrdererCheckTest, AnyOrderersSignatureIsEnough) {
    EXPECT_TRUE(holds(channel_.orderer));
    EXPECT_FALSE(holds(channel_.peers[0]));
    EXPECT_FALSE(holds(channel_.ordering.issue("OrderingMSP", "client", "user")));
    EXPECT_FALSE(holds(channel_.ordering.issue("Org1MSP", "orderer", "orderer1")));
    EXPECT_FALSE(holds(TestAuthority("ordering ca").issue("OrderingMSP", "orderer", "orderer1")));
    EXPECT_NE(check(channel_.trust(), "").find("nobody signed it"), std::string::npos);
    const std::string signatures = TestChannel::signatures(header_, {channel_.orderer});
    header_.set_number(6);
    EXPECT_NE(check(channel_.trust(), signatures).find("0 orderers"), std::string::npos);
}

TEST_F(FabricOrdererCheckTest, ByBftAQuorumMustSign) {
    ChannelTrust trust = channel_.trust();
    std::vector<Identity> orderers;
    for (std::uint32_t i = 1; i <= 4; ++i) {
        orderers.push_back(channel_.ordering.issue("OrderingMSP", "orderer", std::to_string(i)));
        trust.bft_orderers.push_back({i, orderers.back().serialized()});
    }
    EXPECT_EQ(trust.required_orderers(), 3U);
    ::bsn::fabric::Metadata metadata;
    metadata.set_value("value");
    auto sign = [&](std::uint32_t id, const Identity& signer) {
        ::bsn::fabric::IdentifierHeader identifier;
        identifier.set_identifier(id);
        auto& signature = *metadata.add_signatures();
        signature.set_identifier_header(identifier.SerializeAsString());
        signature.set_signature(
            signer.sign("value" + signature.identifier_header() + header_bytes(header_)));
    };
    sign(1, orderers[0]);
    sign(2, orderers[1]);
    EXPECT_NE(check(trust, metadata.SerializeAsString()).find("2 orderers"), std::string::npos);
    sign(2, orderers[1]);  // again: counts once
    sign(9, orderers[2]);  // a number that nobody has
    sign(4, orderers[2]);  // another's number
    EXPECT_NE(check(trust, metadata.SerializeAsString()).find("2 orderers"), std::string::npos);
    sign(3, orderers[2]);
    EXPECT_EQ(check(trust, metadata.SerializeAsString()), "3");
    // One of the organisation that takes no part in agreeing counts nothing.
    EXPECT_NE(
        check(trust, TestChannel::signatures(header_, {channel_.orderer, orderers[0], orderers[1]}))
            .find("2 orderers"),
        std::string::npos);
}

TEST_F(FabricOrdererCheckTest, QuorumsOfBftAreThoseOfFabric) {
    ChannelTrust trust;
    const std::vector<std::pair<std::size_t, std::size_t>> quorums{{4, 3}, {5, 4},  {6, 4},
                                                                   {7, 5}, {10, 7}, {1, 1}};
    for (auto [count, quorum] : quorums) {
        trust.bft_orderers.assign(count, {});
        EXPECT_EQ(trust.required_orderers(), quorum) << count;
    }
}

}  // namespace
}  // namespace bsn::framework::fabric
