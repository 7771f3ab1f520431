// The JSON of an app: docs/registry.md, "SPEC".

#include "registry/app_spec.hpp"

#include "registry/packaged_code.hpp"

#include <gtest/gtest.h>

namespace bsn::registry {
namespace {

constexpr const char* k_rest =
    R"("contracts":[{"name":"kv"}],"roles":[{"name":"r","functions":["*"]}])";

std::string with(const std::string& members) {
    return "{" + members + (members.empty() ? "" : ",") + k_rest + "}";
}

std::string refusal(const std::string& json) {
    auto spec = parse_app_spec(json);
    if (spec) return "";
    EXPECT_EQ(spec.error().code, Code::contract_failed);
    return spec.error().message;
}

TEST(AppSpecTest, what_is_left_out_has_the_documented_value) {
    auto spec = parse_app_spec(with(R"("name":"a")"));
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    EXPECT_EQ(spec->description, "");
    EXPECT_EQ(spec->framework, "ledger");
    EXPECT_EQ(spec->suite, crypto::SuiteId::secp256r1);
    EXPECT_TRUE(spec->nodes.empty());
    EXPECT_TRUE(spec->open_to_join);
    EXPECT_EQ(spec->contracts, (std::vector<ledger::ContractControl>{{"kv", "kv", 1}}));
    EXPECT_EQ(spec->roles, (std::vector<ledger::RoleControl>{{"r", false, {"*"}}}));
}

TEST(AppSpecTest, every_member_is_read) {
    auto spec = parse_app_spec(
        R"({"name":"a-1_b","description":"d","framework":"ledger","suite":"sm2",)"
        R"("nodes":["x","y"],"join":"invitation",)"
        R"("contracts":[{"name":"papers","type":"evidence","version":1},{"name":"kv"}],)"
        R"("roles":[{"name":"w","public":true,"functions":["kv.get","papers.*"]}]})");
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    EXPECT_EQ(spec->name, "a-1_b");
    EXPECT_EQ(spec->suite, crypto::SuiteId::sm2);
    EXPECT_EQ(spec->nodes, (std::vector<std::string>{"x", "y"}));
    EXPECT_FALSE(spec->open_to_join);
    EXPECT_EQ(spec->contracts.front(), (ledger::ContractControl{"papers", "evidence", 1}));
    EXPECT_EQ(spec->roles.front(), (ledger::RoleControl{"w", true, {"kv.get", "papers.*"}}));
}

TEST(AppSpecTest, names_can_stand_in_paths_and_lists) {
    const std::string longest(64, 'a');
    for (const std::string& name : {std::string("a"), std::string("0"), longest}) {
        EXPECT_EQ(refusal(with(R"("name":")" + name + "\"")), "");
    }
    for (const std::string& name :
         {std::string(), std::string("A"), std::string("-a"), std::string("_a"), std::string("a b"),
          std::string("a,b"), std::string("a.b"), std::string("a/b"), std::string("\u00e4"),
          longest + "a"}) {
        EXPECT_NE(refusal(with(R"("name":")" + name + "\"")).find("is no name for an app"),
                  std::string::npos)
            << name;
    }
}

struct Wrong {
    std::string json;
    std::string sentence;
};

