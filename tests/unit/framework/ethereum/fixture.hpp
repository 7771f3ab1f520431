#pragma once
// Ethereum's JSON-RPC over a chain in memory, whose transactions are answered when a test says so.

#include "framework/ethereum/ethereum_rpc.hpp"
#include "support/fake_ethereum_chain.hpp"

#include <gtest/gtest.h>

#include <deque>

namespace bsn::testing {

using namespace framework::ethereum;

/// Runs tasks when asked to.
class TaskQueue final : public Executor {
  public:
    void post(Task task) override { tasks_.push_back(std::move(task)); }
    void run() {
        while (!tasks_.empty()) {
            Task task = std::move(tasks_.front());
            tasks_.pop_front();
            task();
        }
    }

  private:
    std::deque<Task> tasks_;
};

class SetClock final : public Clock {
  public:
    UnixMillis now() const override { return time; }
    std::uint64_t monotonic() const override { return time; }
    std::uint64_t time = 1'000'000;
};

class EthereumTest : public ::testing::Test {
  protected:
    /// Transactions handed to the chain at once.
    struct Batch {
        std::vector<Transaction> transactions;
        framework::SubmitDone done;
    };

    EthereumTest()
        : pool(
              chain,
              [this](const std::vector<ledger::Transaction>& decoded, std::uint64_t,
                     framework::SubmitDone done) {
                  Batch batch;
                  for (const ledger::Transaction& one : decoded) {
                      batch.transactions.push_back(*Transaction::decode(one.body()));
                  }
                  batch.done = std::move(done);
                  batches.push_back(std::move(batch));
              },
              queue, clock, limits()),
          rpc(chain, pool, queue, clock, rpc_limits()) {
        chain.change(account.address(), [](FakeAccount& own) {
            own.state.balance = ledger::word_of(1'000'000'000'000'000'000);
        });
    }
    ~EthereumTest() override { queue.run(); }

    static PoolLimits limits() {
        PoolLimits limits;
        limits.most_early = 3;
        return limits;
    }
    static RpcLimits rpc_limits() {
        RpcLimits limits;
        limits.most_subscriptions = 3;
        limits.filters.most_filters = 3;
        limits.filters.logs = {100, 5};
        limits.filters.most_blocks = 10;
        return limits;
    }

    /// What is answered to a call; its result or error only.
    framework::rpc::Json ask(const std::string& method, const std::string& params = "[]") {
        std::string answered;
        rpc.answer(
            R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":)" + params + "}",
            [&](std::string text) { answered = std::move(text); });
        auto json = framework::rpc::Json::parse(answered, nullptr, false);
        if (json.is_discarded()) return "no JSON: " + answered;
        return json.contains("result") ? json["result"] : json["error"];
    }
    std::string ask_text(const std::string& method, const std::string& params = "[]") {
        return ask(method, params).dump();
    }
    /// The message of an error.
    std::string refusal(const std::string& method, const std::string& params = "[]") {
        auto json = ask(method, params);
        return json.is_object() ? json.value("message", "") : "accepted: " + json.dump();
    }
    std::string send(const Transaction& transaction) {
        auto json = ask("eth_sendRawTransaction",
                        "[\"" + framework::rpc::data_text(transaction.encode()) + "\"]");
        return json.is_string() ? json.get<std::string>() : json.value("message", "");
    }
    static std::string hash_text(const Transaction& transaction) {
        return framework::rpc::data_text(transaction.hash());
    }
    static FakeEthereumChain::Executed executed(const EthereumAccount& from,
                                                const Transaction& transaction) {
        FakeEthereumChain::Executed one;
        one.transaction = transaction;
        one.from = from.address();
        one.gas_used = 21'000;
        return one;
    }

    EthereumAccount account{0x46};
    FakeEthereumChain chain;
    TaskQueue queue;
    SetClock clock;
    std::vector<Batch> batches;
    TransactionPool pool;
    EthereumRpc rpc;
};

}  // namespace bsn::testing
