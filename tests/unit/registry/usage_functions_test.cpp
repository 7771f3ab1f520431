// Gateways: their settings of an app, and what they did. docs/registry.md, "Gateways".

#include "registry/app_spec.hpp"
#include "registry_fixture.hpp"

#include <nlohmann/json.hpp>

namespace bsn::registry {
namespace {

using namespace testing;

class UsageFunctionsTest : public RegistryTest {
  protected:
    nlohmann::json usage(const std::string& app, const std::string& day) {
        return nlohmann::json::parse(chain.ok(bob, "usage", {app, day}));
    }
    Person node{100};  // city-0
    Person another{101};
};

TEST_F(UsageFunctionsTest, an_app_has_the_settings_that_the_publisher_gives) {
    publish(R"("gateway":{"published":true,"limits":{"transactions_per_second":7}},)");
    GatewaySettings settings;
    settings.published = true;
    settings.limits.transactions_per_second = 7;
    EXPECT_EQ(chain.app("kv").gateway, settings);
    chain.ok(publisher, "set_gateway",
             {"kv", R"({"keys":"upload","limits":{"storage_bytes":9,"traffic_bytes_per_day":8}})"});
    settings = {false, KeyMode::upload, {std::nullopt, 8, 9}};
    EXPECT_EQ(chain.app("kv").gateway, settings) << "all of it is replaced";
    chain.ok(publisher, "set_gateway", {"kv", "{}"});
    EXPECT_EQ(chain.app("kv").gateway, GatewaySettings{});
    expect_contains(chain.refusal(alice, "set_gateway", {"kv", "{}"}), "only its publisher");
}

TEST_F(UsageFunctionsTest, settings_that_are_wrong_are_named) {
    publish();
    const std::vector<std::pair<const char*, const char*>> all{
        {"", "the gateway's settings is not JSON"},
        {"[]", "gateway is no JSON object"},
        {R"({"open":true})", "gateway: unknown member 'open'"},
        {R"({"published":1})", "gateway: member 'published' is neither true nor false"},
        {R"({"keys":"x"})", "gateway: member 'keys' is neither trust nor upload"},
        {R"({"limits":[]})", "limits is no JSON object"},
        {R"({"limits":{"x":1}})", "limits: unknown member 'x'"},
        {R"({"limits":{"storage_bytes":0}})",
         "limits: member 'storage_bytes' is 0; a limit is at least 1, and none if left out"},
        {R"({"limits":{"storage_bytes":-1}})", "limits: member 'storage_bytes' is no number"},
        {R"({"limits":{"storage_bytes":1.5}})", "limits: member 'storage_bytes' is no number"},
        {R"({"limits":{"transactions_per_second":1000001}})",
         "limits: member 'transactions_per_second' is no number up to 1000000"},
        {R"({"limits":{"traffic_bytes_per_day":1125899906842625}})",
         "limits: member 'traffic_bytes_per_day' is no number up to 1125899906842624"}};
    for (const auto& [json, sentence] : all) {
        EXPECT_EQ(chain.refusal(publisher, "set_gateway", {"kv", json}), sentence) << json;
        auto app = parse_app_spec(spec("x", R"("gateway":)" + std::string(json) + ","));
        EXPECT_FALSE(app.ok()) << json;
    }
}

TEST_F(UsageFunctionsTest, city_nodes_say_what_they_did_on_a_day) {
    publish();
    chain.ok(node, "record_usage",
             {"2026-02-28", R"({"kv":{"transactions":1,"refused":2,"traffic_bytes":3,)"
                            R"("storage_bytes":9007199254740991}})"});
    chain.ok(another, "record_usage", {"2026-02-28", R"({"kv":{"transactions":5}})"});
    auto json = usage("kv", "2026-02-28");
    EXPECT_EQ(json["app"], "kv");
    EXPECT_EQ(json["day"], "2026-02-28");
    ASSERT_EQ(json["nodes"].size(), 2U);
    std::map<std::string, nlohmann::json> by_name;
    for (const auto& one : json["nodes"]) by_name[one["name"]] = one;
    EXPECT_EQ(by_name["city-0"],
              nlohmann::json({{"node", to_hex(ledger::node_id_of(node.key.public_key().bytes))},
                              {"name", "city-0"},
                              {"transactions", 1},
                              {"refused", 2},
                              {"traffic_bytes", 3},
                              {"storage_bytes", 9007199254740991}}));
    EXPECT_EQ(by_name["city-1"]["transactions"], 5);
    EXPECT_TRUE(usage("kv", "2026-03-01")["nodes"].empty());
}

TEST_F(UsageFunctionsTest, a_node_replaces_its_own_record_app_by_app) {
    publish();
    chain.ok(publisher, "publish_app", {spec("b")});
    chain.ok(node, "record_usage",
             {"2026-01-31", R"({"kv":{"transactions":1,"refused":1},"b":{"transactions":2}})"});
    chain.ok(node, "record_usage", {"2026-01-31", R"({"kv":{"transactions":3}})"});
    EXPECT_EQ(usage("kv", "2026-01-31")["nodes"][0]["transactions"], 3);
    EXPECT_EQ(usage("kv", "2026-01-31")["nodes"][0]["refused"], 0);
    EXPECT_EQ(usage("kv", "2026-01-31")["nodes"].size(), 1U);
    EXPECT_EQ(usage("b", "2026-01-31")["nodes"][0]["transactions"], 2);
}

TEST_F(UsageFunctionsTest, only_city_nodes_say_so) {
    publish();
    EXPECT_EQ(chain.refusal(alice, "record_usage", {"2026-01-31", R"({"kv":{}})"}),
              "record_usage is for city nodes, which sign with their secp256r1 keys");
    chain.ok(op, "revoke_node", {"city-0"});
    EXPECT_EQ(chain.refusal(node, "record_usage", {"2026-01-31", R"({"kv":{}})"}),
              "city node city-0 is revoked, and not active");
}

TEST_F(UsageFunctionsTest, days_are_of_the_calendar) {
    publish();
    for (const char* day : {"", "2026-1-31", "2026-01-32", "2026-13-01", "2026-00-10", "2026-02-29",
                            "2100-02-29", "2026/01/31", "2026-01-3x", "2026-04-31", "2026-01-00"}) {
        const std::string sentence = "'" + std::string(day) + "' is no day; write it as 2026-01-31";
        EXPECT_EQ(chain.refusal(node, "record_usage", {day, R"({"kv":{}})"}), sentence);
        EXPECT_EQ(chain.refusal(bob, "usage", {"kv", day}), sentence);
    }
    for (const char* day : {"2024-02-29", "2000-02-29", "2026-12-31"}) {
        chain.ok(node, "record_usage", {day, R"({"kv":{}})"});
    }
}

TEST_F(UsageFunctionsTest, usage_that_is_wrong_is_named) {
    publish();
    const std::vector<std::pair<const char*, const char*>> all{
        {"{", "the usage is not JSON"},
        {"[]", "the usage names no app"},
        {"{}", "the usage names no app"},
        {R"({"x":{}})", "there is no app 'x'"},
        {R"({"kv":1})", "usage of kv is no JSON object"},
        {R"({"kv":{"x":1}})", "usage of kv: unknown member 'x'"},
        {R"({"kv":{"refused":-1}})", "usage of kv: member 'refused' is no number"},
        {R"({"kv":{"refused":9007199254740992}})",
         "usage of kv: member 'refused' is no number up to 9007199254740991"}};
    for (const auto& [json, sentence] : all) {
        EXPECT_EQ(chain.refusal(node, "record_usage", {"2026-01-31", json}), sentence) << json;
    }
}

}  // namespace
}  // namespace bsn::registry
