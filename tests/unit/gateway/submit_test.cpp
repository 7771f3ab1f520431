// Submitting transactions: one, many, and what is wrong with them.
#include "base/codec.hpp"
#include "gateway/errors.hpp"
#include "gateway_fixture.hpp"

namespace bsn::testing {
namespace {

constexpr std::string_view k_target = "/v1/apps/kv/transactions";

std::string batch_of(const std::vector<std::string>& transactions) {
    Writer out;
    out.u32(static_cast<std::uint32_t>(transactions.size()));
    for (const std::string& transaction : transactions) out.bytes(as_bytes(transaction));
    return to_text(out.view());
}

class Submit : public GatewayTest {
  protected:
    void SetUp() override {
        GatewayTest::SetUp();
        serve();
    }
    Answer submit(std::string_view transaction) {
        return post(k_target, gateway::k_bytes_type, transaction);
    }
    Answer submit_batch(std::string_view body) {
        return post(k_target, gateway::k_transactions_type, body);
    }
};

TEST_F(Submit, BytesNeedNoOtherAuthenticationThanTheirOwn) {
    Answer answer = submit("hello");
    EXPECT_EQ(answer.status, 200);
    auto json = answer.json();
    EXPECT_EQ(json["id"], to_hex(FakeChain::id_of(as_bytes("hello"))));
    EXPECT_EQ(json["status"], "success");
    EXPECT_EQ(json["height"], 1);
    EXPECT_EQ(json["index"], 0);
    EXPECT_EQ(json["time"], FakeBackend::k_now + 1);
    EXPECT_EQ(json["result_text"], "hello");
    EXPECT_FALSE(json.contains("error"));
}

TEST_F(Submit, JsonHoldsBase64) {
    auto json = post(k_target, "application/json; charset=utf-8", R"({"transaction":"aGVsbG8="})");
    EXPECT_EQ(json.json()["result_text"], "hello");
    for (const char* body : {R"({"transaction":"aGVsbG8"})", R"({"transaction":5})", R"({})",
                             R"({"transaction":"aGVsbG8=","more":1})"}) {
        EXPECT_EQ(post(k_target, "application/json", body).status, 400) << body;
    }
}

TEST_F(Submit, TheSameBytesGetTheFirstAnswer) {
    auto first = submit("once").json();
    EXPECT_EQ(submit("once").json(), first);
}

TEST_F(Submit, WhatTheContractRefusedIsOnTheLedger) {
    Answer answer = submit("refuse: key is taken");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.json()["status"], "refused");
    EXPECT_EQ(answer.json()["error"], "refuse: key is taken");
}

TEST_F(Submit, EveryErrorHasTheStatusOfTheTable) {
    for (const auto& row : gateway::error_table()) {
        std::string name(code_name(row.code));
        Answer answer = submit("fail " + name);
        EXPECT_EQ(answer.status, static_cast<int>(row.status)) << name;
        EXPECT_EQ(answer.code(), name);
        EXPECT_FALSE(answer.message().empty()) << name;
    }
}

TEST_F(Submit, TimeoutIsHandedOn) {
    EXPECT_EQ(submit("a").status, 200);
    EXPECT_EQ(backend.kv().last_timeout(), 15'000U);
    std::string target = std::string(k_target) + "?timeout_ms=";
    EXPECT_EQ(post(target + "250", gateway::k_bytes_type, "b").status, 200);
    EXPECT_EQ(backend.kv().last_timeout(), 250U);
    for (const char* wrong : {"0", "60001", "-1", "1s", ""}) {
        EXPECT_EQ(post(target + wrong, gateway::k_bytes_type, "c").status, 400) << wrong;
    }
    EXPECT_EQ(post(std::string(k_target) + "?wait=1", gateway::k_bytes_type, "c").status, 400);
}

TEST_F(Submit, BatchAnswersEachInOrder) {
    Answer answer = submit_batch(batch_of({"one", "refuse: two", "fail expired", "four"}));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers["content-type"], gateway::k_results_type);
    Reader in(as_bytes(answer.body));
    ASSERT_EQ(in.u32(), 4U);
    auto expect = [&](std::uint16_t code, std::uint64_t height, std::uint32_t index,
                      std::string_view id, std::string_view error) {
        EXPECT_EQ(in.u16(), code);
        EXPECT_EQ(in.u64(), height);
        EXPECT_EQ(in.u32(), index);
        Bytes expected = id.empty() ? Bytes(32) : FakeChain::id_of(as_bytes(id));
        EXPECT_EQ(to_bytes(in.raw(32)), expected);
        EXPECT_EQ(in.text(), error);
    };
    expect(0, 1, 0, "one", "");
    expect(1, 1, 1, "refuse: two", "refuse: two");
    expect(108, 0, 0, "", "as the transaction wished");
    expect(0, 1, 2, "four", "");
    EXPECT_TRUE(in.finish("results").ok());
}

TEST_F(Submit, BatchOfTheLargestSize) {
    std::vector<std::string> transactions;
    transactions.reserve(4001);
    for (int i = 0; i < 4000; ++i) transactions.push_back("transaction " + std::to_string(i));
    Answer answer = submit_batch(batch_of(transactions));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body.size(), 4 + 4000U * 48);
    transactions.emplace_back("one more");
    EXPECT_EQ(submit_batch(batch_of(transactions)).status, 413);
}

