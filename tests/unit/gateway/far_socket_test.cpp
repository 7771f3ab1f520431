// WebSockets of an app that another node has: the client sees no difference.
#include "gateway/forwarding/far_socket.hpp"

#include "fake_user_keys.hpp"
#include "gateway/forwarding/forwarder.hpp"
#include "gateway_fixture.hpp"
#include "websocket_client.hpp"

namespace bsn::testing {
namespace {

using gateway::Forwarded;
using gateway::FrameReader;

/// A node that is none of the apps'.
class AwayBackend final : public FakeBackend {
  public:
    using FakeBackend::FakeBackend;
    Result<framework::Chain*> chain(std::string_view app) override {
        if (app == "system") return FakeBackend::chain(app);
        return Error{Code::unavailable, "this city node is not one of the app's"};
    }
};

/// The one other node, as a server of its own.
class OtherNode final : public gateway::Forwarder {
  public:
    bool reaches(const ledger::NodeId&) const override { return true; }
    void forward(const ledger::NodeId&, std::shared_ptr<const gateway::Request> request,
                 std::uint64_t, Done done) override {
        if (!up) return done({Error{Code::unavailable, "it is down"}, false});
        server->answer_forwarded(*request, [done](const gateway::MakeResponse& make) {
            done({make(), true});
        });
    }
    gateway::HttpServer* server = nullptr;
    std::atomic<bool> up{true};
};

class FarSocket : public GatewayTest {
  protected:
    void SetUp() override {
        GatewayTest::SetUp();
        backend.set_identity(&identity);
        away.add_participant(member.record(), true);
        away.add_participant(stranger.record(), false);
        away.set_forwarder(&other);
    }
    void serve_both() {
        serve();
        other.server = server.get();
        near = std::make_unique<gateway::HttpServer>(near_options, away, pool);
        ASSERT_TRUE(near->start().ok());
    }
    void TearDown() override {
        if (near) near->stop();
        GatewayTest::TearDown();
    }

