// Limits in front of every way in: each is refused in its own form, and nothing is done.
#include "../gateway_fixture.hpp"
#include "../still_clock.hpp"
#include "base/codec.hpp"
#include "gateway/fisco/group_traffic.hpp"
#include "gateway/metering/metering.hpp"
#include "gateway/published/mac.hpp"

namespace bsn::testing {
namespace {

using nlohmann::json;

class Doors : public GatewayTest {
  protected:
    void SetUp() override {
        GatewayTest::SetUp();
        backend.set_metering(&metering);
        serve();
    }
    void limit(const std::string& app, const registry::GatewayLimits& limits) {
        backend.change_app(app, [&](registry::App& one) { one.record.gateway.limits = limits; });
    }
    gateway::Usage usage(const std::string& app) {
        return metering.of(*backend.app(app))
            .usage_of(gateway::day_of(clock.now()))
            .value_or(gateway::Usage{});
    }
    static std::string batch_of(const std::vector<std::string>& transactions) {
        Writer out;
        out.u32(static_cast<std::uint32_t>(transactions.size()));
        for (const std::string& transaction : transactions) out.bytes(as_bytes(transaction));
        return to_text(out.view());
    }
    static std::vector<unsigned> statuses(const std::string& body) {
        Reader reader(as_bytes(body));
        std::vector<unsigned> all;
        const std::uint32_t count = reader.u32();
        for (std::uint32_t i = 0; i < count; ++i) {
            all.push_back(reader.u16());
            reader.raw(8 + 4 + 32);
            reader.text();
        }
        EXPECT_TRUE(reader.finish("results").ok());
        return all;
    }

    StillClock clock;
    gateway::Metering metering{
        [this](const ledger::ChannelId& channel) { return backend.app(to_hex(channel)); }, clock,
        backend.metrics()};
};

constexpr const char* k_target = "/v1/apps/open/transactions";

TEST_F(Doors, NativeTransactionsBeyondTheRateAreNotHandedOn) {
    limit("open", {.transactions_per_second = 2});
    EXPECT_EQ(post(k_target, gateway::k_bytes_type, "a").status, 200);
    EXPECT_EQ(post(k_target, gateway::k_bytes_type, "b").status, 200);
    Answer answer = post(k_target, gateway::k_bytes_type, "c");
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.code(), "overloaded");
    EXPECT_EQ(answer.headers["retry-after"], "1");
    EXPECT_NE(answer.message().find("2 transactions a second"), std::string::npos);
    EXPECT_EQ(backend.open().height(), 2U);
    EXPECT_FALSE(backend.open().transaction(FakeChain::id_of(as_bytes("c"))).ok());
    EXPECT_EQ(post("/v1/apps/kv/transactions", gateway::k_bytes_type, "d").status, 200)
        << "another app has limits of its own";
    EXPECT_EQ(usage("open").transactions, 2U);
    EXPECT_EQ(usage("open").refused, 0U) << "nobody knows who sent it";
}

TEST_F(Doors, OfABatchTheFirstGoOn) {
    limit("open", {.transactions_per_second = 2});
    Answer answer =
        post(k_target, gateway::k_transactions_type, batch_of({"a", "refuse b", "c", "d"}));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(statuses(answer.body), (std::vector<unsigned>{0, 1, 117, 117}));
    EXPECT_FALSE(backend.open().transaction(FakeChain::id_of(as_bytes("c"))).ok());
    answer = post(k_target, gateway::k_transactions_type, batch_of({"c", "d"}));
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.code(), "overloaded");
}

std::vector<std::string> many(std::size_t count, const std::string& text) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < count; ++i) all.push_back(fmt::format("{} {}", text, i));
    return all;
}

