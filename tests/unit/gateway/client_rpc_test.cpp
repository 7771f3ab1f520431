// The JSON-RPC of a dialect's clients: by HTTP, and over WebSocket with a client of Boost's.
#include "gateway_fixture.hpp"
#include "websocket_client.hpp"

namespace bsn::testing {
namespace {

class ClientRpc : public GatewayTest {
  protected:
    Answer call(std::string_view app, std::string_view body, Headers headers = {}) {
        return post("/rpc/" + std::string(app), "application/json", body, headers);
    }
    static std::string error_message(const Answer& answer) {
        return answer.json().value("error", nlohmann::json::object()).value("message", "");
    }
};

TEST_F(ClientRpc, AnswersByHttp) {
    serve();
    Answer answer = call("open", "hello");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers["content-type"], "application/json");
    EXPECT_EQ(answer.body, "echo hello");
    EXPECT_FALSE(answer.headers.contains("access-control-allow-origin"));
    EXPECT_EQ(call("open", "silent").body, "");
}

TEST_F(ClientRpc, RefusesInTheFormThatItsClientsKnow) {
    serve();
    Answer unknown = call("nobody", "hello");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.json()["jsonrpc"], "2.0");
    EXPECT_EQ(unknown.json()["error"]["code"], -32000);
    EXPECT_NE(error_message(unknown).find("no app \"nobody\""), std::string::npos);
    EXPECT_EQ(call("elsewhere", "hello").status, 503);
    EXPECT_NE(error_message(call("system", "hello")).find("speak no JSON-RPC"), std::string::npos);
    EXPECT_EQ(post("/rpc/open", "text/plain", "hello").status, 415);
    EXPECT_EQ(get("/rpc/open").status, 426);
}

TEST_F(ClientRpc, RefusesWhatIsTooLong) {
    options.rpc.max_message_bytes = 100;
    serve();
    EXPECT_EQ(call("open", std::string(100, 'x')).status, 200);
    Answer long_one = call("open", std::string(101, 'x'));
    EXPECT_EQ(long_one.status, 413);
    EXPECT_EQ(error_message(long_one), "request too large: at most 100 bytes");
}

TEST_F(ClientRpc, OfAnAppWithoutAPublicRoleAnswersItsMembersOnly) {
    serve();
    EXPECT_EQ(call("kv", "hello").status, 401);
    Headers headers = signed_by(member, "POST", "/rpc/kv", "hello");
    EXPECT_EQ(call("kv", "hello", headers).body, "echo hello");
    EXPECT_EQ(call("kv", "hello", signed_by(stranger, "POST", "/rpc/kv", "hello")).status, 403);
    WebSocketClient socket(server->port());
    EXPECT_EQ(socket.open("/rpc/kv"), 401U);
}

TEST_F(ClientRpc, AnswersThePagesThatTheOperatorNamed) {
    options.rpc.origins = {"https://wallet.example"};
    serve();
    Headers named{{"Origin", "https://wallet.example"}};
    Answer answer = call("open", "hello", named);
    EXPECT_EQ(answer.body, "echo hello");
    EXPECT_EQ(answer.headers["access-control-allow-origin"], "https://wallet.example");
    EXPECT_EQ(answer.headers["vary"], "Origin");
    Answer preflight = client().call("OPTIONS", "/rpc/open", named, "");
    EXPECT_EQ(preflight.status, 200);
    EXPECT_EQ(preflight.headers["access-control-allow-methods"], "POST");
    EXPECT_EQ(preflight.headers["access-control-allow-headers"], "Content-Type, Authorization");

    Headers other{{"Origin", "https://evil.example"}};
    EXPECT_EQ(call("open", "hello", other).status, 403);
    EXPECT_EQ(client().call("OPTIONS", "/rpc/open", other, "").status, 403);
    EXPECT_EQ(WebSocketClient(server->port()).open("/rpc/open", "https://evil.example"), 403U);
    EXPECT_EQ(WebSocketClient(server->port()).open("/rpc/open", "https://wallet.example"), 101U);
}

TEST_F(ClientRpc, AnswersAllPagesIfToldSo) {
    options.rpc.origins = {"*"};
    serve();
    EXPECT_EQ(call("open", "hello", {{"Origin", "null"}}).headers["access-control-allow-origin"],
              "null");
}

TEST_F(ClientRpc, BoundsTheRequestsInProgress) {
    options.rpc.max_calls = 1;
    serve();
    TestClient first(server->port());
    first.send(
        TestClient::encode("POST", "/rpc/open", {{"Content-Type", "application/json"}}, "hold"));
    ASSERT_TRUE(eventually([&] { return backend.open().rpc().held() == 1; }));
    Answer refused = call("open", "hello");
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.json()["error"]["code"], -32005);
    backend.open().rpc().release();
    EXPECT_EQ(first.read_answer().body, "released");
    EXPECT_EQ(call("open", "hello").status, 200);
}

