// A client of JSON-RPC: which endpoint is asked, and what it makes of what comes back.
#include "framework/json_rpc_client.hpp"

#include "support/fake_rpc.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace bsn::framework::rpc {
namespace {

using testing::FakeRpc;

Url url_of(const FakeRpc& server) {
    return *Url::parse(fmt::format("http://127.0.0.1:{}/rpc/app", server.port));
}

HttpCaller caller_of(std::vector<Url> urls, std::uint64_t max_answer = 1U << 20) {
    HttpCallerOptions options;
    options.urls = std::move(urls);
    options.max_answer_bytes = max_answer;
    return HttpCaller(std::move(options));
}

/// A port at which nobody listens any more.
Url gone() {
    const FakeRpc server([](const auto&, const auto&) { return nlohmann::json::object(); });
    return url_of(server);
}

TEST(JsonRpcClient, UrlHasEndpointAndPath) {
    auto url = Url::parse("https://node:8545/rpc/loans?x=1");
    ASSERT_TRUE(url.ok());
    EXPECT_TRUE(url->endpoint.tls);
    EXPECT_EQ(url->path, "/rpc/loans?x=1");
    EXPECT_EQ(Url::parse("http://node:1")->path, "/");
    for (const char* text : {"", "node:1/rpc", "ftp://node/", "http:///rpc", "http://node:1/a b",
                             "http://node:1/a\r\nHost: b", "http://node:x/"}) {
        EXPECT_FALSE(Url::parse(text).ok()) << text;
    }
}

TEST(JsonRpcClient, ResultsAndFailuresAreToldApart) {
    FakeRpc server([](const std::string& method, const nlohmann::json& params) {
        if (method == "echo") return nlohmann::json{{"result", params}};
        return nlohmann::json{{"error", {{"code", -40004}, {"message", "no such block"}}}};
    });
    HttpCaller caller = caller_of({url_of(server)});
    auto good = caller.call("echo", Json::array({1, "two"}));
    ASSERT_TRUE(good.ok()) << good.error().message;
    ASSERT_TRUE(good->ok());
    EXPECT_EQ(**good, Json::array({1, "two"}));
    auto bad = caller.call("other", Json::array());
    ASSERT_TRUE(bad.ok()) << bad.error().message;
    ASSERT_FALSE(bad->ok());
    EXPECT_EQ(bad->error().number, -40004);
    EXPECT_EQ(bad->error().message, "no such block");
}

TEST(JsonRpcClient, ALostEndpointIsPassedOverAndAskedLast) {
    FakeRpc server([](const auto&, const auto&) { return nlohmann::json{{"result", "here"}}; });
    HttpCaller caller = caller_of({gone(), url_of(server)});
    EXPECT_EQ(caller.order(), (std::vector<std::size_t>{0, 1}));
    auto answer = caller.call("any", Json::array());
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(**answer, Json("here"));
    EXPECT_EQ(caller.order(), (std::vector<std::size_t>{1, 0}));
}

TEST(JsonRpcClient, NoEndpointIsUnavailable) {
    HttpCaller caller = caller_of({gone(), gone()});
    auto answer = caller.call("any", Json::array());
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, Code::unavailable) << answer.error().message;
}

TEST(JsonRpcClient, WhatAnEndpointMayHaveHadStaysUnknown) {
    FakeRpc server([](const auto&, const auto&) { return nlohmann::json{{"nothing", 1}}; });
    HttpCaller caller = caller_of({url_of(server), gone()});
    auto answer = caller.call("send", Json::array());
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, Code::unknown_outcome) << answer.error().message;
}

TEST(JsonRpcClient, OversizeAnswersAreNotRead) {
    FakeRpc server([](const auto&, const auto&) {
        return nlohmann::json{{"result", std::string(100'000, 'x')}};
    });
    HttpCaller caller = caller_of({url_of(server)}, 10'000);
    auto answer = caller.call("any", Json::array());
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, Code::too_large) << answer.error().message;
}

TEST(JsonRpcClient, WhatIsNoAnswerIsNone) {
    const std::string good = R"({"jsonrpc":"2.0","id":7,"result":{"a":[1,2]}})";
    ASSERT_TRUE(read_answer(good, 7).ok());
    EXPECT_FALSE(read_answer(good, 8).ok()) << "the answer of another call";
    for (std::size_t size = 0; size < good.size(); ++size) {
        EXPECT_FALSE(read_answer(good.substr(0, size), 7).ok()) << size;
    }
    for (const char* text : {"[]", "null", "7", R"({"id":7})", R"({"id":"7","result":1})",
                             R"({"id":7,"error":"text"})", R"({"result":1})"}) {
        EXPECT_FALSE(read_answer(text, 7).ok()) << text;
    }
    const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
    EXPECT_FALSE(read_answer(R"({"id":7,"result":)" + deep + "}", 7).ok());
    // A failure without what it should have is one all the same.
    auto odd = read_answer(R"({"id":7,"error":{"code":99999999999,"message":5}})", 7);
    ASSERT_TRUE(odd.ok());
    EXPECT_FALSE(odd->ok());
}

}  // namespace
}  // namespace bsn::framework::rpc
