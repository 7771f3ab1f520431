#include "certificates.hpp"

#include <gtest/gtest.h>

namespace bsn::framework::fabric {
namespace {

using namespace testing;

class FabricOrganizationTest : public ::testing::Test {
  protected:
    const TestAuthority authority_{"org1 ca"};
    const TestAuthority stranger_{"org1 ca"};
    Organization organization_ = organization_of("Org1MSP", authority_);
    const Identity peer_ = authority_.issue("Org1MSP", "peer", "peer1");

    static Code refusal(const Membership& members, const Identity& identity) {
        auto found = members.check(identity.serialized(), "text", identity.sign("text"));
        return found ? Code::internal : found.error().code;
    }
};

TEST_F(FabricOrganizationTest, AMembersRoleIsItsUnit) {
    const Membership members({organization_});
    auto found = members.check(peer_.serialized(), "text", peer_.sign("text"));
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ((*found)->roles, std::set<Role>{Role::peer});
    EXPECT_TRUE(members.may_act_as("Org1MSP", **found, Role::peer));
    EXPECT_FALSE(members.may_act_as("Org1MSP", **found, Role::orderer));
    EXPECT_FALSE(members.may_act_as("Org2MSP", **found, Role::peer));
    EXPECT_TRUE((*found)->certificate.check_time(SystemClock().now()));
    EXPECT_EQ(
        (*found)->certificate.check_time(SystemClock().now() + 366ULL * 86'400'000).error().code,
        Code::expired);
    EXPECT_EQ((*found)->certificate.check_time(0).error().code, Code::expired);
}

TEST_F(FabricOrganizationTest, WithoutUnitsAnyMemberMay) {
    organization_.roles.clear();
    const Membership members({organization_});
    auto found = members.member(peer_.serialized());
    ASSERT_TRUE(found);
    EXPECT_TRUE((*found)->roles.empty());
    EXPECT_TRUE(members.may_act_as("Org1MSP", **found, Role::orderer));
}

TEST_F(FabricOrganizationTest, AdminsMayBeNamed) {
    organization_.admins = {peer_.certificate};
    const Membership members({organization_});
    auto found = members.member(peer_.serialized());
    ASSERT_TRUE(found);
    EXPECT_TRUE((*found)->roles.contains(Role::admin));
}

TEST_F(FabricOrganizationTest, StrangersAreRefused) {
    const Membership members({organization_});
    EXPECT_EQ(refusal(members, peer_), Code::internal);
    EXPECT_EQ(refusal(members, stranger_.issue("Org1MSP", "peer", "peer1")), Code::bad_signature);
    EXPECT_EQ(refusal(members, authority_.issue("Org2MSP", "peer", "peer1")), Code::bad_signature);
    Identity authority = peer_;
    authority.certificate = authority_.certificate;
    EXPECT_EQ(refusal(members, authority), Code::bad_signature);
    EXPECT_EQ(members.check(peer_.serialized(), "text", peer_.sign("other")).error().code,
              Code::bad_signature);
    EXPECT_EQ(members.member("no identity").error().code, Code::invalid_argument);
}

TEST_F(FabricOrganizationTest, IntermediatesVouch) {
    const TestAuthority between("org1 between", &authority_);
    const Identity below = between.issue("Org1MSP", "client", "user");
    EXPECT_EQ(refusal(Membership({organization_}), below), Code::bad_signature);
    organization_.authorities.intermediates = {between.certificate};
    EXPECT_EQ(refusal(Membership({organization_}), below), Code::internal);
    // A unit counts only below the authority that it is bound to.
    organization_.roles[Role::client].authority = between.certificate;
    organization_.roles[Role::peer].authority = between.certificate;
    const Membership members({organization_});
    EXPECT_EQ((*members.member(below.serialized()))->roles, std::set<Role>{Role::client});
    EXPECT_TRUE((*members.member(peer_.serialized()))->roles.empty());
}

TEST_F(FabricOrganizationTest, RevokedOnesAreRefused) {
    organization_.authorities.revocations = {stranger_.revoke(peer_.certificate)};
    EXPECT_EQ(refusal(Membership({organization_}), peer_), Code::internal);
    organization_.authorities.revocations = {authority_.revoke(peer_.certificate)};
    EXPECT_EQ(refusal(Membership({organization_}), peer_), Code::bad_signature);
    EXPECT_EQ(refusal(Membership({organization_}), authority_.issue("Org1MSP", "peer", "peer2")),
              Code::internal);
}

}  // namespace
}  // namespace bsn::framework::fabric