TEST(AppSpecTest, what_is_wrong_is_named) {
    const std::string a = R"("name":"a",)";
    const std::string contracts = R"("contracts":[{"name":"kv"}])";
    const std::string roles = R"("roles":[{"name":"r","functions":["*"]}])";
    auto app = [&](const std::string& c, const std::string& r) {
        return "{" + a + c + "," + r + "}";
    };
    const std::vector<Wrong> all{
        {"", "is not JSON"},
        {"[]", "is no JSON object"},
        {"\"a\"", "is no JSON object"},
        {with(""), "member 'name' is missing"},
        {with(R"("name":7)"), "member 'name' is no text"},
        {with(R"("name":"system")"), "'system' is the permission chain's own name"},
        {with(a + R"("nmae":1)"), "unknown member 'nmae'"},
        {with(a + R"("description":[])"), "member 'description' is no text"},
        {with(a + R"("description":")" + std::string(1025, 'x') + "\""), "longer than 1024 bytes"},
        {with(a + R"("framework":"corda")"), "does not offer framework 'corda'"},
        {with(a + R"("suite":"rsa")"), "unknown suite 'rsa'"},
        {with(a + R"("nodes":"x")"), "member 'nodes' is no list"},
        {with(a + R"("nodes":[7])"), "holds something that is no text"},
        {with(a + R"("nodes":["x","x"])"), "a city node is named twice"},
        {with(a + R"("join":"never")"), "neither open nor invitation"},
        {"{" + a + roles + "}", "at least one of 'contracts'"},
        {"{" + a + contracts + "}", "at least one of 'roles'"},
        {app(R"("contracts":[])", roles), "at least one of 'contracts'"},
        {app(R"("contracts":[7])", roles), "contract is no JSON object"},
        {app(R"("contracts":[{"name":"kv"},{"name":"kv"}])", roles),
         "contracts: 'kv' stands twice"},
        {app(R"("contracts":[{"name":"KV","type":"kv"}])", roles), "is no name for a contract"},
        {app(R"("contracts":[{"name":"x"}])", roles), "there is no contract type 'x'"},
        {app(R"("contracts":[{"name":"kv","version":99}])", roles), "has no version 99"},
        {app(R"("contracts":[{"name":"kv","version":-1}])", roles), "'version' is no number"},
        {app(R"("contracts":[{"name":"kv","version":1.5}])", roles), "'version' is no number"},
        {app(R"("contracts":[{"name":"kv","version":4294967297}])", roles),
         "'version' is no number"},
        {app(R"("contracts":[{"name":"kv","code":"x"}])", roles), "unknown member 'code'"},
        {app(contracts, R"("roles":[{"functions":["*"]}])"), "role: member 'name' is missing"},
        {app(contracts, R"("roles":[{"name":"R","functions":["*"]}])"), "is no name for a role"},
        {app(contracts, R"("roles":[{"name":"r","public":"yes","functions":["*"]}])"),
         "neither true nor false"},
        {app(contracts, R"("roles":[{"name":"r","functions":["get"]}])"),
         "'get' is none of contract.function, contract.*, *"},
        {app(contracts, R"("roles":[{"name":"r","functions":[{}]}])"), "that is no text"},
        {app(contracts,
             R"("roles":[{"name":"r","functions":["*"]},{"name":"r","functions":["*"]}])"),
         "roles: 'r' stands twice"},
    };
    for (const Wrong& wrong : all) {
        EXPECT_NE(refusal(wrong.json).find(wrong.sentence), std::string::npos)
            << wrong.json.substr(0, 200) << " -> " << refusal(wrong.json);
    }
}

std::string evm_app(const std::string& framework, const std::string& members) {
    return R"({"name":"a","framework":")" + framework + "\"" + members + "}";
}

