#include "framework/fabric/client/endorsement_rule.hpp"

#include <gtest/gtest.h>
#include <msp/msp_principal.pb.h>

namespace bsn::framework::fabric {
namespace {

using Names = std::vector<std::string>;

TEST(FabricEndorsementRuleTest, AMajorityIsMoreThanHalf) {
    auto rule = EndorsementRule::some_of(2, {"A", "B", "C"});
    EXPECT_FALSE(rule.enough({}));
    EXPECT_FALSE(rule.enough({"A"}));
    EXPECT_FALSE(rule.enough({"A", "D"}));
    EXPECT_TRUE(rule.enough({"A", "C"}));
    EXPECT_EQ(rule.choose({"C", "A", "B"}), (Names{"C", "A"}));
    EXPECT_EQ(rule.choose({"D", "B", "A"}), (Names{"B", "A"}));
    EXPECT_EQ(rule.choose({"B"}), Names{});
    EXPECT_FALSE(EndorsementRule().enough({"A"}));
    EXPECT_EQ(EndorsementRule().choose({"A"}), Names{});
}

common::SignaturePolicy signed_by(int place) {
    common::SignaturePolicy rule;
    rule.set_signed_by(place);
    return rule;
}

common::SignaturePolicy out_of(int count, const std::vector<common::SignaturePolicy>& rules) {
    common::SignaturePolicy rule;
    rule.mutable_n_out_of()->set_n(count);
    for (const auto& one : rules) *rule.mutable_n_out_of()->add_rules() = one;
    return rule;
}

common::SignaturePolicyEnvelope policy(const common::SignaturePolicy& rule, const Names& peers) {
    common::SignaturePolicyEnvelope made;
    *made.mutable_rule() = rule;
    for (const std::string& one : peers) {
        common::MSPRole role;
        role.set_msp_identifier(one);
        role.set_role(one == "Admins" ? common::MSPRole::ADMIN : common::MSPRole::PEER);
        made.add_identities()->set_principal(role.SerializeAsString());
    }
    return made;
}

TEST(FabricEndorsementRuleTest, SignaturePoliciesNest) {
    // A, and B or C.
    auto rule = EndorsementRule::of_signatures(policy(
        out_of(2, {signed_by(0), out_of(1, {signed_by(1), signed_by(2)})}), {"A", "B", "C"}));
    ASSERT_TRUE(rule);
    EXPECT_FALSE(rule->enough({"B", "C"}));
    EXPECT_TRUE(rule->enough({"A", "C"}));
    EXPECT_EQ(rule->choose({"C", "B", "A"}), (Names{"C", "A"}));
    EXPECT_EQ(rule->organizations(), (std::set<std::string>{"A", "B", "C"}));
}

TEST(FabricEndorsementRuleTest, WhatPeersCannotFulfilIsNeverEnough) {
    auto rule = EndorsementRule::of_signatures(policy(signed_by(0), {"Admins"}));
    ASSERT_TRUE(rule);
    EXPECT_FALSE(rule->enough({"Admins"}));
    auto either = EndorsementRule::of_signatures(
        policy(out_of(1, {signed_by(0), signed_by(1)}), {"Admins", "B"}));
    ASSERT_TRUE(either);
    EXPECT_EQ(either->choose({"Admins", "B"}), (Names{"B"}));
}

TEST(FabricEndorsementRuleTest, OnesThatSayTheSameAreEqual) {
    const auto majority = EndorsementRule::some_of(2, {"C", "A", "B"});
    EXPECT_EQ(majority, EndorsementRule::some_of(2, {"A", "B", "C"}));
    EXPECT_NE(majority, EndorsementRule::some_of(1, {"A", "B", "C"}));
    std::vector<EndorsementRule> each;
    for (const char* name : {"B", "C", "A"}) {
        auto one = EndorsementRule::of_signatures(policy(out_of(1, {signed_by(0)}), {name}));
        ASSERT_TRUE(one);
        each.push_back(*one);
    }
    EXPECT_EQ(EndorsementRule::some_of_rules(2, each), majority);
    EXPECT_EQ(majority.text(), "2 of A, B, C");
    EXPECT_EQ(EndorsementRule(majority.whole()), majority);
}

TEST(FabricEndorsementRuleTest, NobodysWordIsNeverEnough) {
    EXPECT_FALSE(EndorsementRule::some_of(0, {"A"}).enough({}));
    EXPECT_TRUE(EndorsementRule::some_of(0, {"A"}).enough({"A"}));
}

TEST(FabricEndorsementRuleTest, SignersMayBeOfAnotherRole) {
    auto orderers = policy(signed_by(0), {"A"});
    common::MSPRole role;
    role.set_msp_identifier("A");
    role.set_role(common::MSPRole::ORDERER);
    orderers.mutable_identities(0)->set_principal(role.SerializeAsString());
    EXPECT_FALSE(EndorsementRule::of_signatures(orderers)->enough({"A"}));
    EXPECT_TRUE(EndorsementRule::of_signatures(orderers, common::MSPRole::ORDERER)->enough({"A"}));
}

TEST(FabricEndorsementRuleTest, BrokenPoliciesAreRefused) {
    EXPECT_FALSE(EndorsementRule::of_signatures(policy(signed_by(1), {"A"})));
    EXPECT_FALSE(EndorsementRule::of_signatures(policy(signed_by(-1), {"A"})));
    EXPECT_FALSE(EndorsementRule::of_signatures(policy(out_of(-1, {signed_by(0)}), {"A"})));
    auto deep = signed_by(0);
    for (int i = 0; i < 20; ++i) deep = out_of(1, {deep});
    EXPECT_FALSE(EndorsementRule::of_signatures(policy(deep, {"A"})));
}

TEST(FabricEndorsementRuleTest, ManyOrganisationsAreChosenFrom) {
    Names all;
    for (int i = 0; i < 30; ++i) all.push_back("Org" + std::to_string(i));
    EXPECT_EQ(EndorsementRule::some_of(16, all).choose(all).size(), 16U);
}

}  // namespace
}  // namespace bsn::framework::fabric
