// The JSON of an app: docs/registry.md, "SPEC".

#include "registry/app_spec.hpp"

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
        {with(a + R"("framework":"fabric")"), "does not offer framework 'fabric'"},
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

TEST(AppSpecTest, a_description_is_at_most_64_kib) {
    std::string json = with(R"("name":"a")");
    std::string fits = json + std::string((64U << 10) - json.size(), ' ');
    EXPECT_EQ(refusal(fits), "");
    EXPECT_NE(refusal(fits + " ").find("larger than 65536 bytes"), std::string::npos);
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

}  // namespace
}  // namespace bsn::registry
