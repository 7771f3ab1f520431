// Whose signatures of answers count: nodes of the genesis, and nodes with a certificate of its
// authority.
#include "api/node_keys.hpp"

#include "crypto/certificate_authority.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace bsn::api {
namespace {

constexpr UnixMillis k_now = 1'800'000'000'000;

/// A certificate authority, and nodes that it vouches for.
struct Authority {
    crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
    std::string certificate = crypto::make_authority_certificate(key, "test", k_now, 3650);

    Json node(const crypto::PrivateKey& of) const {
        auto issued = crypto::issue_node_certificate(
            certificate, key, {"node", "somebody", {"localhost"}, of.public_key()}, k_now);
        return {{"id", to_hex(ledger::node_id_of(of.public_key().bytes))},
                {"certificate", issued.value()}};
    }
};

class NodeKeysTest : public ::testing::Test {
  protected:
    NodeKeysTest() {
        genesis.authority = authority.certificate;
        ledger::GenesisNode first;
        first.secp256r1 = old.public_key().bytes;
        genesis.nodes.push_back(first);
    }
    static ledger::NodeId id_of(const crypto::PrivateKey& key) {
        return ledger::node_id_of(key.public_key().bytes);
    }

    Authority authority;
    crypto::PrivateKey old = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
    crypto::PrivateKey joined = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
    ledger::Genesis genesis;
};

TEST_F(NodeKeysTest, KnowsTheNodesOfTheGenesis) {
    NodeKeys keys(genesis);
    ASSERT_NE(keys.find(id_of(old)), nullptr);
    EXPECT_EQ(*keys.find(id_of(old)), old.public_key());
    EXPECT_EQ(keys.find(id_of(joined)), nullptr);
}

TEST_F(NodeKeysTest, LearnsOfNodesThatTheAuthorityVouchesFor) {
    NodeKeys keys(genesis);
    keys.learn({{"nodes", {authority.node(joined)}}});
    ASSERT_NE(keys.find(id_of(joined)), nullptr);
    EXPECT_EQ(*keys.find(id_of(joined)), joined.public_key());
}

TEST_F(NodeKeysTest, BelievesNoOtherCertificate) {
    NodeKeys keys(genesis);
    const crypto::PrivateKey liar = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
    Json foreign = Authority().node(joined);
    Json renamed = authority.node(liar);
    renamed["id"] = to_hex(id_of(joined));
    Json none{{"id", to_hex(id_of(joined))}, {"certificate", "none"}};
    keys.learn({{"nodes", {foreign, renamed, none, 7, nullptr}}});
    EXPECT_EQ(keys.find(id_of(joined)), nullptr);
    for (const Json& malformed : {Json(), Json(1), Json::array(), Json{{"nodes", 1}}}) {
        keys.learn(malformed);
    }
    EXPECT_NE(keys.find(id_of(old)), nullptr);
}

TEST(NodeKeys, TakeTheGoldenNodeAndNobodyElse) {
    const Json golden = Json::parse(std::ifstream(BSN_TESTS_DIR "/vectors/x509.json"));
    ledger::Genesis genesis;
    genesis.authority = golden["authority"];
    NodeKeys keys(genesis);
    auto learn = [&](const std::string& certificate) {
        auto key = crypto::key_of_certificate(certificate);
        const auto id = ledger::node_id_of(key->bytes);
        keys.learn({{"nodes", {{{"id", to_hex(id)}, {"certificate", certificate}}}}});
        return keys.find(id) != nullptr;
    };
    for (const char* other : {"client", "foreign_authority", "foreign_node", "authority"}) {
        EXPECT_FALSE(learn(golden[other])) << other;
    }
    EXPECT_TRUE(learn(golden["node"]["certificate"]));
}

TEST_F(NodeKeysTest, ForgetsWhoIsRevoked) {
    NodeKeys keys(genesis);
    keys.learn({{"nodes", {{{"id", to_hex(id_of(old))}, {"revoked_from", 5}}}}});
    EXPECT_EQ(keys.find(id_of(old)), nullptr);
}

}  // namespace
}  // namespace bsn::api
