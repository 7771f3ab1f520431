// Server-sent events.
#include "gateway_fixture.hpp"

namespace bsn::testing {
namespace {

class Events : public GatewayTest {
  protected:
    /// Opens a stream of the app `open`, which anyone may read.
    std::unique_ptr<TestClient> listen(std::string_view query, const Headers& headers = {}) {
        auto reader = std::make_unique<TestClient>(server->port());
        reader->send(
            TestClient::encode("GET", "/v1/apps/open/events" + std::string(query), headers, ""));
        Answer head = reader->read_head();
        EXPECT_EQ(head.status, 200);
        EXPECT_EQ(head.headers["content-type"], "text/event-stream");
        EXPECT_EQ(head.headers["connection"], "close");
        return reader;
    }
    /// Three blocks: 1 and 3 have events, of which 1 has two.
    void make_blocks() {
        backend.open().add_block({"emit a 1", "quiet", "emit b 2"});
        backend.open().add_block({"nothing"});
        backend.open().add_block({"emit c 3"});
    }
    bool has_streams(int count) {
        std::string line = "bsn_http_streams " + std::to_string(count) + "\n";
        return backend.metrics().render().find(line) != std::string::npos;
    }
};

TEST_F(Events, FromACursorOnThenLive) {
    make_blocks();
    serve();
    auto reader = listen("?from=0");
    std::string text = reader->read_chunks_until(": height 3\n");
    EXPECT_EQ(text.substr(0, text.find("data:")), "id: 1-0-0\nevent: a\n");
    auto data = nlohmann::json::parse(
        text.substr(text.find('{'), text.find('\n', text.find('{')) - text.find('{')));
    EXPECT_EQ(data["height"], 1);
    EXPECT_EQ(data["index"], 0);
    EXPECT_EQ(data["log"], 0);
    EXPECT_EQ(data["contract"], "kv");
    EXPECT_EQ(data["name"], "a");
    EXPECT_EQ(data["topics"][0], "0102");
    EXPECT_EQ(data["data"], to_base64(as_bytes("emit a 1")));
    EXPECT_EQ(data["transaction"], to_hex(FakeChain::id_of(as_bytes("emit a 1"))));
    EXPECT_LT(text.find("id: 1-2-0"), text.find(": height 1\n"));
    EXPECT_LT(text.find(": height 1\n"), text.find("id: 3-0-0"));
    EXPECT_LT(text.find("id: 3-0-0"), text.find(": height 3\n"));

    backend.open().add_block({"still nothing"});
    backend.open().add_block({"emit d 4"});
    text = reader->read_chunks_until(": height 5\n");
    EXPECT_NE(text.find("id: 5-0-0\nevent: d\n"), std::string::npos);
}

TEST_F(Events, WithoutACursorOnlyWhatIsNew) {
    make_blocks();
    serve();
    auto reader = listen("");
    EXPECT_EQ(reader->read_chunks_until(": height 3\n"), ": height 3\n\n");
    backend.open().add_block({"emit d 4"});
    EXPECT_EQ(reader->read_chunks_until("height 4\n").substr(0, 9), "id: 4-0-0");
}

TEST_F(Events, CursorAheadOfTheChainWaits) {
    serve();
    auto reader = listen("?from=2");
    EXPECT_EQ(reader->read_chunks_until("height"), ": height 0\n\n");
    backend.open().add_block({"emit early 1"});
    backend.open().add_block({"emit awaited 1"});
    std::string text = reader->read_chunks_until(": height 2\n");
    EXPECT_EQ(text.find("early"), std::string::npos);
    EXPECT_NE(text.find("event: awaited"), std::string::npos);
}

TEST_F(Events, ResumesAfterTheLastEventSeen) {
    make_blocks();
    serve();
    auto reader = listen("?from=0", {{"Last-Event-ID", "1-0-0"}});
    std::string text = reader->read_chunks_until(": height 3\n");
    EXPECT_EQ(text.substr(0, 9), "id: 1-2-0");
    auto later = listen("", {{"Last-Event-ID", "1-2-0"}});
    EXPECT_EQ(later->read_chunks_until(": height 3\n").substr(0, 9), "id: 3-0-0");
}

TEST_F(Events, RefusesWhatIsNoCursor) {
    serve();
    for (const char* id : {"1", "1-2", "1-2-x", "a-b-c", "1-2-3-4", "1-99999999999-0", "--"}) {
        Answer answer = get("/v1/apps/open/events", {{"Last-Event-ID", id}});
        EXPECT_EQ(answer.status, 400) << id;
    }
    EXPECT_EQ(get("/v1/apps/open/events?from=x").status, 400);
    EXPECT_EQ(get("/v1/apps/open/events?from=-1").status, 400);
}

TEST_F(Events, HeartbeatsTellHowFarItIs) {
    options.heartbeat = std::chrono::milliseconds(30);
    make_blocks();
    serve();
    auto reader = listen("");
    for (int i = 0; i < 4; ++i) EXPECT_EQ(reader->read_chunk(), ": height 3\n\n");
    backend.open().add_block({"emit d 4"});
    EXPECT_NE(reader->read_chunks_until("height 4").find("event: d"), std::string::npos);
}

TEST_F(Events, LinesOfANameCannotForgeEvents) {
    backend.open().add_block({"emit x\ndata:forged 1"});
    serve();
    auto reader = listen("?from=0");
    std::string text = reader->read_chunks_until(": height 1\n");
    EXPECT_NE(text.find("event: x?data:forged\n"), std::string::npos) << text;
    EXPECT_EQ(text.find("\ndata:forged"), std::string::npos);
}

TEST_F(Events, AreForMembersAndEndWithMembership) {
    serve();
    EXPECT_EQ(get("/v1/apps/kv/events").status, 401);
    EXPECT_EQ(get_as(stranger, "/v1/apps/kv/events").status, 403);
    std::string target = "/v1/apps/kv/events?from=0";
    TestClient reader(server->port());
    reader.send(TestClient::encode("GET", target, signed_by(member, "GET", target), ""));
    EXPECT_EQ(reader.read_head().status, 200);
    EXPECT_EQ(reader.read_chunks_until("height"), ": height 0\n\n");
    backend.remove_member(member.id);
    backend.kv().add_block({"emit secret 1"});
    std::string text = reader.read_chunks_until("never");
    EXPECT_EQ(text.substr(0, 17), "event: bsn.error\n");
    EXPECT_NE(text.find("\"forbidden\""), std::string::npos);
    EXPECT_EQ(text.find("secret"), std::string::npos);
    EXPECT_TRUE(reader.is_closed());
}

TEST_F(Events, ReadersWhoComeAndGoLeaveNothingInTheChain) {
    serve();
    for (int i = 0; i < 20; ++i) {
        auto reader = listen("");
        reader->read_chunks_until("height");
    }
    EXPECT_TRUE(eventually([&] { return has_streams(0); }));
    EXPECT_LE(backend.open().waiting(), 1U);
}

TEST_F(Events, ReadersMayLeaveInTheMiddleOfAWrite) {
    backend.open().add_block(std::vector<std::string>(200, "emit x 1"));
    options.threads = 2;
    serve();
    for (int i = 0; i < 300; ++i) {
        auto reader = listen(i % 2 == 0 ? "?from=0" : "");
        if (i % 3 == 0) reader->read_chunk();
        backend.open().add_block({"emit y " + std::to_string(i)});
    }
    EXPECT_TRUE(eventually([&] { return has_streams(0); }));
    EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(Events, SlowReaderIsNotReadAheadFor) {
    // Far more than sockets buffer: 60 pages of 500 events of a kilobyte.
    std::vector<std::string> block;
    block.reserve(500);
    for (int i = 0; i < 500; ++i)
        block.push_back("emit x " + std::to_string(i) + std::string(1000, 'x'));
    for (int i = 0; i < 60; ++i) {
        for (auto& transaction : block) transaction += static_cast<char>('a' + i % 26);
        backend.open().add_block(block);
    }
    serve();
    auto reader = listen("?from=0");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    std::size_t reads = backend.open().event_reads();
    EXPECT_LT(reads, 30U);
    reader->read_chunks_until(": height 60\n");
    EXPECT_GE(backend.open().event_reads(), 60U);
}

TEST_F(Events, StreamsAreBounded) {
    options.max_streams = 2;
    serve();
    auto first = listen("");
    auto second = listen("");
    Answer answer = get("/v1/apps/open/events");
    EXPECT_EQ(answer.status, 429);
    EXPECT_EQ(answer.code(), "overloaded");
    EXPECT_TRUE(has_streams(2));
    first.reset();
    ASSERT_TRUE(eventually([&] { return has_streams(1); }));
    listen("");
}

TEST_F(Events, EndWhenTheServerStops) {
    options.threads = 2;
    serve();
    std::vector<std::unique_ptr<TestClient>> readers;
    readers.reserve(10);
    for (int i = 0; i < 10; ++i) readers.push_back(listen("?from=0"));
    std::atomic<bool> busy{true};
    std::thread blocks([&] {
        for (int i = 0; busy; ++i) backend.open().add_block({"emit x " + std::to_string(i)});
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    server->stop();
    busy = false;
    blocks.join();
    for (auto& reader : readers) EXPECT_TRUE(reader->is_closed());
    EXPECT_TRUE(has_streams(0));
}

}  // namespace
}  // namespace bsn::testing
