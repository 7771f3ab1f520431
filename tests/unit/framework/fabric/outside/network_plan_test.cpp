// What is put on the permission chain of a channel that others run, and identities there.

#include "framework/fabric/outside/network_plan.hpp"

#include "../client/test_channel.hpp"
#include "base/files.hpp"
#include "framework/fabric/client/identity_check.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

namespace bsn::framework::fabric {
namespace {

using registry::FabricServer;
using testing::TestAuthority;
using testing::TestChannel;

class NetworkPlanTest : public ::testing::Test {
  protected:
    Bytes configuration() const {
        return to_bytes(channel_.config_block(channel_.configuration()).SerializeAsString());
    }
    ConnectionProfile profile() const {
        return {{{"Org1MSP", "a:7051", "", tls_.certificate},
                 {"Org2MSP", "b:7051", "peer.b", tls_.certificate}},
                {{"", "o:7050", "", tls_.certificate}}};
    }
    std::string mistake(const std::string& channel, ConnectionProfile profile,
                        Bytes configuration) const {
        auto made = describe_network(channel, std::move(profile), std::move(configuration));
        if (made) return "accepted";
        EXPECT_EQ(made.error().code, Code::invalid_argument);
        return made.error().message;
    }
    static NetworkIdentity file_of(const Identity& identity, const crypto::PrivateKey& key) {
        return {identity.msp_id, identity.certificate, key.to_pem(""), "", ""};
    }

