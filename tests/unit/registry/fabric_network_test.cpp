// Member `network` of apps of framework `fabric-network`: docs/registry.md.

#include "registry/app_spec.hpp"
#include "registry/records.hpp"

#include <gtest/gtest.h>

namespace bsn::registry {
namespace {

const std::string k_pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

nlohmann::json good() {
    return {{"name", "a"},
            {"framework", "fabric-network"},
            {"network",
             {{"channel", "my-channel.1"},
              {"peers",
               {{{"msp", "Org1MSP"}, {"address", "a.example:7051"}},
                {{"msp", "Org2MSP"},
                 {"address", "127.0.0.1:7051"},
                 {"server_name", "peer.b"},
                 {"authority", k_pem + k_pem}}}},
              {"orderers", {{{"address", "o:7050"}}}},
              {"configuration", to_base64(as_bytes("block"))}}},
            {"contracts", {{{"name", "papers"}, {"chaincode", "Evidence_1"}}, {{"name", "kv"}}}},
            {"roles", {{{"name", "r"}, {"functions", {"*"}}}}}};
}

std::string refusal(const nlohmann::json& json) {
    auto spec = parse_app_spec(json.dump());
    if (spec) return "";
    EXPECT_EQ(spec.error().code, Code::contract_failed);
    return spec.error().message;
}

TEST(FabricNetworkTest, EveryMemberIsRead) {
    auto spec = parse_app_spec(good().dump());
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    const FabricNetwork expected{"my-channel.1",
                                 {{"Org1MSP", "a.example:7051", "", ""},
                                  {"Org2MSP", "127.0.0.1:7051", "peer.b", k_pem + k_pem}},
                                 {{"", "o:7050", "", ""}},
                                 {{"papers", "Evidence_1"}, {"kv", "kv"}},
                                 to_bytes("block")};
    EXPECT_EQ(spec->fabric_network, expected);
    EXPECT_EQ(spec->suite, crypto::SuiteId::secp256r1);
    EXPECT_TRUE(spec->contracts.empty());
    EXPECT_FALSE(spec->fabric || spec->network || spec->dialect);
}

TEST(FabricNetworkTest, SaysWhatIsWrong) {
    struct Wrong {
        const char* path;
        nlohmann::json value;
        const char* sentence;
    };
    const std::vector<Wrong> all{
        {"/suite", "sm2", "has suite secp256r1"},
        {"/network/channel", "Big", "'Big' is no name of a channel"},
        {"/network/channel", "", "is no name of a channel"},
        {"/network/channel", 1, "'channel' is no text"},
        {"/network/peers", nlohmann::json::array(), "'peers' lists 1 to 50"},
        {"/network/orderers", nlohmann::json::array(), "'orderers' lists 1 to 50"},
        {"/network/peers/0/msp", "-", "peer: member 'msp' has 1 to 100"},
        {"/network/peers/0/address", "a", "peer: member 'address' is no address"},
        {"/network/peers/0/address", "a:", "no address"},
        {"/network/peers/0/address", "a:070", "no address"},
        {"/network/peers/0/address", "a:70000", "no address"},
        {"/network/peers/0/address", "a b:1", "no address"},
        {"/network/peers/0/address", "127.0.0.1:7051", "'peers' lists 127.0.0.1:7051 twice"},
        {"/network/peers/0/server_name", "a b", "'server_name' is no name of a host"},
        {"/network/peers/0/authority", "x", "'authority' holds no PEM certificates"},
        {"/network/peers/0/authority", k_pem + "x", "'authority' holds no PEM certificates"},
        {"/network/peers/0/authority", std::string(20'000, 'A'), "of at most 16384 bytes"},
        {"/network/peers/0/more", 1, "peer: unknown member 'more'"},
        {"/network/orderers/0/msp", "M", "orderer: unknown member 'msp'"},
        {"/network/orderers/0", 1, "orderer is no JSON object"},
        {"/network/configuration", "", "a block in base64"},
        {"/network/configuration", "%", "a block in base64"},
        {"/network/configuration", to_base64(Bytes(257U << 10)), "a block in base64"},
        {"/network/more", 1, "network: unknown member 'more'"},
        {"/network", 1, "network is no JSON object"},
        {"/contracts", nlohmann::json::array(), "at least one of 'contracts'"},
        {"/contracts/0/chaincode", "a b", "contract papers: 'a b' is no name of a chaincode"},
        {"/contracts/0/chaincode", "-a", "is no name of a chaincode"},
        {"/contracts/0/chaincode", "kv", "two stand for the chaincode 'kv'"},
        {"/contracts/0/name", "kv", "'kv' stands twice"},
        {"/contracts/0/name", "K", "'K' is no name for a contract"},
        {"/contracts/0/type", "evidence", "contract: unknown member 'type'"},
        {"/roles", nlohmann::json::array(), "at least one of 'roles'"},
        {"/fabric", nlohmann::json::object(), "unknown member 'fabric'"},
    };
    EXPECT_EQ(refusal(good()), "");
    for (const Wrong& wrong : all) {
        nlohmann::json json = good();
        json[nlohmann::json::json_pointer(wrong.path)] = wrong.value;
        EXPECT_NE(refusal(json).find(wrong.sentence), std::string::npos)
            << wrong.path << ": " << refusal(json) << " instead of " << wrong.sentence;
    }
    nlohmann::json nowhere = good();
    nowhere.erase("network");
    EXPECT_NE(refusal(nowhere).find("needs member 'network'"), std::string::npos);
}

TEST(FabricNetworkTest, TheLargestConfigurationFits) {
    nlohmann::json json = good();
    json["network"]["configuration"] = to_base64(Bytes(256U << 10));
    EXPECT_EQ(refusal(json), "");
}

TEST(FabricNetworkTest, RecordsAreReadAsTheyWereWritten) {
    AppRecord record;
    record.name = "a";
    record.framework = "fabric-network";
    record.epoch.suites = {crypto::SuiteId::secp256r1};
    record.epoch.peers = {{ledger::NodeId{}, "node", "operator", {crypto::PublicKeyBytes{}}}};
    record.fabric_network = parse_app_spec(good().dump())->fabric_network;
    const Bytes bytes = encode(record);
    auto again = decode_app(bytes);
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(again->fabric_network, record.fabric_network);
    EXPECT_TRUE(again->is_foreign() && again->is_on_fabric());
    EXPECT_EQ(encode(*again), bytes);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(decode_app(ByteView(bytes).first(size)).ok()) << size;
    }
}

}  // namespace
}  // namespace bsn::registry
