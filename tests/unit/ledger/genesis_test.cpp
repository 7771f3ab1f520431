#include "ledger/genesis.hpp"

#include "support/receipt_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace bsn::ledger {
namespace {

using testing::make_key;
using testing::sample_genesis;

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

/// The refusal of what this change makes of a valid genesis.
template <typename Change>
std::string refusal(Change change) {
    Genesis genesis = sample_genesis(3);
    change(genesis);
    auto read = Genesis::from_json(genesis.to_json());
    EXPECT_FALSE(read.ok());
    return read.ok() ? "" : read.error().message;
}

TEST(Genesis, is_written_in_the_documented_layout) {
    Genesis genesis = sample_genesis(1);
    const GenesisNode& node = genesis.nodes[0];
    genesis.name = "测试网 \"one\"";
    const std::string expected = R"({
  "format": "bsn-genesis",
  "version": 1,
  "name": "测试网 \"one\"",
  "created": 1700000000000,
  "ordering": {
    "type": "embedded",
    "id": "07070707070707070707070707070707"
  },
  "approvals": 1,
  "operators": [
    {
      "name": "operator-0",
      "suite": "secp256r1",
      "key": ")" + to_hex(genesis.operators[0].key.bytes) +
                                 R"("
    }
  ],
  "nodes": [
    {
      "name": "city-0",
      "city": "Beijing",
      "operator": "operator-0",
      "secp256r1": ")" + to_hex(node.secp256r1) +
                                 R"(",
      "secp256k1": ")" + to_hex(node.secp256k1) +
                                 R"(",
      "sm2": ")" + to_hex(node.sm2) +
                                 R"(",
      "certificate": "-----BEGIN CERTIFICATE-----\nnode\n-----END CERTIFICATE-----\n"
    }
  ],
  "authority": "-----BEGIN CERTIFICATE-----\nauthority\n-----END CERTIFICATE-----\n"
}
)";
    EXPECT_EQ(genesis.to_json(), expected);
    EXPECT_EQ(genesis.network().view().size(), 32U);
    EXPECT_EQ(to_hex(genesis.network()), to_hex(crypto::hash(HashId::sha256, as_bytes(expected))));
}

TEST(Genesis, survives_writing_and_reading) {
    Genesis genesis = sample_genesis(4, 3);
    genesis.ordering = OrderingType::cometbft;
    for (std::uint8_t number = 1; number < 4; ++number) {
        genesis.nodes[number].validator = Bytes(32, number);
    }
    genesis.approvals = 2;
    genesis.operators[1].key = make_key(SuiteId::sm2, 900).public_key();
    const std::string text = genesis.to_json();
    auto read = Genesis::from_json(text);
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_EQ(read->to_json(), text);
    EXPECT_EQ(read->network(), genesis.network());
    EXPECT_EQ(read->ordering, OrderingType::cometbft);
    EXPECT_TRUE(read->nodes[0].validator.empty()) << "a node need be no validator";
    EXPECT_EQ(read->nodes[3].validator, genesis.nodes[3].validator);
    EXPECT_EQ(read->operators[1].key, genesis.operators[1].key);
    EXPECT_EQ(read->system_epoch(), genesis.system_epoch());
}

TEST(Genesis, names_the_first_epoch_of_the_system_channel) {
    const Genesis genesis = sample_genesis(3);
    const EpochRecord record = genesis.system_epoch();
    EXPECT_EQ(record.channel, system_channel(genesis.network()));
    EXPECT_EQ(record.epoch, 0U);
    EXPECT_EQ(record.from_order_height, 0U);
    EXPECT_EQ(record.suites, std::vector<SuiteId>{SuiteId::secp256r1});
    EXPECT_TRUE(record.revoked.empty());
    ASSERT_EQ(record.peers.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(record.peers[i].node, genesis.nodes[i].id());
        EXPECT_EQ(record.peers[i].name, genesis.nodes[i].name);
        EXPECT_EQ(record.peers[i].operator_name, genesis.nodes[i].operator_name);
        EXPECT_EQ(record.peers[i].keys,
                  std::vector<crypto::PublicKeyBytes>{genesis.nodes[i].secp256r1});
    }
    EXPECT_TRUE(EpochRecord::decode(record.encode()).ok());
}

