// HTTP itself: connections, limits, and requests that are none.
#include "gateway_fixture.hpp"

namespace bsn::testing {
namespace {

using Http = GatewayTest;

TEST_F(Http, ConnectionServesManyRequests) {
    serve();
    TestClient one(server->port());
    for (int i = 0; i < 5; ++i) {
        Answer answer = one.get("/healthz");
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.headers["connection"], "keep-alive");
        EXPECT_EQ(one.get("/nowhere").status, 404);
        EXPECT_EQ(one.post("/v1/apps/kv/transactions", "application/octet-stream", "x").status,
                  200);
    }
    EXPECT_EQ(one.get("/healthz", {{"Connection", "close"}}).headers["connection"], "close");
    EXPECT_TRUE(one.is_closed());
}

TEST_F(Http, RequestsInOneWriteAreAnsweredInOrder) {
    serve();
    TestClient eager(server->port());
    eager.send(TestClient::encode("GET", "/healthz", {}, "") +
               TestClient::encode("GET", "/nowhere", {}, ""));
    EXPECT_EQ(eager.read_answer().status, 200);
    EXPECT_EQ(eager.read_answer().status, 404);
}

TEST_F(Http, ConnectionSurvivesAStreamOfLines) {
    serve();
    TestClient one(server->port());
    std::string body = R"({"ids":["00"]})";
    EXPECT_EQ(one.post("/v1/apps/open/receipts", "application/json", body).status, 200);
    EXPECT_EQ(one.get("/healthz").status, 200);
}

TEST_F(Http, OldClientsGetNoChunks) {
    serve();
    TestClient old(server->port());
    std::string body = R"({"ids":["00"]})";
    old.send(
        "POST /v1/apps/open/receipts HTTP/1.0\r\nContent-Type: application/json\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
    Answer head = old.read_head();
    EXPECT_EQ(head.status, 200);
    EXPECT_FALSE(head.headers.contains("transfer-encoding"));
    EXPECT_EQ(head.headers["connection"], "close");
    EXPECT_TRUE(old.is_closed());
}

TEST_F(Http, ChunkedBodiesAreTaken) {
    serve();
    TestClient one(server->port());
    one.send(
        "POST /v1/apps/kv/transactions HTTP/1.1\r\nContent-Type: application/octet-stream\r\n"
        "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n");
    EXPECT_EQ(one.read_answer().json()["result_text"], "hello");
}

TEST_F(Http, ExpectContinueIsAnswered) {
    serve();
    TestClient careful(server->port());
    careful.send(
        "POST /v1/apps/kv/transactions HTTP/1.1\r\nExpect: 100-continue\r\n"
        "Content-Type: application/octet-stream\r\nContent-Length: 5\r\n\r\n");
    EXPECT_EQ(careful.read_head().status, 100);
    careful.send("hello");
    EXPECT_EQ(careful.read_answer().status, 200);
}

TEST_F(Http, UnknownPathNamesTheDocument) {
    serve();
    for (const char* target : {"/", "/v1", "/v1/apps/", "/v1/apps/kv/", "/v1//apps",
                               "/v1/apps/kv/x", "*", "/healthz/"}) {
        Answer answer = get(target);
        EXPECT_EQ(answer.status, 404) << target;
        EXPECT_EQ(answer.code(), "not_found");
    }
    EXPECT_NE(get("/v2").message().find("/v1/openapi.json"), std::string::npos);
}

TEST_F(Http, WrongMethodSaysWhichIsRight) {
    serve();
    Answer answer = post("/v1/status", "application/json", "{}");
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(answer.headers["allow"], "GET");
    EXPECT_EQ(answer.code(), "invalid_argument");
    EXPECT_EQ(get("/v1/apps/kv/query").headers["allow"], "POST");
}

TEST_F(Http, HeadGetsNoBody) {
    serve();
    TestClient one(server->port());
    one.send("HEAD /healthz HTTP/1.1\r\n\r\n");
    EXPECT_EQ(one.read_head().status, 405);
    EXPECT_FALSE(one.read_chunk().has_value());
}

TEST_F(Http, BrokenEscapesAndDoubledParametersAreRefused) {
    serve();
    for (const char* target :
         {"/v1/apps/%zz", "/v1/apps/%", "/v1/apps/%ff", "/healthz?a=%2",
          "/v1/apps/open/events?from=1&from=2", "/v1/apps/open/events?since=1"}) {
        EXPECT_EQ(get(target).status, 400) << target;
    }
    EXPECT_EQ(get("/v1/apps/%6bv").status, 200);
    EXPECT_EQ(get("/healthz?").status, 200);
}

TEST_F(Http, LongTargetIs414AndLongHeaderIs431) {
    serve();
    Answer long_target = get("/" + std::string(9000, 'a'));
    EXPECT_EQ(long_target.status, 414);
    EXPECT_EQ(long_target.code(), "too_large");
    Answer long_header = get("/healthz", {{"X-Long", std::string(20'000, 'a')}});
    EXPECT_EQ(long_header.status, 431);
    EXPECT_EQ(long_header.code(), "too_large");
    EXPECT_EQ(long_header.headers["connection"], "close");
}

TEST_F(Http, LargeBodyIsRefusedWithoutBeingRead) {
    options.max_body_bytes = 1000;
    serve();
    std::string_view target = "/v1/apps/kv/transactions";
    EXPECT_EQ(post(target, "application/octet-stream", std::string(1000, 'x')).status, 200);

    TestClient announced(server->port());
    announced.send("POST /v1/apps/kv/transactions HTTP/1.1\r\nContent-Length: 1001\r\n\r\n");
    Answer answer = announced.read_answer();
    EXPECT_EQ(answer.status, 413);
    EXPECT_EQ(answer.code(), "too_large");
    EXPECT_NE(answer.message().find("1000 bytes"), std::string::npos);

    TestClient chunked(server->port());
    chunked.send("POST /v1/apps/kv/transactions HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
    chunked.send("800\r\n" + std::string(2048, 'x') + "\r\n");
    EXPECT_EQ(chunked.read_answer().status, 413);
}

TEST_F(Http, ClientThatGoesOnSendingStillReadsTheRefusal) {
    options.max_body_bytes = 1000;
    serve();
    TestClient stubborn(server->port());
    stubborn.send("POST /v1/apps/kv/transactions HTTP/1.1\r\nContent-Length: 8000000\r\n\r\n");
    std::string piece(80'000, 'x');
    for (int i = 0; i < 100; ++i) {
        if (!stubborn.send(piece)) break;
    }
    EXPECT_EQ(stubborn.read_answer().status, 413);
}

TEST_F(Http, LargeBodiesAreBoundedTogether) {
    options.max_receiving_bytes = 1U << 20;
    serve();
    TestClient slow(server->port());
    slow.send(
        "POST /v1/apps/kv/transactions HTTP/1.1\r\nContent-Type: application/octet-stream\r\n"
        "Content-Length: 1000000\r\n\r\n");
    slow.send("x");
    std::string large(100'000, 'y');
    ASSERT_TRUE(eventually([&] {
        return post("/v1/apps/kv/transactions", "application/octet-stream", large).status == 429;
    }));
    EXPECT_EQ(post("/v1/apps/kv/transactions", "application/octet-stream", "small").status, 200);
    slow.close();
    EXPECT_TRUE(eventually([&] {
        return post("/v1/apps/kv/transactions", "application/octet-stream", large).status == 200;
    }));
}

TEST_F(Http, GarbageIsAnsweredWith400) {
    serve();
    for (const std::string& bytes :
         {std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), std::string("hello\r\n"),
          std::string("GET\r\n\r\n"), std::string("GET / HTTP/9.9\r\n\r\n"),
          std::string("GET / HTTP/1.1\r\nno colon\r\n\r\n"), std::string(3000, '\0'),
          std::string("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
          std::string("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")}) {
        TestClient odd(server->port());
        odd.send(bytes);
        Answer answer = odd.read_answer();
        EXPECT_EQ(answer.status, 400) << to_hex(as_bytes(bytes.substr(0, 60)));
        EXPECT_EQ(answer.code(), "invalid_argument");
        EXPECT_EQ(get("/healthz").status, 200);
    }
}

TEST_F(Http, TruncatedRequestsLeaveNothingBehind) {
    serve();
    for (const char* bytes :
         {"", "G", "GET /healthz HTTP/1.1\r\nHost",
          "POST /v1/apps/kv/transactions HTTP/1.1\r\nContent-Length: 10\r\n\r\nab"}) {
        TestClient cut(server->port());
        cut.send(bytes);
        cut.finish_sending();
        EXPECT_TRUE(cut.is_closed());
    }
    EXPECT_TRUE(eventually([&] {
        return get("/metrics").body.find("bsn_http_connections 1\n") != std::string::npos;
    }));
}

TEST_F(Http, SlowRequestsAreCutOff) {
    options.idle_timeout = std::chrono::milliseconds(200);
    serve();
    TestClient silent(server->port());
    TestClient header(server->port());
    header.send("GET /healthz HT");
    TestClient body(server->port());
    body.send("POST /v1/apps/kv/transactions HTTP/1.1\r\nContent-Length: 10\r\n\r\nab");
    EXPECT_TRUE(silent.is_closed());
    EXPECT_TRUE(header.is_closed());
    EXPECT_TRUE(body.is_closed());
}

TEST_F(Http, TooManyConnectionsGet503) {
    options.max_connections = 2;
    serve();
    auto first = std::make_unique<TestClient>(server->port());
    EXPECT_EQ(first->get("/healthz").status, 200);
    TestClient second(server->port());
    EXPECT_EQ(second.get("/healthz").status, 200);
    TestClient third(server->port());
    Answer answer = third.read_answer();
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.code(), "unavailable");
    EXPECT_FALSE(answer.headers["retry-after"].empty());
    EXPECT_TRUE(third.is_closed());
    first.reset();
    EXPECT_TRUE(eventually([&] { return get("/healthz").status == 200; }));
}

TEST_F(Http, OneAddressTakesNotAllConnections) {
    options.max_connections_per_address = 2;
    serve();
    auto first = std::make_unique<TestClient>(server->port());
    EXPECT_EQ(first->get("/healthz").status, 200);
    TestClient second(server->port());
    EXPECT_EQ(second.get("/healthz").status, 200);
    TestClient third(server->port());
    EXPECT_EQ(third.read_answer().status, 503);
    TestClient neighbour(server->port(), "127.0.0.2");
    EXPECT_EQ(neighbour.get("/healthz").status, 200) << "another address has its own";
    first.reset();
    EXPECT_TRUE(eventually([&] { return get("/healthz").status == 200; }));
}

TEST_F(Http, ThisMachinesOwnConnectionsAreBoundedTogetherOnly) {
    options.max_connections = 8;  // a quarter of it for any other address
    serve();
    std::vector<std::unique_ptr<TestClient>> clients;
    for (int i = 0; i < 8; ++i) {
        clients.push_back(std::make_unique<TestClient>(server->port()));
        EXPECT_EQ(clients.back()->get("/healthz").status, 200);
    }
}

TEST_F(Http, ServerWithSeveralThreads) {
    options.threads = 3;
    serve();
    std::vector<std::thread> people;
    people.reserve(8);
    std::atomic<int> good{0};
    for (int i = 0; i < 8; ++i) {
        people.emplace_back([&, i] {
            TestClient one(server->port());
            for (int j = 0; j < 50; ++j) {
                std::string text = std::to_string(i) + "/" + std::to_string(j);
                auto json = one.post("/v1/apps/kv/transactions", "application/octet-stream", text);
                if (json.json().value("result_text", "") == text) ++good;
            }
        });
    }
    for (auto& person : people) person.join();
    EXPECT_EQ(good, 400);
}

}  // namespace
}  // namespace bsn::testing
