// Connection profiles as users of Fabric networks have them, and what is wrong with others.

#include "framework/fabric/outside/connection_profile.hpp"

#include "../client/certificates.hpp"
#include "support/temporary_folder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace bsn::framework::fabric {
namespace {

using registry::FabricServer;

const std::string& pem() {
    static const std::string certificate = testing::TestAuthority("tls ca").certificate;
    return certificate;
}

/// A certificate as a block of YAML.
std::string block(int indent) {
    std::string text = "|\n";
    std::string line;
    for (char c : pem()) {
        line.push_back(c);
        if (c != '\n') continue;
        text += std::string(static_cast<std::size_t>(indent), ' ') + line;
        line.clear();
    }
    return text;
}

/// As those of Fabric's samples, in YAML.
std::string profile(const std::string& more = "") {
    return fmt::format(R"(name: test-network-org1
version: 1.0.0
client:
  organization: Org1
  connection: {{timeout: {{peer: {{endorser: '300'}}}}}}
organizations:
  Org1:
    mspid: Org1MSP
    peers: [peer0.org1.example.com]
    certificateAuthorities: [ca.org1.example.com]
  Org2:
    mspid: Org2MSP
    peers:
    - peer0.org2.example.com
peers:
  peer0.org1.example.com:
    url: grpcs://localhost:7051
    tlsCACerts:
      pem: {}
    grpcOptions:
      ssl-target-name-override: peer0.org1.example.com
      hostnameOverride: peer0.org1.example.com
  peer0.org2.example.com:
    url: grpcs://peer0.org2.example.com:9051
    tlsCACerts: {{path: org2.pem}}
    grpcOptions: {{hostnameOverride: peer0.org2.example.com}}
orderers:
  orderer.example.com:
    url: grpcs://orderer.example.com:7050
certificateAuthorities:
  ca.org1.example.com: {{url: "https://localhost:7054"}}
{})",
                       block(8), more);
}

class ConnectionProfileTest : public ::testing::Test {
  protected:
    ConnectionProfileTest() { std::ofstream(folder / "org2.pem") << pem(); }

    Result<ConnectionProfile> read(const std::string& text) const {
        return read_connection_profile(text, folder / "profile.yaml", "mychannel");
    }
    /// What is said of a text, behind the name of its file.
    std::string mistake(const std::string& text) const {
        auto read_one = read(text);
        if (read_one) return "accepted";
        EXPECT_EQ(read_one.error().code, Code::invalid_argument) << read_one.error().message;
        const std::string file = (folder / "profile.yaml").string();
        EXPECT_TRUE(read_one.error().message.starts_with(file)) << read_one.error().message;
        return read_one.error().message.substr(file.size());
    }
    static std::string replaced(std::string text, const std::string& what,
                                const std::string& with) {
        const std::size_t place = text.find(what);
        EXPECT_NE(place, std::string::npos) << what;
        if (place != std::string::npos) text.replace(place, what.size(), with);
        return text;
    }

    TemporaryFolder folder;
};

TEST_F(ConnectionProfileTest, ReadsPeersAndOrderersOfYaml) {
    auto found = read(profile());
    ASSERT_TRUE(found.ok()) << found.error().message;
    const std::vector<FabricServer> peers{
        {"Org1MSP", "localhost:7051", "peer0.org1.example.com", pem()},
        {"Org2MSP", "peer0.org2.example.com:9051", "", pem()}};
    EXPECT_EQ(found->peers, peers);
    EXPECT_EQ(found->orderers,
              (std::vector<FabricServer>{{"", "orderer.example.com:7050", "", ""}}));
}

TEST_F(ConnectionProfileTest, ReadsTheSameOfJson) {
    const nlohmann::json json{
        {"organizations", {{"Org1", {{"mspid", "Org1MSP"}, {"peers", {"p"}}}}}},
        {"peers",
         {{"p",
           {{"url", "grpcs://localhost:7051"},
            {"tlsCACerts", {{"pem", {pem(), pem()}}}},
            {"grpcOptions", {{"ssl-target-name-override", "localhost"}}}}}}}};
    auto found = read(json.dump(2));
    ASSERT_TRUE(found.ok()) << found.error().message;
    EXPECT_EQ(found->peers,
              (std::vector<FabricServer>{{"Org1MSP", "localhost:7051", "", pem() + pem()}}));
    EXPECT_TRUE(found->orderers.empty());
}

TEST_F(ConnectionProfileTest, CarriageReturnsOfPemAreDropped) {
    std::string text;
    for (char c : pem()) text += c == '\n' ? std::string("\r\n") : std::string(1, c);
    std::ofstream(folder / "org2.pem") << "Subject: somebody\r\n" << text;
    auto found = read(profile());
    ASSERT_TRUE(found.ok()) << found.error().message;
    EXPECT_EQ(found->peers[1].authority, pem());
}