TEST(Genesis, any_change_makes_another_network) {
    const Genesis genesis = sample_genesis(3);
    Genesis later = genesis;
    later.created += 1;
    EXPECT_NE(later.network(), genesis.network());
    Genesis moved = genesis;
    moved.nodes[2].city = "Shanghai";
    EXPECT_NE(moved.network(), genesis.network());
}

TEST(Genesis, only_the_canonical_form_is_accepted) {
    const std::string text = sample_genesis(3).to_json();
    ASSERT_TRUE(Genesis::from_json(text).ok());
    const std::string hex = to_hex(sample_genesis(3).nodes[0].sm2);
    std::string upper = hex;
    std::transform(upper.begin(), upper.end(), upper.begin(), ::toupper);
    ASSERT_NE(upper, hex);
    const std::vector<std::string> others = {
        text + "\n",
        text.substr(0, text.size() - 1),
        " " + text,
        "\xEF\xBB\xBF" + text,
        replaced(text, "  \"version\"", "    \"version\""),
        replaced(text, "\"version\": 1", "\"version\":1"),
        replaced(text, "\"version\": 1", "\"version\": 1.0"),
        replaced(text, "\"approvals\": 1", "\"approvals\": 65537"),
        replaced(text, "\"created\": 1", "\"created\": -1"),
        replaced(text, hex, upper),
        replaced(text, "Beijing", "\\u0042eijing"),
        replaced(text, "\"approvals\": 1,", "\"approvals\": 1,\n  \"more\": 1,"),
        replaced(text, "\"approvals\": 1,", "\"approvals\": 1,\n  \"approvals\": 1,"),
        replaced(text, "\"approvals\": 1,\n", ""),
        replaced(replaced(text, "\"format\": \"bsn-genesis\",\n  ", ""), "\"version\": 1,",
                 "\"version\": 1,\n  \"format\": \"bsn-genesis\","),
    };
    for (const std::string& other : others) {
        auto read = Genesis::from_json(other);
        ASSERT_FALSE(read.ok()) << other;
        EXPECT_EQ(read.error().code, Code::invalid_argument);
    }
    EXPECT_NE(Genesis::from_json(others[0]).error().message.find("canonical"), std::string::npos);
}

TEST(Genesis, numbers_that_do_not_fit_are_refused_by_name) {
    const std::string text = sample_genesis(3).to_json();
    for (const char* number : {"-1", "1.5", "1e3", "65536", "18446744073709551616", "1.7e23",
                               "170000000001700000000000", "\"1\"", "null"}) {
        auto read = Genesis::from_json(
            replaced(text, "\"approvals\": 1", std::string("\"approvals\": ") + number));
        ASSERT_FALSE(read.ok()) << number;
        EXPECT_NE(read.error().message.find("approvals must be a whole number from 0 to 65535"),
                  std::string::npos)
            << read.error().message;
    }
    auto read = Genesis::from_json(replaced(text, "\"created\": 1", "\"created\": 99999999991"));
    ASSERT_FALSE(read.ok());
    EXPECT_NE(read.error().message.find("created"), std::string::npos) << read.error().message;
}

