// Sending transactions: what is refused, and in which order the chain gets the others.
#include "fixture.hpp"

namespace bsn::testing {
namespace {

class PoolTest : public EthereumTest {
  protected:
    static std::vector<std::uint64_t> nonces(const Batch& batch) {
        std::vector<std::uint64_t> all;
        for (const Transaction& one : batch.transactions) all.push_back(one.nonce);
        return all;
    }
    using Nonces = std::vector<std::uint64_t>;

    /// Says what came of all transactions of a batch; those on the chain are counted.
    void answer(std::size_t number, const std::vector<std::string>& errors = {},
                Code code = Code::invalid_argument) {
        Batch batch = std::move(batches.at(number));
        std::vector<Result<framework::TransactionView>> answers;
        for (std::size_t i = 0; i < batch.transactions.size(); ++i) {
            if (i < errors.size() && !errors[i].empty()) {
                answers.emplace_back(Error{code, errors[i]});
                continue;
            }
            answers.emplace_back(framework::TransactionView{});
            chain.change(account.address(), [&](FakeAccount& own) {
                own.state.nonce = std::max(own.state.nonce, batch.transactions[i].nonce + 1);
            });
        }
        batch.done(std::move(answers));
        queue.run();
    }
    std::string pending_nonce() {
        return ask("eth_getTransactionCount",
                   "[\"" + framework::rpc::data_text(account.address()) + "\",\"pending\"]");
    }
};

TEST_F(PoolTest, AnswersTheHashAndHandsOn) {
    Transaction first = account.transfer(0);
    EXPECT_EQ(send(first), hash_text(first));
    EXPECT_EQ(pending_nonce(), "0x1");
    queue.run();
    ASSERT_EQ(batches.size(), 1U);
    EXPECT_EQ(nonces(batches[0]), Nonces{0});
    EXPECT_EQ(ask_text("txpool_status"), R"({"pending":"0x1","queued":"0x0"})");
    EXPECT_EQ(ask("eth_getTransactionByHash", "[\"" + hash_text(first) + "\"]")["blockHash"],
              nullptr);
    answer(0);
    EXPECT_EQ(ask_text("txpool_status"), R"({"pending":"0x0","queued":"0x0"})");
    EXPECT_EQ(pending_nonce(), "0x1");
}

TEST_F(PoolTest, BeyondTheLimitNothingIsTaken) {
    chain.over_limit = Error{Code::overloaded, "a little later"};
    const Transaction first = account.transfer(0);
    auto refused =
        ask("eth_sendRawTransaction", "[\"" + framework::rpc::data_text(first.encode()) + "\"]");
    EXPECT_EQ(refused["code"], -32005);
    EXPECT_EQ(refused["message"], "a little later");
    EXPECT_EQ(ask_text("txpool_status"), R"({"pending":"0x0","queued":"0x0"})");
    EXPECT_EQ(pending_nonce(), "0x0");
    chain.over_limit.reset();
    EXPECT_EQ(send(first), hash_text(first));
}

TEST_F(PoolTest, ThousandsOfOneSenderFlyTogether) {
    for (std::uint64_t nonce = 0; nonce < 3000; ++nonce) send(account.transfer(nonce));
    queue.run();
    ASSERT_EQ(batches.size(), 2U) << "what came meanwhile goes in one batch, up to 2,000";
    EXPECT_EQ(batches[0].transactions.size(), 2000U);
    EXPECT_EQ(batches[1].transactions.front().nonce, 2000U);
    EXPECT_EQ(pending_nonce(), "0xbb8");
}

TEST_F(PoolTest, EarlyOnesWaitForTheirTurn) {
    send(account.transfer(2));
    send(account.transfer(1));
    queue.run();
    EXPECT_TRUE(batches.empty());
    EXPECT_EQ(pending_nonce(), "0x0");
    EXPECT_EQ(ask_text("txpool_status"), R"({"pending":"0x0","queued":"0x2"})");
    send(account.transfer(0));
    queue.run();
    ASSERT_EQ(batches.size(), 1U);
    EXPECT_EQ(nonces(batches[0]), (Nonces{0, 1, 2}));
    EXPECT_EQ(pending_nonce(), "0x3");
}

TEST_F(PoolTest, EarlyOnesAreBounded) {
    for (std::uint64_t nonce : {5, 6, 7}) send(account.transfer(nonce));
    EXPECT_EQ(send(account.transfer(8)),
              "nonce too high: next nonce 0, tx nonce 8; 3 of this account wait already");
    Transaction first = account.transfer(0);
    EXPECT_EQ(send(first), hash_text(first));
}

TEST_F(PoolTest, EarlyOnesAreForgotten) {
    send(account.transfer(5));
    clock.time += limits().early_ms;
    pool.tick();
    EXPECT_EQ(pool.counts().waiting, 1U);
    clock.time += 1;
    pool.tick();
    EXPECT_EQ(pool.counts().waiting, 0U);
}

TEST_F(PoolTest, WhatTheChainFoundTooEarlyFliesAgain) {
    send(account.transfer(0));
    queue.run();
    send(account.transfer(1));
    queue.run();
    ASSERT_EQ(batches.size(), 2U);
    // The second batch was faster. What is before it is on its way, so it flies at once.
    answer(1, {"nonce too high: address 0x…, tx: 1 state: 0"});
    ASSERT_EQ(batches.size(), 3U);
    EXPECT_EQ(nonces(batches[2]), Nonces{1});
    EXPECT_EQ(pending_nonce(), "0x2");
    answer(0);
    answer(2);
    EXPECT_EQ(pool.counts().pending, 0U);
    EXPECT_EQ(batches.size(), 3U);
}

TEST_F(PoolTest, WhatComesBackTooOftenIsGivenUp) {
    send(account.transfer(0));
    queue.run();
    for (std::size_t i = 0; i < batches.size(); ++i) answer(i, {"nonce too high"});
    EXPECT_EQ(batches.size(), limits().most_attempts);
    EXPECT_EQ(pool.counts().pending + pool.counts().waiting, 0U);
}

TEST_F(PoolTest, WhatTheChainWasTooBusyForIsTriedAgainLater) {
    send(account.transfer(0));
    send(account.transfer(1));
    queue.run();
    answer(0, {"too much is waiting", "too much is waiting"}, Code::overloaded);
    EXPECT_EQ(batches.size(), 1U);
    pool.tick();
    queue.run();
    ASSERT_EQ(batches.size(), 2U);
    EXPECT_EQ(nonces(batches[1]), (Nonces{0, 1}));
}

TEST_F(PoolTest, WhatTheChainRefusesIsGoneAndItsFollowersWait) {
    send(account.transfer(0));
    send(account.transfer(1));
    queue.run();
    answer(0, {"insufficient funds", "nonce too high"});
    EXPECT_EQ(pending_nonce(), "0x0");
    EXPECT_EQ(ask_text("txpool_status"), R"({"pending":"0x0","queued":"0x1"})");
    send(account.transfer(0, 1));
    queue.run();
    ASSERT_EQ(batches.size(), 2U);
    EXPECT_EQ(nonces(batches[1]), (Nonces{0, 1}));
}

TEST_F(PoolTest, RefusesAsGeth) {
    chain.change(account.address(), [](FakeAccount& own) { own.state.nonce = 3; });
    EXPECT_EQ(send(account.transfer(2)), "nonce too low: next nonce 3, tx nonce 2");
    send(account.transfer(3));
    EXPECT_EQ(send(account.transfer(3)), "already known");
    EXPECT_EQ(send(account.transfer(3, 1)), "replacement transaction underpriced");
    EXPECT_EQ(send(account.transfer(4, 0, 5)),
              "invalid sender: invalid chain id for signer: have 5 want 1");
    EXPECT_EQ(send(account.transfer(4, 2'000'000'000'000'000'000)),
              "insufficient funds for gas * price + value: balance 1000000000000000000, tx cost "
              "2000000000000000000, overshot 1000000000000000000");
    Transaction poor = account.transfer(4);
    poor.gas = 20'999;
    EXPECT_EQ(send(account.sign(poor)), "intrinsic gas too low: gas 20999, minimum needed 21000");
    Transaction rich = account.transfer(4);
    rich.gas = chain.config.block_gas_limit + 1;
    EXPECT_EQ(send(account.sign(rich)), "exceeds block gas limit");
    Transaction everywhere = account.transfer(4);
    everywhere.chain_id.reset();
    EXPECT_EQ(send(account.sign(everywhere)),
              "only replay-protected (EIP-155) transactions allowed over RPC");
    EXPECT_EQ(refusal("eth_sendRawTransaction", R"(["0x03c0"])"), "transaction type not supported");
    EXPECT_EQ(refusal("eth_sendRawTransaction", R"(["0x"])"), "typed transaction too short");
    EXPECT_EQ(refusal("eth_sendRawTransaction", R"(["0x02"])"), "typed transaction too short");
    Transaction forged = account.sign(account.transfer(4));
    forged.r = {};
    forged.s = {};
    EXPECT_EQ(send(forged), "invalid sender: invalid transaction v, r, s values");
    EXPECT_TRUE(refusal("eth_sendRawTransaction", R"(["0xc0"])").starts_with("rlp: "));
    EXPECT_TRUE(refusal("eth_sendRawTransaction", R"(["0xf86c09"])").starts_with("rlp: "));
    EXPECT_EQ(refusal("eth_sendRawTransaction"), "missing value for required argument 0");
    Transaction large = account.transfer(4);
    large.data = Bytes(chain.config.max_transaction_bytes);
    EXPECT_TRUE(send(account.sign(large)).starts_with("oversized data"));
    Transaction creation = account.transfer(4);
    creation.to.reset();
    creation.gas = 10'000'000;
    creation.data = Bytes(chain.config.max_init_code + 1);
    EXPECT_EQ(send(account.sign(creation)),
              "max initcode size exceeded: code size 49153 limit 49152");
}

TEST_F(PoolTest, GasMustBePaidForWhereItIsMetered) {
    chain.config.metered = true;
    Transaction dear = account.transfer(0);
    dear.max_fee = ledger::word_of(1'000'000'000'000'000'000);
    EXPECT_TRUE(send(account.sign(dear)).starts_with("insufficient funds"));
    dear.max_fee = ledger::Word(std::array<std::uint8_t, 32>{0xff});
    EXPECT_NE(send(account.sign(dear)).find("over 2^256"), std::string::npos);
    chain.config.metered = false;
    EXPECT_EQ(send(account.sign(dear)), hash_text(account.sign(dear)));
}

TEST_F(PoolTest, TellsItsContent) {
    send(account.transfer(0));
    send(account.transfer(7));
    auto content = ask("txpool_content");
    const std::string address = "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F";
    EXPECT_EQ(content["pending"][address]["0"]["nonce"], "0x0");
    EXPECT_EQ(content["queued"][address]["7"]["hash"], hash_text(account.transfer(7)));
}

}  // namespace
}  // namespace bsn::testing