    ordering::NodeIdentity identity = make_identity();
    AwayBackend away{pool};
    OtherNode other;
    gateway::HttpServerOptions near_options;
    std::unique_ptr<gateway::HttpServer> near;
};

TEST_F(FarSocket, SpeaksJsonRpcBothWays) {
    serve_both();
    WebSocketClient socket(near->port());
    ASSERT_EQ(socket.open("/rpc/open"), 101U);
    EXPECT_EQ(socket.ask("hello"), "echo hello");
    EXPECT_EQ(socket.ask("notify later"), "echo notify later");
    EXPECT_EQ(socket.receive(), "later");
    // All at once, and in order.
    for (int i = 0; i < 300; ++i) ASSERT_TRUE(socket.send(std::to_string(i)));
    for (int i = 0; i < 300; ++i) EXPECT_EQ(socket.receive(), "echo " + std::to_string(i));
    const std::string large(4U << 20, 'x');
    EXPECT_EQ(socket.ask(large), "echo " + large);
    EXPECT_EQ(backend.open().rpc().connections(), 1U);
    socket.close();
    EXPECT_TRUE(eventually([&] { return backend.open().rpc().connections() == 0; }));
}

TEST_F(FarSocket, SendsEvents) {
    backend.open().add_block({"emit old 1"});
    serve_both();
    WebSocketClient socket(near->port());
    ASSERT_EQ(socket.open("/v1/apps/open/events?from=0"), 101U);
    const auto first = nlohmann::json::parse(socket.receive());
    ASSERT_EQ(first["events"].size(), 1U);
    EXPECT_EQ(first["events"][0]["name"], "old");
    for (int i = 0; i < 20; ++i) {
        backend.open().add_block({"emit new " + std::to_string(i)});
    }
    int seen = 0;
    while (seen < 20) {
        const auto message = nlohmann::json::parse(socket.receive(), nullptr, false);
        ASSERT_TRUE(message.is_object());
        for (const auto& event : message.value("events", nlohmann::json::array())) {
            EXPECT_EQ(event["name"], "new");
            ++seen;
        }
    }
}

TEST_F(FarSocket, AsksTheOtherNodeWhoMay) {
    options.rpc.max_connections = 1;
    serve_both();
    const std::string events = "/v1/apps/kv/events?from=0";
    EXPECT_EQ(WebSocketClient(near->port()).open(events), 401U);
    EXPECT_EQ(WebSocketClient(near->port()).open(events, "", signed_by(stranger, "GET", events)),
              403U);
    const Headers once = signed_by(member, "GET", events);
    EXPECT_EQ(WebSocketClient(near->port()).open(events, "", once), 101U);
    EXPECT_EQ(WebSocketClient(near->port()).open(events, "", once), 401U) << "a nonce is used once";
    WebSocketClient first(near->port());
    ASSERT_EQ(first.open("/rpc/open"), 101U);
    EXPECT_EQ(WebSocketClient(near->port()).open("/rpc/open"), 429U);
    EXPECT_EQ(WebSocketClient(near->port()).open("/rpc/open", "https://page.example"), 403U);
    other.up = false;
    EXPECT_EQ(WebSocketClient(near->port()).open(events), 503U);
}

TEST_F(FarSocket, EndsWithWhatItLeadsTo) {
    serve_both();
    WebSocketClient rpc(near->port());
    ASSERT_EQ(rpc.open("/rpc/open"), 101U);
    EXPECT_EQ(rpc.ask("hello"), "echo hello");
    other.up = false;
    ASSERT_TRUE(rpc.send("nobody takes it"));
    EXPECT_EQ(rpc.receive().front(), '[') << "closed";
    EXPECT_TRUE(eventually([&] { return backend.open().rpc().connections() == 0; }));

    other.up = true;
    WebSocketClient events(near->port());
    const std::string target = "/v1/apps/kv/events?from=0";
    ASSERT_EQ(events.open(target, "", signed_by(member, "GET", target)), 101U);
    const std::string first = events.receive();
    EXPECT_TRUE(first.starts_with("{")) << first;
    backend.remove_member(member.id);
    backend.kv().add_block({"emit secret 1"});
    std::string last;
    for (std::string one = events.receive(); one.front() != '['; one = events.receive()) {
        EXPECT_EQ(one.find("secret"), std::string::npos) << one;
        last = one;
    }
    EXPECT_NE(last.find("forbidden"), std::string::npos) << last;
}

TEST_F(FarSocket, ClosesWhoeverDoesNotTakeWhatItAskedFor) {
    options.rpc.max_waiting_bytes = 4U << 20;
    near_options.rpc.max_waiting_bytes = 4U << 20;
    serve_both();
    WebSocketClient slow(near->port());
    ASSERT_EQ(slow.open("/rpc/open"), 101U);
    ASSERT_TRUE(slow.send("flood 1000"));
    EXPECT_TRUE(eventually([&] { return backend.open().rpc().connections() == 0; }));
}

TEST_F(FarSocket, ItsMethodsAreNotForClients) {
    serve_both();
    for (const char* method : {"SOCKET", "MESSAGE"}) {
        TestClient client(server->port());
        client.send(TestClient::encode(method, "/rpc/open", {}, ""));
        EXPECT_EQ(client.read_answer().status, 405) << method;
    }
}

TEST(FrameReader, PutsPiecesTogetherHoweverTheyAreCut) {
    const std::string bytes = FrameReader::framed(FrameReader::Kind::message, "one") +
                              FrameReader::framed(FrameReader::Kind::message, "") +
                              FrameReader::framed(FrameReader::Kind::last, std::string(1000, 'x'));
    for (std::size_t size : {1U, 2U, 7U, 2000U}) {
        FrameReader reader;
        std::vector<FrameReader::Frame> frames;
        for (std::size_t at = 0; at < bytes.size(); at += size) {
            EXPECT_TRUE(reader.add(std::string_view(bytes).substr(at, size)));
            while (auto frame = reader.take()) frames.push_back(*frame);
        }
        ASSERT_EQ(frames.size(), 3U);
        EXPECT_EQ(frames[0].text, "one");
        EXPECT_EQ(frames[1].text, "");
        EXPECT_EQ(frames[2].text, std::string(1000, 'x'));
        EXPECT_EQ(frames[2].kind, FrameReader::Kind::last);
    }
}

}  // namespace
}  // namespace bsn::testing
