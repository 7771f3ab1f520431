// Logs: searching, filters that are asked, and subscriptions.
#include "fixture.hpp"

namespace bsn::testing {
namespace {

using framework::rpc::Json;

class LogsTest : public EthereumTest {
  protected:
    /// A block with a log of each of these topics.
    void add(const std::vector<std::uint64_t>& topics) {
        auto one = executed(account, account.transfer(next_nonce_++));
        for (std::uint64_t topic : topics) {
            one.logs.push_back({contract_, {ledger::word_of(topic), ledger::word_of(100)}, {}});
        }
        chain.add_block({one});
    }
    static std::string topic(std::uint64_t number) {
        return "\"" + framework::rpc::data_text(ledger::word_of(number)) + "\"";
    }
    std::size_t count(const std::string& query) {
        return ask("eth_getLogs", "[" + query + "]").size();
    }
    /// A connection; what it is told is in `told`.
    std::unique_ptr<framework::RpcConnection> connect() {
        return rpc.connect([this](std::string text) { told.push_back(Json::parse(text)); });
    }
    static std::string call(const std::string& method, const std::string& params) {
        return R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":)" + params + "}";
    }
    std::string subscribe(framework::RpcConnection& connection, const std::string& params) {
        connection.receive(call("eth_subscribe", params));
        auto answer = told.back();
        told.pop_back();
        return answer.contains("result") ? answer["result"].get<std::string>()
                                         : answer["error"]["message"].get<std::string>();
    }