TEST_F(Submit, BatchErrorTextsAreCutAtACharacter) {
    std::string text = "refuse";
    while (text.size() < 3000) text += "号";
    Answer answer = submit_batch(batch_of({text}));
    Reader in(as_bytes(answer.body));
    in.raw(4 + 2 + 8 + 4 + 32);
    std::string error = in.text();
    EXPECT_LE(error.size(), 1024U);
    EXPECT_GE(error.size(), 1021U);
    EXPECT_TRUE(is_utf8(error));
}

TEST_F(Submit, MalformedBatchesAreRefusedWhole) {
    std::string good = batch_of({"one", "two"});
    std::string more_than_there = good;
    more_than_there[3] = 3;
    std::string fewer_than_there = good;
    fewer_than_there[3] = 1;
    std::string huge_count = good;
    huge_count[0] = '\x7f';
    std::string long_length = good;
    long_length[4] = '\x7f';
    for (const std::string& body :
         {std::string(), std::string("abc"), batch_of({}), more_than_there, fewer_than_there,
          long_length, good.substr(0, good.size() - 1), good + "x"}) {
        Answer answer = submit_batch(body);
        EXPECT_EQ(answer.status, 400) << to_hex(as_bytes(body));
        EXPECT_EQ(answer.code(), "invalid_argument");
    }
    EXPECT_EQ(submit_batch(huge_count).status, 413);
    EXPECT_EQ(backend.kv().height(), 0U);
}

TEST_F(Submit, EmptyBodiesAndUnknownTypesAreRefused) {
    EXPECT_EQ(submit("").status, 400);
    Answer answer = post(k_target, "text/plain", "hello");
    EXPECT_EQ(answer.status, 415);
    EXPECT_EQ(answer.code(), "invalid_argument");
    EXPECT_NE(answer.message().find("application/x-bsn-transactions"), std::string::npos);
}

TEST_F(Submit, MetricsCountByResult) {
    submit_batch(batch_of({"one", "two", "refuse", "fail expired"}));
    std::string metrics = get("/metrics").body;
    for (const char* line : {"bsn_gateway_transactions_total{result=\"success\"} 2",
                             "bsn_gateway_transactions_total{result=\"refused\"} 1",
                             "bsn_gateway_transactions_total{result=\"expired\"} 1"}) {
        EXPECT_NE(metrics.find(line), std::string::npos) << line;
    }
}

TEST_F(Submit, WaitingSubmissionsHoldNoThread) {
    std::vector<std::unique_ptr<TestClient>> waiting;
    for (int i = 0; i < 20; ++i) {
        waiting.push_back(std::make_unique<TestClient>(server->port()));
        ASSERT_TRUE(waiting.back()->send(TestClient::encode(
            "POST", k_target, {{"Content-Type", "application/octet-stream"}}, "hold")));
    }
    EXPECT_EQ(get("/v1/apps/open/height").status, 200);
    ASSERT_TRUE(eventually([&] { return backend.kv().held() == 20; }));
    backend.kv().release();
    for (auto& client : waiting) EXPECT_EQ(client->read_answer().status, 200);
}

TEST_F(Submit, AnAnswerAfterTheClientLeftOrTheServerStoppedIsDropped) {
    {
        TestClient gone(server->port());
        gone.send(TestClient::encode("POST", k_target,
                                     {{"Content-Type", "application/octet-stream"}}, "hold"));
        ASSERT_TRUE(eventually([&] { return backend.kv().held() == 1; }));
    }
    backend.kv().release();
    TestClient waiting(server->port());
    waiting.send(TestClient::encode("POST", k_target,
                                    {{"Content-Type", "application/octet-stream"}}, "hold"));
    ASSERT_TRUE(eventually([&] { return backend.kv().held() == 1; }));
    server->stop();
    backend.kv().release();
    EXPECT_EQ(waiting.read_answer().status, 0);
}

}  // namespace
}  // namespace bsn::testing