TEST(AppSpecTest, an_ethereum_app_needs_no_more_than_its_name) {
    auto spec = parse_app_spec(evm_app("ethereum", ""));
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    EXPECT_EQ(spec->suite, crypto::SuiteId::secp256k1);
    ASSERT_TRUE(spec->dialect);
    const ledger::DialectSettings& evm = *spec->dialect;
    EXPECT_EQ(evm.dialect, ledger::Dialect::ethereum);
    EXPECT_EQ(evm.fork, ledger::EvmFork::cancun);
    EXPECT_EQ(evm.chain_id, 0U);
    EXPECT_FALSE(evm.metered);
    EXPECT_EQ(evm.base_fee, 0U);
    EXPECT_EQ(evm.transaction_gas, 30'000'000U);
    EXPECT_EQ(evm.max_code_bytes, 24'576U);
    EXPECT_FALSE(evm.open_accounts);
    EXPECT_TRUE(evm.balances.empty());
    EXPECT_EQ(spec->state_type, ledger::StateCommitmentType::multiset_hash);
    EXPECT_TRUE(spec->contracts.empty());
    EXPECT_EQ(spec->roles, (std::vector<ledger::RoleControl>{{"member", false, {"*"}}}));
}

TEST(AppSpecTest, a_fisco_app_may_use_either_of_its_suites) {
    auto spec = parse_app_spec(evm_app("fisco", R"(,"suite":"sm2","evm":{"accounts":"open"})"));
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    EXPECT_EQ(spec->suite, crypto::SuiteId::sm2);
    EXPECT_EQ(spec->dialect->dialect, ledger::Dialect::fisco);
    EXPECT_EQ(spec->dialect->fork, ledger::EvmFork::istanbul);
    EXPECT_EQ(spec->dialect->chain_id, 1U);
    EXPECT_EQ(spec->dialect->group, 0U);
    EXPECT_EQ(spec->dialect->transaction_gas, 300'000'000U);
    EXPECT_TRUE(spec->dialect->open_accounts);
    EXPECT_EQ(spec->roles, (std::vector<ledger::RoleControl>{{"everybody", true, {"*"}}}));
}

TEST(AppSpecTest, every_member_of_evm_is_read) {
    auto spec = parse_app_spec(evm_app(
        "ethereum",
        R"(,"evm":{"fork":"london","chain_id":7,"gas":"metered","base_fee":5,"transaction_gas":2000000,)"
        R"("max_code_bytes":1000,"accounts":"open","state":"merkle_patricia","balances":{)"
        R"("0x00000000000000000000000000000000000000bb":"256",)"
        R"("0x00000000000000000000000000000000000000aa":"115792089237316195423570985008687907853269984665640564039457584007913129639935"}})"));
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    const ledger::DialectSettings& evm = *spec->dialect;
    EXPECT_EQ(evm.fork, ledger::EvmFork::london);
    EXPECT_EQ(evm.chain_id, 7U);
    EXPECT_TRUE(evm.metered);
    EXPECT_EQ(evm.base_fee, 5U);
    EXPECT_EQ(evm.transaction_gas, 2'000'000U);
    EXPECT_EQ(evm.max_code_bytes, 1'000U);
    EXPECT_EQ(spec->state_type, ledger::StateCommitmentType::merkle_patricia);
    ASSERT_EQ(evm.balances.size(), 2U);
    EXPECT_EQ(evm.balances[0].address.data()[19], 0xaa);
    EXPECT_EQ(to_hex(evm.balances[0].balance), std::string(64, 'f'));
    EXPECT_EQ(evm.balances[1].balance, ledger::word_of(256));
}

TEST(AppSpecTest, what_is_wrong_in_evm_is_named) {
    auto evm = [](const std::string& members) {
        return evm_app("ethereum", R"(,"evm":{)" + members + "}");
    };
    const std::string address = "0x00000000000000000000000000000000000000aa";
    const std::string over =
        "115792089237316195423570985008687907853269984665640564039457584007913129639936";
    const std::vector<Wrong> all{
        {evm_app("ethereum", R"(,"suite":"sm2")"), "an app of framework ethereum has suite"},
        {evm_app("fisco", R"(,"suite":"secp256r1")"), "has suite secp256k1 or sm2"},
        {evm_app("ethereum", R"(,"contracts":[{"name":"kv"}])"), "has no built-in contracts"},
        {evm_app("ledger", R"(,"evm":{},"contracts":[{"name":"kv"}],"roles":[{"name":"r"}])"),
         "unknown member 'evm'"},
        {evm_app("ethereum", R"(,"evm":7)"), "evm is no JSON object"},
        {evm(R"("fork":"tangerine")"), "unknown fork 'tangerine'"},
        {evm(R"("chain_id":4503599627370477)"), "'chain_id' is no number up to"},
        {evm(R"("group":1)"), "unknown member 'group'"},
        {evm(R"("gas":"cheap")"), "'gas' is none of free, metered"},
        {evm(R"("base_fee":1)"), "gas is free, so 'base_fee' is 0"},
        {evm(R"("transaction_gas":999999)"), "'transaction_gas' is below 1000000"},
        {evm(R"("max_code_bytes":524289)"), "'max_code_bytes' is no number up to"},
        {evm(R"("accounts":"all")"), "'accounts' is none of members, open"},
        {evm(R"("state":"verkle")"), "'state' is none of"},
        {evm(R"("balances":[])"), "'balances' is no object"},
        {evm(R"("balances":{"0x12":"1"})"), "'0x12' is no address"},
        {evm(R"("balances":{")" + address + R"(":1})"), "is no text with a whole number"},
        {evm(R"("balances":{")" + address + R"(":""})"), "an amount is empty"},
        {evm(R"("balances":{")" + address + R"(":"1.5"})"), "no whole number below 2^256"},
        {evm(R"("balances":{")" + address + R"(":")" + over + R"("})"), "below 2^256"},
        {evm(R"("speed":1)"), "unknown member 'speed'"},
    };
    for (const Wrong& wrong : all) {
        EXPECT_NE(refusal(wrong.json).find(wrong.sentence), std::string::npos)
            << wrong.json.substr(0, 200) << " -> " << refusal(wrong.json);
    }
}

TEST(AppSpecTest, lists_have_at_most_100_items) {
    auto roles = [](int count) {
        std::string list;
        for (int i = 0; i < count; ++i) {
            list += (i == 0 ? "" : ",") + std::string(R"({"name":"r)") + std::to_string(i) +
                    R"(","functions":["*"]})";
        }
        return R"({"name":"a","contracts":[{"name":"kv"}],"roles":[)" + list + "]}";
    };
    EXPECT_EQ(refusal(roles(100)), "");
    EXPECT_NE(refusal(roles(101)).find("no list of at most 100"), std::string::npos);
}