TEST(Genesis, what_is_no_genesis_is_refused) {
    for (const char* text : {"", "{", "[]", "null", "1", "\"text\"", "{}", "{\"format\": 1}",
                             "{\"format\": \"bsn-receipt\", \"version\": 1}", "\xff"}) {
        auto read = Genesis::from_json(text);
        ASSERT_FALSE(read.ok()) << text;
        EXPECT_EQ(read.error().code, Code::invalid_argument) << text;
    }
    EXPECT_FALSE(Genesis::from_json(std::string(100'000, '[')).ok()) << "deeply nested";
}

TEST(Genesis, an_unknown_version_is_refused_by_name) {
    auto read = Genesis::from_json(
        replaced(sample_genesis(3).to_json(), "\"version\": 1", "\"version\": 77"));
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().code, Code::unsupported_version);
    EXPECT_NE(read.error().message.find("77"), std::string::npos);
}

TEST(Genesis, says_what_is_wrong_with_its_content) {
    auto says = [](const std::string& message, std::string_view part) {
        EXPECT_NE(message.find(part), std::string::npos) << message;
    };
    says(refusal([](Genesis& g) { g.name.clear(); }), "name is empty");
    says(refusal([](Genesis& g) { g.name = "a\x1b[2J"; }), "control characters");
    says(refusal([](Genesis& g) { g.name.assign(257, 'a'); }), "longer than 256");
    says(refusal([](Genesis& g) { g.operators.clear(); }), "no operators");
    says(refusal([](Genesis& g) { g.operators[0].name.clear(); }), "name of an operator");
    says(refusal([](Genesis& g) { g.operators.push_back(g.operators[0]); }), "two operators");
    says(refusal([](Genesis& g) {
             g.operators.push_back(g.operators[0]);
             g.operators.back().name = "other";
         }),
         "another operator's key");
    says(refusal([](Genesis& g) { g.operators[0].key.bytes.data()[0] = 5; }),
         "secp256r1 key of operator-0");
    says(refusal([](Genesis& g) { g.approvals = 0; }), "approvals is 0");
    says(refusal([](Genesis& g) { g.approvals = 2; }), "approvals is 2");
    says(refusal([](Genesis& g) { g.nodes.clear(); }), "no nodes");
    says(refusal([](Genesis& g) { g.nodes[1].name.clear(); }), "name of a node");
    says(refusal([](Genesis& g) { g.nodes[1].city.clear(); }), "city of node");
    says(refusal([](Genesis& g) { g.nodes[1].operator_name.clear(); }), "operator of node");
    says(refusal([](Genesis& g) { g.nodes[1].name = g.nodes[0].name; }), "two nodes");
    says(refusal([](Genesis& g) { std::swap(g.nodes[0], g.nodes[1]); }), "ascend");
    says(refusal([](Genesis& g) { g.nodes[1] = g.nodes[0]; }), "another node's secp256r1 key");
    says(refusal([](Genesis& g) { g.nodes[1].sm2 = g.nodes[0].sm2; }), "another node's sm2 key");
    says(refusal([](Genesis& g) { g.nodes[1].secp256k1 = {}; }), "secp256k1 key of");
    says(refusal([](Genesis& g) { g.nodes[1].sm2 = {}; }), "sm2 key of");
    auto cometbft = [](Genesis& g) {
        g.ordering = OrderingType::cometbft;
        g.nodes[0].validator = Bytes(32, 7);
    };
    says(refusal([](Genesis& g) { g.ordering = OrderingType::cometbft; }), "needs a node that is");
    says(refusal([&](Genesis& g) {
             cometbft(g);
             g.nodes[1].validator = g.nodes[0].validator;
         }),
         "another node's validator key");
    says(refusal([](Genesis& g) { g.nodes[0].validator = Bytes(32, 7); }), "validator");
    const std::string text = sample_genesis(3).to_json();
    says(Genesis::from_json(replaced(text, "embedded", "raft")).error().message, "raft");
    says(Genesis::from_json(replaced(text, "\"suite\": \"secp256r1\"", "\"suite\": \"rsa\""))
             .error()
             .message,
         "rsa");
    says(Genesis::from_json(replaced(text, "0707", "07")).error().message, "id");
    says(Genesis::from_json(replaced(text, "0707", "07g7")).error().message, "id");
}

}  // namespace
}  // namespace bsn::ledger