TEST_F(Doors, WhatIsNobodysOfTheAppCostsItNothing) {
    constexpr std::uint64_t k_rate = 50;
    constexpr const char* k_kv = "/v1/apps/kv/transactions";
    limit("kv", {.transactions_per_second = k_rate, .traffic_bytes_per_day = 100'000});
    const std::string by_member = "by " + to_hex(member.id) + " kv set";
    backend.change_app(
        "kv", [](registry::App& app) { app.record.roles.front().functions.push_back("kv.set"); });
    auto forged = many(k_rate, by_member);
    for (std::string& one : forged) one += " forged";
    auto expect_all = [&](const std::vector<std::string>& sent, unsigned code) {
        const Answer answer = post(k_kv, gateway::k_transactions_type, batch_of(sent));
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(statuses(answer.body), std::vector<unsigned>(sent.size(), code));
    };
    for (int round = 0; round < 3; ++round) {
        expect_all(many(4000, "rubbish"), 101);
        expect_all(many(4000, "by " + to_hex(stranger.id) + " kv set"), 113);
        expect_all(many(4000, "by " + to_hex(member.id) + " kv secret"), 113);
        expect_all(forged, 104);
        EXPECT_EQ(post(k_kv, gateway::k_bytes_type, "rubbish").status, 400);
        EXPECT_EQ(post(k_kv, gateway::k_transactions_type, "x").status, 400);
    }
    EXPECT_EQ(usage("kv"), gateway::Usage{});
    // All that it may send goes on now, and once: who has them can send them again.
    const auto good = many(k_rate, by_member);
    expect_all(good, 0);
    EXPECT_EQ(post(k_kv, gateway::k_bytes_type, by_member).status, 429);
    clock.pass(1000);
    for (int round = 0; round < 3; ++round) expect_all(good, 0);
    const gateway::Usage after = usage("kv");
    EXPECT_EQ(after.transactions, k_rate);
    EXPECT_EQ(after.traffic_in, batch_of(good).size() - 4 - 4 * k_rate) << "what was taken";
    clock.pass(1000);
    // Between others', in their places.
    const Answer mixed =
        post(k_kv, gateway::k_transactions_type,
             batch_of({"rubbish", by_member + " a", "by 00 kv set", forged[0], by_member + " b"}));
    EXPECT_EQ(statuses(mixed.body), (std::vector<unsigned>{101, 0, 101, 104, 0}));
    EXPECT_EQ(usage("kv").transactions, k_rate + 2);
}

TEST_F(Doors, WhoIsOftenRefusedWaits) {
    server->stop();
    options.refused_per_second = 100;
    serve();
    auto send = [&](const std::string& text, std::size_t count) {
        return post(k_target, gateway::k_transactions_type, batch_of(many(count, text)));
    };
    EXPECT_EQ(send("rubbish", 100).status, 200);
    EXPECT_EQ(send("rubbish", 1000).status, 200) << "a second's worth is paid off later";
    const Answer refused = send("good", 1);
    EXPECT_EQ(refused.status, 429);
    EXPECT_NE(refused.message().find("127.0.0.1"), std::string::npos) << refused.message();
    EXPECT_GE(std::stoi(refused.headers.at("retry-after")), 9);
    EXPECT_EQ(get("/v1/apps/open/height").status, 200) << "who asks for other things may";
}

TEST(Strangers, ArePaidOffByTheRate) {
    gateway::Strangers strangers(10);
    const auto one = *net::IpAddress::parse("2001:db8::1");
    const auto neighbour = *net::IpAddress::parse("2001:db8::ffff:2");
    const auto other = *net::IpAddress::parse("2001:db8:0:1::1");
    strangers.note(one, 11, 1000);
    EXPECT_TRUE(strangers.turn_away(one, 1000).has_value());
    EXPECT_TRUE(strangers.turn_away(neighbour, 1000).has_value()) << "a site has one account";
    EXPECT_FALSE(strangers.turn_away(other, 1000).has_value());
    EXPECT_FALSE(strangers.turn_away(one, 1101).has_value());
    strangers.note(one, 100, 2000);
    EXPECT_EQ(strangers.turn_away(one, 2000)->retry_after_s, 10U);
    EXPECT_FALSE(strangers.turn_away({}, 2000).has_value()) << "a node that hands on";
    gateway::Strangers usual(std::nullopt);
    const auto own = *net::IpAddress::parse("127.0.0.1");
    usual.note(own, 1'000'000, 1000);
    usual.note(one, 1'000'000, 1000);
    EXPECT_FALSE(usual.turn_away(own, 1000).has_value());
    EXPECT_TRUE(usual.turn_away(one, 1000).has_value());
}

TEST_F(Doors, QueriesCountAsTrafficOnly) {
    limit("open", {.transactions_per_second = 1});
    const std::string body = R"({"contract":"kv","function":"echo","arguments":["x"]})";
    std::size_t out = 0;
    for (int i = 0; i < 3; ++i) {
        Answer answer = post("/v1/apps/open/query", gateway::k_json_type, body);
        EXPECT_EQ(answer.status, 200);
        out += answer.body.size();
    }
    EXPECT_EQ(usage("open").transactions, 0U);
    EXPECT_EQ(usage("open").traffic_in, 3 * body.size());
    EXPECT_EQ(usage("open").traffic_out, out);
}

TEST_F(Doors, WhatIsAnsweredByAnErrorIsNotCounted) {
    EXPECT_EQ(post("/v1/apps/kv/query", gateway::k_json_type, "{}").status, 400);
    EXPECT_EQ(get("/v1/apps/kv/height").status, 401);
    EXPECT_EQ(usage("kv").traffic(), 0U);
}

TEST_F(Doors, StreamsAreCountedAsTheyAreSent) {
    backend.open().add_block({"one", "two"});
    backend.open().set_proof(FakeChain::id_of(as_bytes("one")), std::string(5000, 'p'));
    const std::string body = json{{"ids", {to_hex(FakeChain::id_of(as_bytes("one")))}}}.dump();
    Answer answer = post("/v1/apps/open/receipts", gateway::k_json_type, body);
    EXPECT_EQ(answer.status, 200);
    EXPECT_GE(usage("open").traffic_out, 5000U);
}

TEST_F(Doors, TrafficTurnsAwayAllWaysIntoTheApp) {
    limit("open", {.traffic_bytes_per_day = 1});
    EXPECT_EQ(get("/v1/apps/open/height").status, 200);
    for (const char* target :
         {"/v1/apps/open/height", "/v1/apps/open/blocks/1", "/v1/apps/open/events"}) {
        Answer answer = get(target);
        EXPECT_EQ(answer.status, 429) << target;
        EXPECT_EQ(answer.headers["retry-after"], "86400") << target;
    }
    EXPECT_EQ(post(k_target, gateway::k_bytes_type, "a").status, 429);
    EXPECT_EQ(backend.open().height(), 0U);
    EXPECT_EQ(get("/v1/apps/open").status, 200) << "its publisher must see the limits";
    EXPECT_EQ(get_as(member, "/v1/apps/kv/height").status, 200);
    EXPECT_EQ(usage("open").refused, 0U) << "nobody knows who asked";
}

TEST_F(Doors, JsonRpcIsRefusedUnderTheIdsOfItsCalls) {
    limit("open", {.traffic_bytes_per_day = 1});
    EXPECT_EQ(post("/rpc/open", gateway::k_json_type, "hello").body, "echo hello");
    Answer answer = post("/rpc/open", gateway::k_json_type,
                         R"({"jsonrpc":"2.0","id":7,"method":"eth_blockNumber"})");
    EXPECT_EQ(answer.status, 429);
    EXPECT_TRUE(answer.headers.contains("retry-after"));
    EXPECT_EQ(answer.json()["id"], 7);
    EXPECT_EQ(answer.json()["error"]["code"], -32005);
    answer = post("/rpc/open", gateway::k_json_type,
                  R"([{"jsonrpc":"2.0","id":"a","method":"x"},{"jsonrpc":"2.0","method":"y"}])");
    ASSERT_EQ(answer.json().size(), 1U);
    EXPECT_EQ(answer.json()[0]["id"], "a");
}

TEST_F(Doors, StorageEndsTransactions) {
    limit("open", {.storage_bytes = 100});
    metering.of(*backend.app("open")).set_counted_blocks({1, 100});
    Answer answer = post(k_target, gateway::k_bytes_type, "a");
    EXPECT_EQ(answer.status, 429);
    EXPECT_NE(answer.message().find("storage_bytes"), std::string::npos);
    EXPECT_EQ(get("/v1/apps/open/height").status, 200);
}

TEST_F(Doors, ThePublishedProtocolRefusesInItsOwnForm) {
    backend.change_app("kv", [](registry::App& app) { app.record.gateway.published = true; });
    auto ask = [&](const char* path, const json& body) {
        const std::string user = to_hex(member.id);
        const json request{{"header", {{"userCode", user}, {"appCode", "kv"}}},
                           {"mac", gateway::published::make_mac(member.key, user + "kv")},
                           {"body", body}};
        Answer answer = post(path, gateway::k_json_type, request.dump());
        EXPECT_EQ(answer.status, 200);
        return answer.json();
    };
    EXPECT_EQ(ask("/api/app/getAppInfo", nullptr)["header"]["code"], 0);
    EXPECT_EQ(usage("kv"), gateway::Usage{}) << "nobody has signed that";
    EXPECT_EQ(ask("/api/fabric/v1/node/getLedgerInfo", json::object())["header"]["code"], 0);
    EXPECT_GT(usage("kv").traffic_in, 0U);
    EXPECT_GT(usage("kv").traffic_out, 0U);
    limit("kv", {.traffic_bytes_per_day = 1});
    for (const char* path : {"/api/app/getAppInfo", "/api/fabric/v1/node/getLedgerInfo"}) {
        json answer = ask(path, json::object());
        EXPECT_EQ(answer["header"]["code"], -1) << path;
        EXPECT_NE(answer["header"]["msg"].get<std::string>().find("traffic_bytes_per_day"),
                  std::string::npos)
            << path;
    }
}

TEST(ChannelProtocol, CallsNameTheirGroups) {
    using gateway::fisco::groups_of;
    EXPECT_EQ(groups_of(R"({"jsonrpc":"2.0","id":1,"method":"m","params":[3,"x"]})"),
              (std::set<std::uint64_t>{3}));
    EXPECT_EQ(groups_of(R"([{"jsonrpc":"2.0","id":1,"method":"m","params":["2"]},)"
                        R"({"jsonrpc":"2.0","id":1,"method":"m","params":[1]}])"),
              (std::set<std::uint64_t>{1, 2}));
    for (const char* none : {"", "[", "{}", R"({"params":[]})", R"({"params":{"a":1}})",
                             R"({"params":["x"]})", R"({"params":[-1]})"}) {
        EXPECT_TRUE(groups_of(none).empty()) << none;
    }
}

}  // namespace
}  // namespace bsn::testing