TEST(AppSpecTest, a_description_is_at_most_448_kib) {
    std::string json = with(R"("name":"a")");
    std::string fits = json + std::string((448U << 10) - json.size(), ' ');
    EXPECT_EQ(refusal(fits), "");
    EXPECT_NE(refusal(fits + " ").find("larger than 458752 bytes"), std::string::npos);
}

/// Names and descriptions are kept and shown: nothing that is no text may come in by escapes.
TEST(AppSpecTest, texts_are_utf8) {
    EXPECT_NE(refusal(with(R"("name":"a","description":"\ud800")")), "");
    EXPECT_NE(refusal(with("\"name\":\"a\",\"description\":\"\xFF\"")), "");
}

/// Deep nesting must not end the process.
TEST(AppSpecTest, deep_nesting_is_refused) {
    EXPECT_NE(refusal(std::string(60'000, '[')), "");
    EXPECT_NE(refusal(std::string(30'000, '[') + std::string(30'000, ']')), "");
    // Within a member that is copied, which takes stack for each level.
    for (std::size_t levels : {8U, 30'000U}) {
        EXPECT_NE(refusal(R"({"name":"a","contracts":)" + std::string(levels, '[') +
                          std::string(levels, ']') + "}")
                      .find("nested deeper than 8 levels"),
                  std::string::npos);
    }
}

/// Of two members with one name, readers see different ones.
TEST(AppSpecTest, a_member_that_stands_twice_is_refused) {
    EXPECT_NE(refusal(with(R"("name":"a","name":"b")")), "");
}

// --- networks outside

constexpr const char* k_sealer =
    "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
    "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";

std::string outside(const std::string& members) {
    return R"({"name":"a","framework":"fisco-network","network":{)" + members + "}}";
}

TEST(AppSpecTest, an_app_on_a_network_outside_says_where_and_whom_to_trust) {
    const std::string sealers = R"("sealers":[")" + std::string(k_sealer) + "\"]";
    const std::string where = R"("endpoints":["http://a:1/rpc/x","https://b"],)";
    auto spec = parse_app_spec(
        outside(where + sealers + R"(,"chain_id":2,"group":3,"quorum":1,"authority":"pem")"));
    ASSERT_TRUE(spec.ok()) << spec.error().message;
    ASSERT_TRUE(spec->network.has_value());
    EXPECT_EQ(spec->network->endpoints,
              (std::vector<std::string>{"http://a:1/rpc/x", "https://b"}));
    EXPECT_EQ(spec->network->chain_id, 2U);
    EXPECT_EQ(spec->network->group, 3U);
    EXPECT_EQ(spec->network->quorum, 1U);
    EXPECT_EQ(spec->network->authority, "pem");
    EXPECT_EQ(to_hex(spec->network->sealers.at(0)), k_sealer);
    EXPECT_EQ(spec->suite, crypto::SuiteId::secp256k1);
    EXPECT_FALSE(spec->dialect.has_value());
    EXPECT_EQ(spec->roles, (std::vector<ledger::RoleControl>{{"member", false, {"*"}}}));

    auto refused = [](const std::string& members, std::string_view what) {
        return refusal(outside(members)).find(what) != std::string::npos;
    };
    EXPECT_TRUE(refused(sealers, "'endpoints'"));
    for (const char* url : {"", "a:1", "ftp://a", "http://a b", "http://a/#x", "http://"}) {
        EXPECT_TRUE(
            refused(R"("endpoints":[")" + std::string(url) + "\"]," + sealers, "is none of http"))
            << url;
    }
    EXPECT_TRUE(refused(where + R"("sealers":[])", "names no sealer"));
    EXPECT_TRUE(refused(where + R"("sealers":["00"])", "is no node id"));
    EXPECT_TRUE(
        refused(where + R"("sealers":[")" + std::string(128, '1') + "\"]", "is no node id"));
    EXPECT_TRUE(refused(
        where + R"("sealers":[")" + std::string(k_sealer) + "\",\"" + std::string(k_sealer) + "\"]",
        "stands twice"));
    EXPECT_TRUE(refused(where + sealers + R"(,"quorum":2)", "a quorum of 2 of 1"));
    EXPECT_TRUE(refused(where + sealers + R"(,"more":2)", "more"));
    EXPECT_NE(refusal(R"({"name":"a","framework":"fisco-network"})").find("'network'"),
              std::string::npos);
    EXPECT_NE(refusal(R"({"name":"a","framework":"fisco-network","suite":"secp256r1"})")
                  .find("secp256k1 or sm2"),
              std::string::npos);
    EXPECT_NE(refusal(with(R"("name":"a","network":{})")), "") << "of other frameworks";
}

std::string packaged(const std::string& type, const std::string& framework = "fabric") {
    return R"({"name":"a","framework":")" + framework + R"(","contracts":[{"name":"x","type":")" +
           type + R"("}],"roles":[{"name":"r","functions":["*"]}]})";
}

