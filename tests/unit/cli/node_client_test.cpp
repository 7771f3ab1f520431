#include "cli/node_client.hpp"

#include "cli_fixture.hpp"
#include "unit/cli/live_node.hpp"

#include <thread>

namespace bsn::cli {
namespace {

using testing::FakeBackend;

/// Nobody listens there: the port was given back.
net::Endpoint dead_endpoint() { return {false, "127.0.0.1", 1}; }

class NodeClientTest : public LiveNode {
  protected:
    NodeClient client(std::vector<net::Endpoint> endpoints, std::uint64_t timeout_ms = 5'000) {
        return {std::move(endpoints), "", backend.network(), timeout_ms};
    }
    /// A transaction whose bytes mean nothing to the fake chain, which then succeeds.
    ledger::Transaction transaction(const ledger::ChannelId& channel) {
        return *make_transaction({backend.network(), channel}, identity, {"kv", "set", {}});
    }
};

TEST_F(NodeClientTest, AsksTheNextNodeWhenOneIsNotThere) {
    NodeClient api = client({dead_endpoint(), live()});
    auto app = api.app("kv");
    ASSERT_TRUE(app.ok()) << app.error().message;
    EXPECT_EQ(app->channel, FakeBackend::channel_of("kv"));
}

TEST_F(NodeClientTest, LeavesANodeThatCannotAnswerForOneThatCan) {
    gateway::HttpServer full({.max_connections = 0}, backend, pool);  // 503 to everybody
    ASSERT_TRUE(full.start().ok());
    NodeClient api = client({{false, "127.0.0.1", full.port()}, live()});
    EXPECT_TRUE(api.call({.target = "/v1/apps/open/height"}).ok());
    full.stop();
    // An app that none serves is asked for until the time is over.
    NodeClient none = client({live(), live()}, 300);
    auto height = none.call({.target = "/v1/apps/elsewhere/height"});
    ASSERT_FALSE(height.ok());
    EXPECT_EQ(height.error().code, Code::unavailable);
}

TEST_F(NodeClientTest, ConnectsAnewWhereTheNodeHasClosedAnIdleConnection) {
    gateway::HttpServer hasty({.idle_timeout = std::chrono::milliseconds(50)}, backend, pool);
    ASSERT_TRUE(hasty.start().ok());
    net::HttpConnection connection({false, "127.0.0.1", hasty.port()}, "");
    ASSERT_TRUE(connection.send({.target = "/v1/status"}, 5'000).ok());
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    auto again = connection.send({.target = "/v1/status"}, 5'000);
    EXPECT_TRUE(again.ok()) << again.error().message;
    hasty.stop();
}

TEST_F(NodeClientTest, SaysHowToGetANetworkWhenNobodyIsThere) {
    NodeClient api = client({dead_endpoint(), dead_endpoint()}, 60'000);
    auto app = api.app("kv");  // at once: there is nothing to wait for
    ASSERT_FALSE(app.ok());
    EXPECT_EQ(app.error().code, Code::unavailable);
    EXPECT_NE(app.error().message.find("bsn up"), std::string::npos) << app.error().message;
}

TEST_F(NodeClientTest, RefusesANodeOfAnotherNetwork) {
    NodeClient api({live()}, "", testing::filled<ledger::NetworkId>(3), 1'000);
    auto app = api.app("kv");
    ASSERT_FALSE(app.ok());
    EXPECT_EQ(app.error().code, Code::wrong_network);
    EXPECT_NE(app.error().message.find("--genesis"), std::string::npos);
}

TEST_F(NodeClientTest, TellsTheErrorsOfTheApi) {
    NodeClient api = client({live()});
    auto app = api.app("nowhere");
    ASSERT_FALSE(app.ok());
    EXPECT_EQ(app.error().code, Code::not_found);
}

TEST_F(NodeClientTest, SignsWhatMembersAsk) {
    NodeClient api = client({live()});
    auto app = api.app("kv");
    ASSERT_TRUE(app.ok());
    auto nobody = api.query(*app, {"kv", "whoami", {}});
    ASSERT_FALSE(nobody.ok());
    EXPECT_EQ(nobody.error().code, Code::unauthenticated);

    api.sign_as(&identity);
    auto me = api.query(*app, {"kv", "whoami", {}});
    ASSERT_TRUE(me.ok()) << me.error().message;
    EXPECT_EQ(to_text(*me), to_hex(identity.participant.view()));
}

TEST_F(NodeClientTest, AKeyThatTheNetworkDoesNotKnowDoesNotHideWhatIsPublic) {
    crypto::PrivateKey key = testing::make_key(crypto::SuiteId::secp256r1, 6);
    ledger::ParticipantId participant = ledger::participant_id_of(key.public_key());
    Identity stranger{"stranger", std::move(key), participant};
    NodeClient api = client({live()});
    api.sign_as(&stranger);
    auto open = api.app("open");
    ASSERT_TRUE(open.ok());
    auto answer = api.query(*open, {"kv", "whoami", {}});
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(to_text(*answer), "nobody");

    auto closed = api.app("kv");
    ASSERT_TRUE(closed.ok());
    auto refused = api.query(*closed, {"kv", "whoami", {}});
    ASSERT_FALSE(refused.ok());
    EXPECT_NE(refused.error().message.find(to_hex(participant.view())), std::string::npos)
        << refused.error().message;
}

TEST_F(NodeClientTest, ArgumentsArriveAsTheyAre) {
    NodeClient api = client({live()});
    auto app = api.app("open");
    ASSERT_TRUE(app.ok());
    Bytes bytes = from_hex("00ff80").value();
    auto echoed = api.query(*app, {"kv", "echo", {bytes}});
    ASSERT_TRUE(echoed.ok()) << echoed.error().message;
    EXPECT_EQ(to_hex(*echoed), "00ff80");
}

TEST_F(NodeClientTest, SubmitsOneOverAConnectionThatTheNodeClosed) {
    NodeClient api = client({live()});
    auto app = api.app("open");
    ASSERT_TRUE(app.ok());
    ASSERT_TRUE(api.submit(*app, transaction(app->channel)).ok());
    std::uint16_t port = server.port();
    server.stop();
    gateway::HttpServerOptions options;
    options.port = port;
    gateway::HttpServer again(options, backend, pool);
    ASSERT_TRUE(again.start().ok());
    auto answer = api.submit(*app, transaction(app->channel));
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_FALSE(answer->error);
    again.stop();
}

TEST_F(NodeClientTest, SubmitsManyAndAnswersEachInOrder) {
    NodeClient api = client({live()}, 200);
    auto app = api.app("open");
    ASSERT_TRUE(app.ok());
    std::vector<Bytes> texts = {to_bytes("a"), to_bytes("refuse this"), to_bytes("fail forbidden"),
                                to_bytes("fail overloaded"), to_bytes("b")};
    std::vector<ByteView> views(texts.begin(), texts.end());
    std::size_t told = 0;
    auto answers = api.submit_all(*app, views, 2, [&](std::size_t more) { told += more; });
    ASSERT_TRUE(answers.ok()) << answers.error().message;
    EXPECT_FALSE(answers->at(0).error);
    EXPECT_EQ(answers->at(1).error->code, Code::contract_failed);
    EXPECT_EQ(answers->at(2).error->code, Code::forbidden);
    EXPECT_EQ(answers->at(3).error->code, Code::overloaded);  // after some tries
    EXPECT_FALSE(answers->at(4).error);
    EXPECT_EQ(told, 4U);
}

TEST_F(NodeClientTest, StreamsEvents) {
    backend.open().add_block({"emit thing happened"});
    NodeClient api = client({live()});
    auto app = api.app("open");
    ASSERT_TRUE(app.ok());
    std::string received;
    auto end = api.stream({.target = "/v1/apps/open/events?from=0"}, "", 5'000,
                          [&](std::string_view piece) {
                              received += piece;
                              return received.find("event: thing") == std::string::npos;
                          });
    ASSERT_TRUE(end.ok()) << end.error().message;
    EXPECT_NE(received.find("event: thing"), std::string::npos);
}

TEST_F(NodeClientTest, AStreamIsTakenFromTheNodeThatHasIt) {
    gateway::HttpServer full({.max_streams = 0}, backend, pool);
    ASSERT_TRUE(full.start().ok());
    backend.open().add_block({"emit thing happened"});
    NodeClient api = client({{false, "127.0.0.1", full.port()}, dead_endpoint(), live()});
    std::string received;
    auto end = api.stream({.target = "/v1/apps/open/events?from=0"}, "", 5'000,
                          [&](std::string_view piece) {
                              received += piece;
                              return received.find("event: thing") == std::string::npos;
                          });
    EXPECT_TRUE(end.ok()) << end.error().message;
    EXPECT_NE(received.find("event: thing"), std::string::npos);
    full.stop();
}

TEST_F(NodeClientTest, AStreamThatIsLostGoesOnAtTheNextNodeFromWhereItsReaderIs) {
    gateway::HttpServer lost({}, backend, pool);
    ASSERT_TRUE(lost.start().ok());
    backend.open().add_block({"emit first it"});
    backend.open().add_block({"emit second it"});
    NodeClient api = client({{false, "127.0.0.1", lost.port()}, live()});
    std::string received;
    const ApiCall call{.target = "/v1/apps/open/events?from=0"};
    auto end = api.stream(call, "", 5'000, [&](std::string_view piece) {
        received += piece;
        if (received.find("event: first") != std::string::npos) lost.stop();
        return true;
    });
    ASSERT_FALSE(end.ok());
    EXPECT_EQ(end.error().code, Code::unknown_outcome);
    EXPECT_EQ(received.find("event: first"), received.rfind("event: first"));  // not from the start
    const std::size_t id = received.find("id: ") + 4;
    const std::string last = received.substr(id, received.find('\n', id) - id);
    received.clear();
    end = api.stream(call, last, 5'000, [&](std::string_view piece) {
        received += piece;
        return received.find("event: second") == std::string::npos;
    });
    EXPECT_TRUE(end.ok()) << end.error().message;
    EXPECT_EQ(received.find("event: first"), std::string::npos);
}

TEST_F(NodeClientTest, AStreamThatIsRefusedIsAnError) {
    NodeClient api = client({live()});
    auto end = api.stream({.target = "/v1/apps/kv/events?from=0"}, "", 5'000,
                          [](std::string_view) { return true; });
    ASSERT_FALSE(end.ok());
    EXPECT_EQ(end.error().code, Code::unauthenticated);
}

ordering::NodeIdentity make_node() {
    std::vector<crypto::PrivateKey> keys;
    for (auto suite :
         {crypto::SuiteId::secp256r1, crypto::SuiteId::secp256k1, crypto::SuiteId::sm2}) {
        keys.push_back(crypto::PrivateKey::generate(suite));
    }
    return ordering::NodeIdentity(std::move(keys));
}

/// A node that signs its answers, and a genesis that knows it.
class SignedAnswersTest : public NodeClientTest {
  protected:
    void SetUp() override {
        NodeClientTest::SetUp();
        backend.set_identity(&node);
        ledger::GenesisNode known;
        known.secp256r1 = node.public_key(crypto::SuiteId::secp256r1).bytes;
        genesis.nodes.push_back(known);
    }
    NodeClient checking(std::vector<net::Endpoint> endpoints) {
        NodeClient api = client(std::move(endpoints));
        api.check_answers(genesis);
        api.sign_as(&identity);
        return api;
    }

    ordering::NodeIdentity node = make_node();
    ledger::Genesis genesis;
};

TEST_F(SignedAnswersTest, AreTakenFromANodeOfTheGenesis) {
    NodeClient api = checking({live()});
    auto app = api.app("kv");
    ASSERT_TRUE(app.ok()) << app.error().message;
    EXPECT_TRUE(api.submit(*app, transaction(app->channel)).ok());
    auto me = api.query(*app, {"kv", "whoami", {}});
    ASSERT_TRUE(me.ok()) << me.error().message;
    EXPECT_EQ(api.app("nowhere").error().code, Code::not_found) << "errors are signed, too";
}

TEST_F(SignedAnswersTest, AreRefusedFromANodeThatNobodyVouchesFor) {
    genesis.nodes.clear();
    NodeClient api = checking({live()});
    auto app = api.app("kv");
    ASSERT_FALSE(app.ok());
    EXPECT_EQ(app.error().code, Code::bad_signature) << app.error().message;
}

TEST_F(SignedAnswersTest, ANodeThatDoesNotSignIsLeftForOneThatDoes) {
    FakeBackend silent{pool};
    silent.set_now(SystemClock().now());
    gateway::HttpServer other{{}, silent, pool};
    ASSERT_TRUE(other.start().ok());
    const net::Endpoint unsigned_endpoint{false, "127.0.0.1", other.port()};
    NodeClient alone = checking({unsigned_endpoint});
    EXPECT_EQ(alone.app("kv").error().code, Code::bad_signature);
    NodeClient both = checking({unsigned_endpoint, live()});
    auto app = both.app("kv");
    EXPECT_TRUE(app.ok()) << app.error().message;
    other.stop();
}

TEST(EndpointTest, ReadsAddresses) {
    EXPECT_EQ(net::parse_endpoint("http://127.0.0.1:7180")->url(), "http://127.0.0.1:7180");
    EXPECT_EQ(net::parse_endpoint("https://node.example/")->url(), "https://node.example:443");
    EXPECT_EQ(net::parse_endpoint("http://[::1]:80")->url(), "http://[::1]:80");
    for (const char* bad :
         {"", "node", "ftp://node", "http://", "http://:80", "http://a:b", "http://a:0",
          "http://a:70000", "http://a:", "http://[::1", "http://a/b", "http://user@host"}) {
        EXPECT_FALSE(net::parse_endpoint(bad).ok()) << bad;
    }
}

TEST(UrlEncoding, LeavesNothingThatMeansSomething) {
    EXPECT_EQ(url_encoded("abc-_.~09"), "abc-_.~09");
    EXPECT_EQ(url_encoded("../a b?c=d&e#f%"), "..%2Fa%20b%3Fc%3Dd%26e%23f%25");
}

}  // namespace
}  // namespace bsn::cli