    Address contract_ = *Address::from(Bytes(20, 0x11));
    std::uint64_t next_nonce_ = 0;
    std::vector<Json> told;
};

TEST_F(LogsTest, AreFoundByRangeAddressAndTopics) {
    add({1, 2});
    add({});
    add({2});
    EXPECT_EQ(count(R"({"fromBlock":"earliest"})"), 3U);
    EXPECT_EQ(count("{}"), 1U) << "the latest block";
    EXPECT_EQ(count(R"({"fromBlock":"0x1","toBlock":"0x2"})"), 2U);
    EXPECT_EQ(count(R"({"fromBlock":"0x0","topics":[)" + topic(2) + "]}"), 2U);
    EXPECT_EQ(count(R"({"fromBlock":"0x0","topics":[[)" + topic(1) + "," + topic(5) + "]]}"), 1U);
    EXPECT_EQ(count(R"({"fromBlock":"0x0","topics":[null,)" + topic(100) + "]}"), 3U);
    EXPECT_EQ(count(R"({"fromBlock":"0x0","topics":[null,null,null]})"), 0U);
    EXPECT_EQ(count(R"({"fromBlock":"0x0","topics":[]})"), 3U);
    EXPECT_EQ(
        count(R"({"fromBlock":"0x0","address":"0x1111111111111111111111111111111111111111"})"), 3U);
    EXPECT_EQ(
        count(R"({"fromBlock":"0x0","address":["0x2222222222222222222222222222222222222222"]})"),
        0U);
    EXPECT_EQ(count(R"({"fromBlock":"0x9"})"), 0U);
    EXPECT_EQ(count(R"({"blockHash":")" + framework::rpc::data_text(chain.header(1)->hash) + "\"}"),
              2U);
    auto logs = ask("eth_getLogs", R"([{"fromBlock":"0x1","toBlock":"0x1"}])");
    EXPECT_EQ(logs[1]["logIndex"], "0x1");
    EXPECT_EQ(logs[1]["topics"][0].dump(), topic(2));
}

TEST_F(LogsTest, BlocksThatCannotHaveThemAreNotRead) {
    for (int i = 0; i < 50; ++i) add({1});
    add({2});
    const std::size_t before = chain.block_reads();
    EXPECT_EQ(count(R"({"fromBlock":"0x0","topics":[)" + topic(2) + "]}"), 1U);
    EXPECT_LT(chain.block_reads() - before, 5U);
}

TEST_F(LogsTest, SearchesAreBounded) {
    add({1, 2, 3});
    add({1, 2, 3});
    EXPECT_EQ(
        ask_text("eth_getLogs", R"([{"fromBlock":"0x0"}])"),
        R"({"code":-32005,"message":"query returned more than 5 results; ask for blocks 0x0 to 0x1"})");
    for (int i = 0; i < 100; ++i) chain.add_block();
    EXPECT_EQ(
        ask_text("eth_getLogs", R"([{"fromBlock":"0x1"}])"),
        R"({"code":-32005,"message":"query spans 102 blocks, more than 100; ask for fewer at once"})");
}

TEST_F(LogsTest, WrongQueriesAreRefusedAsByGeth) {
    add({1});
    EXPECT_EQ(ask_text("eth_getLogs", R"([{"fromBlock":"0x1","toBlock":"0x0"}])"),
              R"({"code":-32602,"message":"invalid block range params"})");
    EXPECT_EQ(ask_text("eth_getLogs", R"([{"fromBlock":"0x0","toBlock":"0x63"}])"),
              R"({"code":-32602,"message":"block range extends beyond current head block"})");
    EXPECT_EQ(ask_text("eth_getLogs", R"([{"fromBlock":"0x63"}])"), "[]");
    // A filter may wait for blocks to come.
    const auto filter = ask_text("eth_newFilter", R"([{"fromBlock":"0x0","toBlock":"0x63"}])");
    EXPECT_TRUE(ask("eth_getFilterLogs", "[" + filter + "]").is_array());
    const auto later = ask_text("eth_newFilter", R"([{"fromBlock":"0x62","toBlock":"0x63"}])");
    EXPECT_EQ(ask_text("eth_getFilterLogs", "[" + later + "]"), "[]");
    EXPECT_EQ(refusal("eth_getLogs", R"([{"topics":[null,null,null,null,null]}])"),
              "invalid argument 0: exceed max topics");
    EXPECT_EQ(refusal("eth_getLogs", R"([{"blockHash":"0x)" + std::string(64, '1') + R"("}])"),
              "unknown block");
    EXPECT_NE(refusal("eth_getLogs",
                      R"([{"blockHash":"0x)" + std::string(64, '1') + R"(","fromBlock":"0x1"}])")
                  .find("cannot specify both BlockHash and FromBlock/ToBlock"),
              std::string::npos);
    EXPECT_EQ(refusal("eth_getLogs"), "missing value for required argument 0");
}

TEST_F(LogsTest, FiltersTellWhatIsNew) {
    std::string blocks = ask_text("eth_newBlockFilter");
    std::string logs = ask_text("eth_newFilter", "[{\"topics\":[" + topic(1) + "]}]");
    std::string pending = ask_text("eth_newPendingTransactionFilter");
    EXPECT_EQ(ask_text("eth_getFilterChanges", "[" + blocks + "]"), "[]");
    add({1, 2});
    add({2});
    Transaction transaction = account.transfer(0);
    send(transaction);
    EXPECT_EQ(ask("eth_getFilterChanges", "[" + blocks + "]").size(), 2U);
    EXPECT_EQ(ask_text("eth_getFilterChanges", "[" + blocks + "]"), "[]");
    EXPECT_EQ(ask("eth_getFilterChanges", "[" + logs + "]").size(), 1U);
    EXPECT_EQ(ask_text("eth_getFilterChanges", "[" + logs + "]"), "[]");
    EXPECT_EQ(ask_text("eth_getFilterChanges", "[" + pending + "]"),
              "[\"" + hash_text(transaction) + "\"]");
    EXPECT_EQ(ask_text("eth_uninstallFilter", "[" + logs + "]"), "true");
    EXPECT_EQ(ask_text("eth_uninstallFilter", "[" + logs + "]"), "false");
    EXPECT_EQ(refusal("eth_getFilterChanges", "[" + logs + "]"), "filter not found");
    EXPECT_EQ(refusal("eth_getFilterLogs", "[" + blocks + "]"), "filter not found");
    std::string all = ask_text("eth_newFilter", R"([{"fromBlock":"0x0"}])");
    EXPECT_EQ(ask("eth_getFilterLogs", "[" + all + "]").size(), 3U);
}

TEST_F(LogsTest, ALongGapIsToldInParts) {
    std::string filter = ask_text("eth_newBlockFilter");
    for (int i = 0; i < 13; ++i) chain.add_block();
    EXPECT_EQ(ask("eth_getFilterChanges", "[" + filter + "]").size(), 10U);
    EXPECT_EQ(ask("eth_getFilterChanges", "[" + filter + "]").size(), 3U);
    std::string logs = ask_text("eth_newFilter", "[{}]");
    for (int i = 0; i < 3; ++i) add({1, 2, 3});
    EXPECT_EQ(ask("eth_getFilterChanges", "[" + logs + "]").size(), 3U);
    EXPECT_EQ(ask("eth_getFilterChanges", "[" + logs + "]").size(), 3U);
}

TEST_F(LogsTest, FiltersAreBoundedAndForgotten) {
    std::string first = ask_text("eth_newBlockFilter");
    std::string second = ask_text("eth_newBlockFilter");
    ask("eth_newBlockFilter");
    ask("eth_getFilterChanges", "[" + first + "]");
    ask("eth_newBlockFilter");
    EXPECT_EQ(refusal("eth_getFilterChanges", "[" + second + "]"), "filter not found");
    EXPECT_EQ(ask_text("eth_getFilterChanges", "[" + first + "]"), "[]");
    clock.time += 300'001;
    EXPECT_EQ(refusal("eth_getFilterChanges", "[" + first + "]"), "filter not found");
}

TEST_F(LogsTest, SubscribersAreToldOfHeadsLogsAndTransactions) {
    auto connection = connect();
    std::string heads = subscribe(*connection, R"(["newHeads"])");
    std::string logs = subscribe(*connection, "[\"logs\",{\"topics\":[" + topic(1) + "]}]");
    std::string pending = subscribe(*connection, R"(["newPendingTransactions"])");
    ASSERT_TRUE(told.empty());
    add({1, 2});
    queue.run();
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0]["method"], "eth_subscription");
    EXPECT_FALSE(told[0].contains("id"));
    EXPECT_EQ(told[0]["params"]["subscription"], heads);
    EXPECT_EQ(told[0]["params"]["result"]["number"], "0x1");
    EXPECT_EQ(told[1]["params"]["subscription"], logs);
    EXPECT_EQ(told[1]["params"]["result"]["topics"][0].dump(), topic(1));
    told.clear();
    for (int i = 0; i < 3; ++i) chain.add_block();
    queue.run();
    ASSERT_EQ(told.size(), 3U) << "no block is left out";
    EXPECT_EQ(told[2]["params"]["result"]["number"], "0x4");
    told.clear();
    Transaction transaction = account.transfer(0);
    send(transaction);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0]["params"]["subscription"], pending);
    EXPECT_EQ(told[0]["params"]["result"], hash_text(transaction));
    // Another method on the same connection.
    told.clear();
    connection->receive(call("eth_chainId", "[]"));
    EXPECT_EQ(told.at(0)["result"], "0x1");
}