    TestChannel channel_;
    TestAuthority tls_{"tls ca"};
};

TEST_F(NetworkPlanTest, IsReadAgainAsItWasWritten) {
    auto network = describe_network("app", profile(), configuration());
    ASSERT_TRUE(network.ok()) << network.error().message;
    auto again = registry::fabric_network_from(registry::to_json(*network));
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(*again, *network);
    EXPECT_EQ(*trusted_state_of(*network), channel_.trust().to_json());
    EXPECT_EQ(*organizations_without_peer(*network), std::vector<std::string>{"Org3MSP"});
}

TEST_F(NetworkPlanTest, WhatPeersAddToABlockIsNotInIt) {
    const common::Block block = channel_.config_block(channel_.configuration());
    common::Block other = block;
    other.mutable_metadata()->add_metadata("of another peer");
    auto one = describe_network("app", profile(), to_bytes(block.SerializeAsString()));
    auto two = describe_network("app", profile(), to_bytes(other.SerializeAsString()));
    ASSERT_TRUE(one.ok() && two.ok());
    EXPECT_EQ(*one, *two);
}

TEST_F(NetworkPlanTest, OrderersAreThoseOfTheConfigurationIfTheProfileNamesNone) {
    ConnectionProfile without = profile();
    without.orderers.clear();
    // Nobody vouches for them: the channel's TLS authority is no certificate.
    EXPECT_NE(mistake("app", without, configuration()).find("orderer1.example:7050"),
              std::string::npos);
}

TEST_F(NetworkPlanTest, SaysWhatIsWrong) {
    EXPECT_NE(mistake("other", profile(), configuration()).find("is of channel app, not other"),
              std::string::npos);
    ConnectionProfile strange = profile();
    strange.peers[1].msp = "Org9MSP";
    EXPECT_NE(mistake("app", strange, configuration())
                  .find("b:7051 is of Org9MSP, which is no member organisation of channel app"),
              std::string::npos);
    ConnectionProfile unvouched = profile();
    unvouched.peers[0].authority.clear();
    EXPECT_NE(mistake("app", unvouched, configuration()).find("TLS certificate of a:7051"),
              std::string::npos);
    EXPECT_NE(mistake("app", profile(), to_bytes("no block")), "accepted");
    common::Block changed = channel_.config_block(channel_.configuration());
    changed.mutable_header()->set_data_hash(std::string(32, 'x'));
    auto made = describe_network("app", profile(), to_bytes(changed.SerializeAsString()));
    EXPECT_FALSE(made.ok());
}

TEST_F(NetworkPlanTest, NodesShowWhatTheirIdentityHas) {
    auto network = describe_network("app", profile(), configuration());
    ASSERT_TRUE(network.ok());
    auto key = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
    NetworkIdentity identity = file_of(channel_.user, key);
    EXPECT_FALSE(chain_options(*network, identity).ok());  // the key of somebody else
    const std::string own = crypto::make_authority_certificate(key, "node", 1'700'000'000'000, 1);
    identity.certificate = own;
    identity.tls_certificate = "certificate";
    identity.tls_key = "key";
    auto options = chain_options(*network, identity);
    ASSERT_TRUE(options.ok()) << options.error().message;
    EXPECT_EQ(options->channel, "app");
    EXPECT_EQ(options->reader.msp_id, "Org1MSP");
    ASSERT_EQ(options->peers.size(), 2U);
    EXPECT_EQ(options->peers[1].address, "b:7051");
    EXPECT_EQ(options->peers[1].msp_id, "Org2MSP");
    EXPECT_EQ(options->peers[1].tls.server_name, "peer.b");
    EXPECT_EQ(options->peers[1].tls.authority, tls_.certificate);
    EXPECT_EQ(options->orderers.at(0).tls.certificate, "certificate");
}

TEST_F(NetworkPlanTest, IdentitiesAreKeptForTheirOwnerOnly) {
    TemporaryFolder folder;
    const NetworkIdentities identities(folder.path());
    EXPECT_EQ(identities.load("a").error().code, Code::not_found);
    EXPECT_EQ(identities.stamp("a"), NetworkIdentities::Stamp{});
    EXPECT_TRUE(identities.apps()->empty());
    auto key = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
    NetworkIdentity identity{"Org1MSP",
                             crypto::make_authority_certificate(key, "node", 1'700'000'000'000, 1),
                             key.to_pem(""), "", ""};
    ASSERT_TRUE(identity.check().ok());
    ASSERT_TRUE(identities.store("a", identity).ok());
    struct stat found {};
    ASSERT_EQ(::stat(identities.file_of("a").c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0600U);
    EXPECT_EQ(*identities.apps(), std::vector<std::string>{"a"});
    EXPECT_EQ(identities.load("a")->certificate, identity.certificate);
    const auto stamp = identities.stamp("a");
    identity.msp_id = "Org2MSP";
    ASSERT_TRUE(identities.store("a", identity).ok());
    EXPECT_NE(identities.stamp("a"), stamp);
    ::chmod(identities.file_of("a").c_str(), 0640);
    EXPECT_EQ(identities.load("a").error().code, Code::forbidden);
    ASSERT_TRUE(write_file_atomically(identities.file_of("a"), as_bytes("{}"), 0600).ok());
    EXPECT_EQ(identities.load("a").error().code, Code::corrupted);
    EXPECT_TRUE(identities.remove("a").ok());
    EXPECT_EQ(identities.remove("a").error().code, Code::not_found);
}

TEST_F(NetworkPlanTest, KeysMustBelongToTheirCertificates) {
    auto key = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
    auto other = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
    const std::string certificate =
        crypto::make_authority_certificate(key, "node", 1'700'000'000'000, 1);
    auto check = [&](NetworkIdentity identity) {
        Status good = identity.check();
        return good ? std::string("good") : good.error().message;
    };
    const NetworkIdentity good{"M", certificate, key.to_pem(""), "", ""};
    EXPECT_EQ(check(good), "good");
    NetworkIdentity wrong = good;
    wrong.key = other.to_pem("");
    EXPECT_NE(check(wrong).find("not that of the certificate"), std::string::npos);
    wrong.key = crypto::PrivateKey::generate(crypto::SuiteId::sm2).to_pem("");
    EXPECT_NE(check(wrong), "good");
    wrong.key = "no key";
    EXPECT_NE(check(wrong).find("the key"), std::string::npos);
    wrong = good;
    wrong.certificate = "none";
    EXPECT_NE(check(wrong).find("the certificate"), std::string::npos);
    wrong = good;
    wrong.tls_certificate = certificate;
    EXPECT_NE(check(wrong).find("go together"), std::string::npos);
    wrong.tls_key = other.to_pem("");
    EXPECT_NE(check(wrong).find("key for TLS"), std::string::npos);
    wrong.tls_key = good.key;
    EXPECT_EQ(check(wrong), "good");
}

TEST_F(NetworkPlanTest, ARefusedIdentityIsToldWhy) {
    const UnixMillis now = SystemClock().now();
    ChannelTrust trust = channel_.trust();
    auto why = [&](const Identity& identity, UnixMillis time) {
        const Error error = with_cause({Code::forbidden, "access denied"}, trust,
                                       {identity.msp_id, identity.certificate}, time);
        return error.message;
    };
    EXPECT_EQ(why(channel_.user, now), "access denied");
    const UnixMillis years = UnixMillis{3} * 365 * 24 * 3600 * 1000;
    EXPECT_NE(why(channel_.user, now + years).find("expired at"), std::string::npos);
    EXPECT_NE(why(channel_.user, now - years).find("valid from"), std::string::npos);
    Identity other = channel_.user;
    other.msp_id = "Org9MSP";
    EXPECT_NE(why(other, now)
                  .find("Org9MSP is no member organisation of channel app: these are "
                        "Org1MSP, Org2MSP, Org3MSP"),
              std::string::npos);
    other.msp_id = "Org2MSP";  // whose authority has not issued it
    EXPECT_NE(why(other, now).find("not one that Org2MSP takes"), std::string::npos);
    trust.members[0].authorities.revocations = {
        channel_.authorities[0].revoke(channel_.user.certificate)};
    EXPECT_NE(why(channel_.user, now).find("revoked"), std::string::npos);
    // Other errors have causes of their own.
    EXPECT_EQ(with_cause({Code::unavailable, "lost"}, trust, {"Org9MSP", ""}, now).message, "lost");
}

}  // namespace
}  // namespace bsn::framework::fabric