TEST_F(ClientRpc, SpeaksWebSocket) {
    serve();
    WebSocketClient socket(server->port());
    ASSERT_EQ(socket.open("/rpc/open"), 101U);
    EXPECT_EQ(socket.ask("one"), "echo one");
    EXPECT_EQ(socket.ask("two"), "echo two");
    socket.send("silent");
    EXPECT_EQ(socket.ask("notify news"), "echo notify news");
    EXPECT_EQ(socket.receive(), "news");
    // A held answer keeps no later one back.
    socket.send("hold");
    EXPECT_EQ(socket.ask("three"), "echo three");
    backend.open().rpc().release();
    EXPECT_EQ(socket.receive(), "released");

    EXPECT_EQ(backend.open().rpc().connections(), 1U);
    socket.close();
    EXPECT_TRUE(eventually([&] { return backend.open().rpc().connections() == 0; }));
}

TEST_F(ClientRpc, AnswersPingsAndKeepsIdleWebSockets) {
    options.idle_timeout = std::chrono::milliseconds(400);
    serve();
    WebSocketClient socket(server->port());
    ASSERT_EQ(socket.open("/rpc/open"), 101U);
    // The server pings; a client that reads answers that by itself.
    std::thread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(1200));
        backend.open().rpc().release();
    });
    EXPECT_EQ(socket.ask("hold"), "released");
    later.join();
    // A client that does not answer pings is gone.
    EXPECT_TRUE(eventually([&] { return backend.open().rpc().connections() == 0; }));
}

TEST_F(ClientRpc, BoundsWebSockets) {
    options.rpc.max_connections = 1;
    serve();
    WebSocketClient first(server->port());
    ASSERT_EQ(first.open("/rpc/open"), 101U);
    EXPECT_EQ(WebSocketClient(server->port()).open("/rpc/open"), 429U);
    first.close();
    EXPECT_TRUE(
        eventually([&] { return WebSocketClient(server->port()).open("/rpc/open") == 101U; }));
}

TEST_F(ClientRpc, RefusesWebSocketsWhereThereIsNothing) {
    serve();
    EXPECT_EQ(WebSocketClient(server->port()).open("/rpc/nobody"), 404U);
    EXPECT_EQ(WebSocketClient(server->port()).open("/rpc/system"), 404U);
    EXPECT_EQ(WebSocketClient(server->port()).open("/rpc/open/more"), 404U);
    EXPECT_EQ(WebSocketClient(server->port()).open("/v1/status"), 200U);
}

TEST_F(ClientRpc, BoundsTheMessage) {
    options.rpc.max_message_bytes = 1000;
    serve();
    WebSocketClient socket(server->port());
    ASSERT_EQ(socket.open("/rpc/open"), 101U);
    EXPECT_EQ(socket.ask(std::string(1000, 'a')), "echo " + std::string(1000, 'a'));
    EXPECT_EQ(socket.ask(std::string(1001, 'a')).front(), '[');
    EXPECT_EQ(socket.stream().reason().code, websocket::close_code::too_big);
    EXPECT_TRUE(eventually([&] { return backend.open().rpc().connections() == 0; }));
}

TEST_F(ClientRpc, ClosesWhoeverDoesNotTakeNotifications) {
    options.rpc.max_waiting_bytes = 4U << 20;
    serve();
    WebSocketClient slow(server->port());
    ASSERT_EQ(slow.open("/rpc/open"), 101U);
    ASSERT_TRUE(slow.send("flood 1000"));
    EXPECT_TRUE(eventually([&] { return backend.open().rpc().connections() == 0; }));
    // Whoever takes them gets them all.
    WebSocketClient fast(server->port());
    ASSERT_EQ(fast.open("/rpc/open"), 101U);
    ASSERT_TRUE(fast.send("flood 30"));
    for (int i = 0; i < 30; ++i) EXPECT_EQ(fast.receive().size(), 64U << 10);
}

TEST_F(ClientRpc, IsNotReadWhileMuchWaitsToBeTaken) {
    serve();
    WebSocketClient socket(server->port());
    ASSERT_EQ(socket.open("/rpc/open"), 101U);
    const std::string large(1U << 20, 'a');
    std::thread writer([&] {
        for (int i = 0; i < 60; ++i) socket.send(large);
    });
    for (int i = 0; i < 60; ++i) EXPECT_EQ(socket.receive().size(), large.size() + 5);
    writer.join();
    EXPECT_EQ(socket.ask("still there"), "echo still there");
}

TEST_F(ClientRpc, StopsWithOpenWebSockets) {
    serve();
    WebSocketClient socket(server->port());
    ASSERT_EQ(socket.open("/rpc/open"), 101U);
    socket.send("hold");
    ASSERT_TRUE(eventually([&] { return backend.open().rpc().held() == 1; }));
    server->stop();
    EXPECT_EQ(backend.open().rpc().connections(), 0U);
    backend.open().rpc().release();
}

}  // namespace
}  // namespace bsn::testing