TEST_F(LogsTest, SubscriptionsEnd) {
    auto connection = connect();
    std::string first = subscribe(*connection, R"(["newHeads"])");
    connection->receive(call("eth_unsubscribe", "[\"" + first + "\"]"));
    EXPECT_EQ(told.back()["result"], true);
    connection->receive(call("eth_unsubscribe", "[\"" + first + "\"]"));
    EXPECT_EQ(told.back()["error"]["message"], "subscription not found");
    told.clear();
    chain.add_block();
    queue.run();
    EXPECT_TRUE(told.empty());
    subscribe(*connection, R"(["newHeads"])");
    chain.add_block();
    queue.run();
    EXPECT_EQ(told.size(), 1U) << "only what came after it";
    told.clear();
    connection.reset();
    chain.add_block();
    queue.run();
    EXPECT_TRUE(told.empty());
}

TEST_F(LogsTest, SubscriptionsAreBoundedAndNamed) {
    auto connection = connect();
    EXPECT_EQ(subscribe(*connection, R"(["gossip"])"),
              "no \"gossip\" subscription in eth namespace");
    for (int i = 0; i < 3; ++i) subscribe(*connection, R"(["syncing"])");
    EXPECT_EQ(subscribe(*connection, R"(["newHeads"])"),
              "a connection has at most 3 subscriptions");
}

TEST_F(LogsTest, NoNotificationComesBeforeTheAnswerThatNamesIt) {
    auto connection = connect();
    std::string raw = framework::rpc::data_text(account.transfer(0).encode());
    connection->receive("[" + call("eth_subscribe", R"(["newPendingTransactions"])") + "," +
                        call("eth_sendRawTransaction", "[\"" + raw + "\"]") + "]");
    ASSERT_EQ(told.size(), 2U);
    EXPECT_TRUE(told[0].is_array());
    EXPECT_EQ(told[1]["params"]["subscription"], told[0][0]["result"]);
}

}  // namespace
}  // namespace bsn::testing
