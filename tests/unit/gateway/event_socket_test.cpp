// Events over a WebSocket.
#include "gateway_fixture.hpp"
#include "websocket_client.hpp"

namespace bsn::testing {
namespace {

using nlohmann::json;

class EventSocket : public GatewayTest {
  protected:
    std::unique_ptr<WebSocketClient> listen(const std::string& query) {
        auto reader = std::make_unique<WebSocketClient>(server->port());
        EXPECT_EQ(reader->open("/v1/apps/open/events" + query), 101U);
        return reader;
    }
    static json next(WebSocketClient& reader) {
        const std::string text = reader.receive();
        json message = json::parse(text, nullptr, false);
        EXPECT_FALSE(message.is_discarded()) << text;
        return message;
    }
    /// The ids of the events up to a height, and of each message that it says how far it is.
    static std::vector<std::string> ids_until(WebSocketClient& reader, std::uint64_t height) {
        std::vector<std::string> ids;
        for (;;) {
            const json message = next(reader);
            if (!message.contains("height")) return ids;
            for (const json& event : message["events"]) {
                ids.push_back(event["id"]);
                EXPECT_LE(event["height"], message["height"]);
            }
            if (message["height"] >= height) return ids;
        }
    }
    bool has_streams(int count) {
        std::string line = "bsn_http_streams " + std::to_string(count) + "\n";
        return backend.metrics().render().find(line) != std::string::npos;
    }
};

TEST_F(EventSocket, FromAnyHeightOnThenLive) {
    backend.open().add_block({"emit a 1", "quiet", "emit b 2"});
    backend.open().add_block({"nothing"});
    backend.open().add_block({"emit c 3"});
    serve();
    auto reader = listen("?from=0");
    const json first = next(*reader);
    ASSERT_EQ(first["events"].size(), 3U) << first;
    EXPECT_EQ(first["height"], 3);
    const json event = first["events"][0];
    EXPECT_EQ(event["id"], "1-0-0");
    EXPECT_EQ(event["name"], "a");
    EXPECT_EQ(event["contract"], "kv");
    EXPECT_EQ(event["data"], to_base64(as_bytes("emit a 1")));
    EXPECT_EQ(next(*reader), (json{{"height", 3}, {"events", json::array()}})) << "caught up";
    backend.open().add_block({"emit d 4"});
    EXPECT_EQ(ids_until(*reader, 4), std::vector<std::string>{"4-0-0"});

    EXPECT_EQ(ids_until(*listen("?from=2"), 4), (std::vector<std::string>{"3-0-0", "4-0-0"}));
    auto later = std::make_unique<WebSocketClient>(server->port());
    ASSERT_EQ(later->open("/v1/apps/open/events", "", {{"Last-Event-ID", "1-0-0"}}), 101U);
    EXPECT_EQ(ids_until(*later, 4), (std::vector<std::string>{"1-2-0", "3-0-0", "4-0-0"}));
}

TEST_F(EventSocket, TellsHowFarItIsAndPassesOverWhatClientsSend) {
    options.heartbeat = std::chrono::milliseconds(30);
    serve();
    auto reader = listen("");
    const json idle{{"height", 0}, {"events", json::array()}};
    EXPECT_EQ(next(*reader), idle);
    EXPECT_TRUE(reader->send("hello"));
    for (int i = 0; i < 3; ++i) EXPECT_EQ(next(*reader), idle);
    backend.open().add_block({"emit d 1"});
    EXPECT_EQ(ids_until(*reader, 1), std::vector<std::string>{"1-0-0"});
    reader->send(std::string(100'000, 'x'));  // which may be cut off before its end
    while (reader->receive()[0] == '{') {
    }
    EXPECT_TRUE(eventually([&] { return has_streams(0); })) << "it says too much";
}

TEST_F(EventSocket, RefusesAsByHttp) {
    options.rpc.origins = {"https://page.example"};
    options.max_streams = 1;
    serve();
    auto open = [this](const std::string& target, const std::string& origin = "",
                       const Headers& headers = {}) {
        return WebSocketClient(server->port()).open(target, origin, headers);
    };
    EXPECT_EQ(open("/v1/apps/nobody/events"), 404U);
    EXPECT_EQ(open("/v1/apps/open/events?from=x"), 400U);
    EXPECT_EQ(open("/v1/apps/open/events?to=1"), 400U);
    EXPECT_EQ(open("/v1/apps/open/events", "", {{"Last-Event-ID", "1"}}), 400U);
    EXPECT_EQ(open("/v1/apps/kv/events"), 401U);
    const std::string target = "/v1/apps/kv/events?from=0";
    EXPECT_EQ(open(target, "", signed_by(stranger, "GET", target)), 403U);
    EXPECT_EQ(open("/v1/apps/open/events", "https://evil.example"), 403U);
    EXPECT_EQ(open("/v1/apps/open/events", "https://page.example"), 101U);
    ASSERT_TRUE(eventually([&] { return has_streams(0); }));
    auto taken = listen("");
    EXPECT_EQ(open("/v1/apps/open/events"), 429U);
    // Elsewhere a request for a WebSocket is any other request.
    EXPECT_EQ(open("/v1/apps/open/height"), 200U);
}

TEST_F(EventSocket, EndsWithMembership) {
    serve();
    const std::string target = "/v1/apps/kv/events?from=0";
    WebSocketClient reader(server->port());
    ASSERT_EQ(reader.open(target, "", signed_by(member, "GET", target)), 101U);
    EXPECT_EQ(next(reader)["height"], 0);
    backend.remove_member(member.id);
    backend.kv().add_block({"emit secret 1"});
    EXPECT_EQ(next(reader)["error"]["code"], "forbidden");
    EXPECT_EQ(reader.receive()[0], '[') << "it is closed";
    EXPECT_TRUE(eventually([&] { return has_streams(0); }));
}

TEST_F(EventSocket, SlowReaderIsNotReadAheadFor) {
    for (int i = 0; i < 60; ++i) {
        std::vector<std::string> block;
        for (int j = 0; j < 500; ++j) {
            block.push_back("emit x " + std::to_string(i * 500 + j) + std::string(1000, 'x'));
        }
        backend.open().add_block(block);
    }
    serve();
    auto reader = listen("?from=0");
    reader->stream().read_message_max(0);
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    EXPECT_LT(backend.open().event_reads(), 30U);
    EXPECT_EQ(ids_until(*reader, 60).size(), 30'000U);
}

TEST_F(EventSocket, ReadersMayLeaveAtAnyTimeAndTheServerMayStop) {
    backend.open().add_block(std::vector<std::string>(200, "emit x 1"));
    options.threads = 2;
    serve();
    std::vector<std::unique_ptr<WebSocketClient>> readers;
    for (int i = 0; i < 100; ++i) {
        auto reader = listen(i % 2 == 0 ? "?from=0" : "");
        if (i % 3 == 0) reader->receive();
        if (i % 5 == 0) reader->close();
        backend.open().add_block({"emit y " + std::to_string(i)});
        if (i > 95) readers.push_back(std::move(reader));
    }
    EXPECT_TRUE(eventually([&] { return has_streams(4); }));
    server->stop();
    EXPECT_TRUE(has_streams(0));
}

}  // namespace
}  // namespace bsn::testing