TEST_F(ConnectionProfileTest, TheChannelsOwnServersAreTaken) {
    const std::string other = "channels:\n  other: {peers: {nobody: {}}}\n";
    EXPECT_EQ(read(profile(other))->peers.size(), 2U);
    auto found =
        read(profile("channels:\n  mychannel:\n    orderers: []\n    peers:\n"
                     "      peer0.org1.example.com: {endorsingPeer: true}\n"
                     "      peer0.org2.example.com: {endorsingPeer: false}\n"));
    ASSERT_TRUE(found.ok()) << found.error().message;
    ASSERT_EQ(found->peers.size(), 1U);
    EXPECT_EQ(found->peers[0].msp, "Org1MSP");
    EXPECT_TRUE(found->orderers.empty());
}

TEST_F(ConnectionProfileTest, SaysWhatIsWrongWhere) {
    const std::string url = "grpcs://localhost:7051";
    struct Wrong {
        std::string text;
        std::string sentence;
    };
    const std::vector<Wrong> all{
        {"", "the file is empty"},
        {"- a", "'organizations' is missing"},
        {"a: [", ":"},
        {"organizations: []", ":1: organizations: must be a mapping"},
        {"organizations: {Org1: {peers: [p]}}", ":1: organizations.Org1: 'mspid' is missing"},
        {"organizations: {Org1: {mspid: M, peers: p}}", "organizations.Org1.peers: must be a list"},
        {"organizations: {Org1: {mspid: M, peers: [p]}}", "'peers' lacks p, which is named"},
        {"organizations: {Org1: {mspid: M}}", "there is no peer for channel mychannel"},
        {"organizations: {A: {mspid: M, peers: [p]}, B: {mspid: N, peers: [p]}}",
         "organizations.B.peers: p is of M already"},
        {replaced(profile(), "url: " + url, "urls: x"),
         ":17: peers.peer0.org1.example.com: 'url' is missing"},
        {replaced(profile(), url, "grpc://localhost:7051"), "is without TLS"},
        {replaced(profile(), url, "https://localhost:7051"),
         ".url: 'https://localhost:7051' is no grpcs://HOST:PORT"},
        {replaced(profile(), url, "grpcs://localhost"), "is no grpcs://HOST:PORT"},
        {replaced(profile(), url, "grpcs://localhost:1/x"), "is no grpcs://HOST:PORT"},
        {replaced(profile(), "{path: org2.pem}", "{path: nowhere.pem}"), "tlsCACerts.path: "},
        {replaced(profile(), "{path: org2.pem}", "{pem: ''}"), "there is no certificate in PEM"},
        {replaced(profile(), "{path: org2.pem}", "{pem: \"-----BEGIN CERTIFICATE-----\\nAAAA\"}"),
         "has no end"},
        {replaced(profile(), "{path: org2.pem}",
                  "{pem: \"-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\"}"),
         "cannot be read"},
        {replaced(profile(), "{path: org2.pem}", "{other: 1}"), "has neither 'pem' nor 'path'"},
        {replaced(profile(), "{path: org2.pem}", "text"), "tlsCACerts: must be a mapping"},
        {profile("channels:\n  mychannel: {peers: {lost: {}}}\n"), "'peers' lacks lost"},
        {profile("channels:\n  mychannel: {orderers: [lost]}\n"), "'orderers' lacks lost"},
        {replaced(profile("channels:\n  mychannel: {peers: {alone: {}}}\n"), "peers:\n  peer0.org1",
                  "peers:\n  alone: {url: x}\n  peer0.org1"),
         "peers.alone: it is a peer of none of the 'organizations'"},
        {profile("channels:\n  mychannel: {peers: {}}\n"), "there is no peer for channel"},
    };
    for (const Wrong& wrong : all) {
        EXPECT_NE(mistake(wrong.text).find(wrong.sentence), std::string::npos)
            << mistake(wrong.text) << " instead of " << wrong.sentence;
    }
}

TEST_F(ConnectionProfileTest, SeveralProfilesArePutTogether) {
    std::ofstream(folder / "one.yaml") << profile();
    std::ofstream(folder / "two.yaml") << "organizations: {Org3: {mspid: Org3MSP, peers: [p, q]}}\n"
                                          "peers:\n"
                                          "  p: {url: 'grpcs://localhost:11051'}\n"
                                          "  q: {url: 'grpcs://localhost:7051'}\n";
    auto all = load_connection_profiles({folder / "one.yaml", folder / "two.yaml"}, "mychannel");
    ASSERT_TRUE(all.ok()) << all.error().message;
    ASSERT_EQ(all->peers.size(), 3U);  // localhost:7051 stands in both
    EXPECT_EQ(all->peers[2], (FabricServer{"Org3MSP", "localhost:11051", "", ""}));
    EXPECT_EQ(all->orderers.size(), 1U);
    EXPECT_EQ(load_connection_profiles({folder / "none.yaml"}, "mychannel").error().code,
              Code::not_found);
}

}  // namespace
}  // namespace bsn::framework::fabric