TEST(AppSpecTest, contracts_on_fabric_may_be_packages) {
    const std::string digest = std::string(63, '0') + "f";
    for (const char* language : {"golang", "node", "java"}) {
        auto spec = parse_app_spec(packaged(language + (":" + digest)));
        ASSERT_TRUE(spec.ok()) << spec.error().message;
        const auto code = packaged_code(spec->contracts.front().type);
        ASSERT_TRUE(code);
        EXPECT_EQ(code->language, language);
        EXPECT_EQ(to_hex(code->digest), digest);
        EXPECT_EQ(type_of(*code), spec->contracts.front().type);
    }
    for (const std::string& type :
         {"rust:" + digest, "golang:" + digest.substr(1), "golang:" + digest + "0",
          "golang:" + std::string(63, '0') + "F", std::string("golang:"), ":" + digest}) {
        EXPECT_NE(refusal(packaged(type)).find("names no package; write LANGUAGE:SHA256"),
                  std::string::npos)
            << type << " -> " << refusal(packaged(type));
    }
    EXPECT_NE(refusal(packaged("golang:" + digest, "ledger")).find("run on framework fabric only"),
              std::string::npos);
    EXPECT_FALSE(packaged_code("evidence"));
}

}  // namespace
}  // namespace bsn::registry
