// The channel protocol over real connections, as the SDKs use it.
#include "channel_client.hpp"

#include <thread>

namespace bsn::testing {
namespace {

using channel::FrameType;
using Json = nlohmann::json;

std::string hex(ByteView bytes) { return "0x" + to_hex(bytes); }

// --- connections ---

TEST_F(ChannelTest, ClientsShowACertificate) {
    serve();
    ChannelClient nobody(server->port(), certificates, false);
    EXPECT_TRUE(!nobody.ready || nobody.is_closed());
    ChannelCertificates others;
    others.authority = certificates.authority;  // they trust the node; it does not trust them
    ChannelClient stranger(server->port(), others);
    EXPECT_TRUE(!stranger.ready || stranger.is_closed());
    EXPECT_EQ(connect()->call("getBlockNumber", {1}).at("result"), "0x0");
}

TEST_F(ChannelTest, HandshakeNeedsACommonVersion) {
    serve();
    ChannelClient client(server->port(), certificates);
    client.send(FrameType::handshake, "hello", R"({"minimumSupport":4,"maximumSupport":5})");
    EXPECT_TRUE(client.is_closed());
}

TEST_F(ChannelTest, AnswersBeforeTheHandshakeToo) {
    serve();
    ChannelClient client(server->port(), certificates);
    Json version = client.call("getClientVersion", Json::array());
    EXPECT_EQ(version.at("result").at("Supported Version"), "2.9.0");
}

TEST_F(ChannelTest, HeartbeatIsAnsweredWithItsSequence) {
    serve();
    auto client = connect();
    client->send(FrameType::heartbeat, "beat", R"({"heartBeat":0})");
    auto answer = client->expect(FrameType::heartbeat);
    EXPECT_EQ(answer.header.sequence, sequence_of("beat"));
    EXPECT_EQ(answer.json().at("heartBeat"), 1);
}

TEST_F(ChannelTest, BrokenFramesEndTheConnection) {
    options.max_frame_bytes = 1000;
    serve();
    auto large = connect();
    large->send(FrameType::rpc, "large", std::string(2000, 'x'));
    EXPECT_TRUE(large->is_closed());
    auto small = connect();
    small->send_bytes(std::string(42, '\0'));
    EXPECT_TRUE(small->is_closed());
}

TEST_F(ChannelTest, UnknownFramesArePassedOver) {
    serve();
    auto client = connect();
    client->send(static_cast<FrameType>(0x777), "what", "ever");
    EXPECT_EQ(client->call("getBlockNumber", {1}).at("result"), "0x0");
}

TEST_F(ChannelTest, NoMoreConnectionsThanAllowed) {
    options.max_connections = 1;
    serve();
    auto first = connect();
    ChannelClient second(server->port(), certificates);
    EXPECT_FALSE(second.ready);
    first->close();
}

TEST_F(ChannelTest, SilentClientsAreEnded) {
    options.idle_timeout = std::chrono::milliseconds(200);
    serve();
    auto client = connect();
    EXPECT_TRUE(client->is_closed());
}

TEST_F(ChannelTest, StopsWithClientsAndIsFreeAgain) {
    serve();
    auto client = connect();
    options.port = server->port();
    server->stop();
    EXPECT_TRUE(client->is_closed());
    chain.append({});  // nobody hears of it
    serve();
    connect();
}

TEST_F(ChannelTest, SaysWhatIsWrongWithItsAddressAndCertificate) {
    serve();
    options.port = server->port();
    channel::ChannelServer second(options, groups, pool);
    EXPECT_EQ(second.start().error().code, Code::unavailable);
    options.address = "nowhere";
    channel::ChannelServer nowhere(options, groups, pool);
    EXPECT_EQ(nowhere.start().error().code, Code::invalid_argument);
    options.key = certificates.client_key.to_pem("");
    channel::ChannelServer other_key(options, groups, pool);
    EXPECT_EQ(other_key.start().error().code, Code::invalid_argument);
}

// --- calls and transactions ---

TEST_F(ChannelTest, AnswersFindTheirQuestions) {
    serve();
    auto client = connect();
    for (int i = 0; i < 200; ++i) {
        client->send(FrameType::rpc, "q" + std::to_string(1000 + i),
                     ChannelClient::rpc_text("getBlockNumber", {1 + i % 2}));
    }
    std::set<channel::Sequence> answered;
    for (int i = 0; i < 200; ++i) {
        answered.insert(client->expect(FrameType::rpc).header.sequence);
    }
    EXPECT_EQ(answered.size(), 200U);
}

TEST_F(ChannelTest, ReceiptFollowsTheHashWithTheSameSequence) {
    serve();
    auto client = connect();
    auto sent = chain.make_transaction();
    client->send(FrameType::rpc, "send",
                 ChannelClient::rpc_text("sendRawTransaction", {1, hex(sent.encode())}));
    auto answer = client->expect(FrameType::rpc);
    EXPECT_EQ(answer.json().at("result"), hex(sent.hash()));
    auto receipt = client->expect(FrameType::transaction_notify);
    EXPECT_EQ(receipt.header.sequence, answer.header.sequence);
    EXPECT_EQ(receipt.header.result, 0);
    EXPECT_EQ(receipt.json().at("transactionHash"), hex(sent.hash()));
    EXPECT_EQ(receipt.json().at("status"), "0x0");
}

TEST_F(ChannelTest, RefusalIsAReceipt) {
    serve();
    chain.refuse_submissions(Error{Code::expired, "too late"});
    auto client = connect();
    client->send(
        FrameType::rpc, "send",
        ChannelClient::rpc_text("sendRawTransaction", {1, hex(chain.make_transaction().encode())}));
    client->expect(FrameType::rpc);
    EXPECT_EQ(client->expect(FrameType::transaction_notify).json().at("status"), "0x10");
}

// --- blocks ---

TEST_F(ChannelTest, BlocksAreToldToWhomWantsThem) {
    serve();
    auto client = connect();
    client->want({"_block_notify_1"});
    other.append({});
    for (int height = 1; height <= 3; ++height) {
        chain.append({});
        auto told = client->expect(FrameType::block_notify);
        EXPECT_EQ(told.header.sequence, channel::k_no_sequence);
        EXPECT_EQ(channel::split_topic_body(told.body)->topic, "_block_notify_1");
        EXPECT_EQ(told.topic_json(), Json({{"blockNumber", height}, {"groupID", 1}}));
    }
}

// --- events ---

class ChannelEvents : public ChannelTest {
  protected:
    static ledger::ethereum::Log log(std::uint64_t topic) {
        return {FakeFiscoChain::contract(), {ledger::word_of(topic)}, {5}};
    }
    static std::string filter(const Json& changes) {
        Json json{
            {"fromBlock", "1"},        {"toBlock", "latest"}, {"addresses", Json::array()},
            {"topics", Json::array()}, {"groupID", "1"},      {"filterID", "0123456789abcdef"}};
        json.update(changes);
        return channel::topic_body("", json.dump());
    }
    int add(ChannelClient& client, const Json& changes) {
        client.send(FrameType::register_event, "event", filter(changes));
        auto answer = client.expect(FrameType::register_event);
        EXPECT_EQ(answer.body.front(), '\x01');
        return answer.topic_json().at("result");
    }
    void emit(std::uint64_t topic) { chain.append({chain.make_transaction()}, {log(topic)}); }
};

TEST_F(ChannelEvents, PastAndComingEventsArePushedInOrder) {
    serve();
    emit(1);
    emit(2);
    auto client = connect();
    EXPECT_EQ(add(*client, Json::object()), 0);
    emit(3);
    for (int height = 1; height <= 3; ++height) {
        auto push = client->expect(FrameType::event_push);
        EXPECT_EQ(push.header.sequence, channel::k_no_sequence);
        Json json = push.json();
        EXPECT_EQ(json.at("filterID"), "0123456789abcdef");
        EXPECT_EQ(json.at("result"), 0);
        Json one = json.at("logs").at(0);
        EXPECT_EQ(one.at("blockNumber"), std::to_string(height));
        EXPECT_EQ(one.at("topics").at(0), hex(ledger::word_of(height)));
        EXPECT_EQ(one.at("logIndex"), "0x0");
        EXPECT_EQ(one.at("transactionIndex"), "0x0");
    }
}

TEST_F(ChannelEvents, OnlyWhatWasAskedFor) {
    serve();
    auto client = connect();
    const Json either = Json::array({hex(ledger::word_of(2)), hex(ledger::word_of(4))});
    EXPECT_EQ(add(*client, {{"topics", Json::array({either})},
                            {"addresses", Json::array({hex(FakeFiscoChain::contract())})}}),
              0);
    for (std::uint64_t topic = 1; topic <= 4; ++topic) emit(topic);
    EXPECT_EQ(client->expect(FrameType::event_push).json().at("logs").at(0).at("blockNumber"), "2");
    EXPECT_EQ(client->expect(FrameType::event_push).json().at("logs").at(0).at("blockNumber"), "4");
}

TEST_F(ChannelEvents, FromTheLastBlock) {
    serve();
    emit(1);
    emit(2);
    auto client = connect();
    EXPECT_EQ(add(*client, {{"fromBlock", "latest"}}), 0);
    EXPECT_EQ(client->expect(FrameType::event_push).json().at("logs").at(0).at("blockNumber"), "2");
}

TEST_F(ChannelEvents, EndOfTheRangeIsTold) {
    serve();
    emit(1);
    auto client = connect();
    EXPECT_EQ(add(*client, {{"toBlock", "2"}}), 0);
    client->expect(FrameType::event_push);
    emit(2);
    emit(3);
    EXPECT_EQ(client->expect(FrameType::event_push).json().at("logs").at(0).at("blockNumber"), "2");
    Json last = client->expect(FrameType::event_push).json();
    EXPECT_EQ(last.at("result"), 1);
    EXPECT_TRUE(last.at("logs").is_null());
    client->send(FrameType::unregister_event, "end", filter(Json::object()));
    EXPECT_EQ(client->expect(FrameType::unregister_event).topic_json().at("result"), -41007);
}

TEST_F(ChannelEvents, RemovedFiltersPushNothing) {
    serve();
    auto client = connect();
    EXPECT_EQ(add(*client, Json::object()), 0);
    client->send(FrameType::unregister_event, "end", filter(Json::object()));
    EXPECT_EQ(client->expect(FrameType::unregister_event).topic_json().at("result"), 0);
    emit(1);
    client->want({"_block_notify_1"});
    chain.append({});
    client->expect(FrameType::block_notify);
}

TEST_F(ChannelEvents, RefusalsHaveTheirNumbers) {
    groups.refusals = {{9, Code::forbidden}};
    options.max_filters = 1;
    serve();
    auto client = connect();
    EXPECT_EQ(add(*client, {{"fromBlock", "5"}, {"toBlock", "4"}}), -41003);
    EXPECT_EQ(add(*client, {{"groupID", "5"}}), -41002);
    EXPECT_EQ(add(*client, {{"groupID", "9"}}), -41006);
    EXPECT_EQ(add(*client, {{"fromBlock", "first"}}), -41000);
    EXPECT_EQ(
        add(*client, {{"addresses", Json::array({"0x12345678901234567890123456789012345678901"})}}),
        -41000);
    EXPECT_EQ(add(*client, {{"topics", Json::array({"0x12"})}}), -41000);
    EXPECT_EQ(add(*client, Json::object()), 0);
    EXPECT_EQ(add(*client, {{"filterID", "another"}}), -41001);
    client->send(FrameType::register_event, "bad", channel::topic_body("", "no json"));
    EXPECT_EQ(client->expect(FrameType::register_event).topic_json().at("result"), -41001);
}

// --- messages between clients ---

TEST_F(ChannelTest, MessagesGoToWhoeverWantsTheTopic) {
    serve();
    auto asker = connect();
    auto listener = connect();
    listener->want({"news"});
    asker->send(FrameType::amop_request, "question", channel::topic_body("news", "what?"));
    auto question = listener->expect(FrameType::amop_request);
    EXPECT_EQ(question.body, channel::topic_body("news", "what?"));
    listener->send(FrameType::amop_response, "question", channel::topic_body("news", "this"));
    auto answer = asker->expect(FrameType::amop_response);
    EXPECT_EQ(answer.header.sequence, sequence_of("question"));
    EXPECT_EQ(answer.body, channel::topic_body("news", "this"));
    EXPECT_EQ(answer.header.result, 0);
}

TEST_F(ChannelTest, NobodyWhoWantsItAndNobodyWhoAnswers) {
    options.message_timeout = std::chrono::milliseconds(100);
    serve();
    auto asker = connect();
    asker->send(FrameType::amop_request, "1", channel::topic_body("news", "what?"));
    EXPECT_EQ(asker->expect(FrameType::amop_response).header.result, 100);
    auto silent = connect();
    silent->want({"news"});
    asker->send(FrameType::amop_request, "2", channel::topic_body("news", "what?"));
    EXPECT_EQ(asker->expect(FrameType::amop_response).header.result, 102);
}

TEST_F(ChannelTest, WhoLeavesIsUnreachable) {
    serve();
    auto asker = connect();
    auto leaving = connect();
    leaving->want({"news"});
    asker->send(FrameType::amop_request, "1", channel::topic_body("news", "what?"));
    leaving->expect(FrameType::amop_request);
    leaving->close();
    EXPECT_EQ(asker->expect(FrameType::amop_response).header.result, 99);
}

TEST_F(ChannelTest, BroadcastReachesAll) {
    serve();
    auto sender = connect();
    auto first = connect();
    auto second = connect();
    first->want({"news"});
    second->want({"news"});
    sender->send(FrameType::amop_broadcast, "1", channel::topic_body("news", "all"));
    EXPECT_EQ(first->expect(FrameType::amop_broadcast).body, channel::topic_body("news", "all"));
    EXPECT_EQ(second->expect(FrameType::amop_broadcast).body, channel::topic_body("news", "all"));
    EXPECT_EQ(sender->expect(FrameType::amop_response).header.result, 0);
}

TEST_F(ChannelTest, WhoDoesNotReadIsDisconnected) {
    options.max_waiting_bytes = 4U << 20;
    serve();
    auto slow = connect();
    slow->want({"news"});
    auto sender = connect();
    // More than sockets and queue hold together.
    const std::string large = channel::topic_body("news", std::string(1U << 20, 'x'));
    for (int i = 0; i < 40; ++i) {
        sender->send(FrameType::amop_broadcast, "1", large);
        sender->expect(FrameType::amop_response);
    }
    sender->send(FrameType::amop_request, "2", channel::topic_body("news", "there?"));
    EXPECT_EQ(sender->expect(FrameType::amop_response).header.result, 100) << "nobody is left";
}

}  // namespace
}  // namespace bsn::testing
