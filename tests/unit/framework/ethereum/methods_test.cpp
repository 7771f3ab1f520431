// Ethereum's methods over a chain of three blocks: the answers of geth to the same questions.
#include "fixture.hpp"

namespace bsn::testing {
namespace {

const std::string k_example_hash =
    "0x33469b22e9f636356c4160a87eb19df52b7412e8eac32a4a55ffe88ea8350788";
const std::string k_sender = "\"0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f\"";
const std::string k_contract = "\"0x1111111111111111111111111111111111111111\"";

class MethodsTest : public EthereumTest {
  protected:
    void SetUp() override {
        // The example of EIP-155, and a transaction of each later type, with logs.
        Transaction example = account.transfer(9, 1'000'000'000'000'000'000);
        example.max_fee = ledger::word_of(20'000'000'000);
        first_ = account.sign(example);
        chain.change(contract_, [](FakeAccount& own) {
            own.code = {0x60, 0x00};
            own.slots[ledger::word_of(1)] = ledger::word_of(42);
        });
        chain.add_block({executed(account, first_)});

        Transaction second = account.transfer(10);
        second.type = TransactionType::dynamic_fee;
        second.max_fee = ledger::word_of(5);
        second.max_priority_fee = ledger::word_of(2);
        second.to = contract_;
        second_ = account.sign(second);
        auto logged = executed(account, second_);
        logged.logs = {{contract_, {ledger::word_of(7), ledger::word_of(8)}, {1, 2}},
                       {contract_, {ledger::word_of(9)}, {}}};
        Transaction third = account.transfer(11);
        third.type = TransactionType::access_list;
        third.to.reset();
        third.gas = 60'000;
        third.access_list = {{contract_, {ledger::word_of(1)}}};
        third_ = account.sign(third);
        auto created = executed(account, third_);
        created.success = false;
        created.created = contract_;
        created.logs = {};
        chain.add_block({logged, created});
    }

    std::string block_hash(std::uint64_t height) const {
        return "\"" + framework::rpc::data_text(chain.header(height)->hash) + "\"";
    }

    Address contract_ = *Address::from(Bytes(20, 0x11));
    Transaction first_;
    Transaction second_;
    Transaction third_;
};

struct Question {
    std::string method;
    std::string params;
    std::string answer;  ///< the result, or the error
};

TEST_F(MethodsTest, AnswersAsGeth) {
    const std::string nobody = "\"0x2222222222222222222222222222222222222222\"";
    const std::string no_hash = "\"0x" + std::string(64, '0') + "\"";
    const std::vector<Question> questions = {
        {"web3_clientVersion", "[]", R"("bsn/v0.1.0/linux/c++20")"},
        {"web3_sha3", R"(["0x68656c6c6f20776f726c64"])",
         R"("0x47173285a8d7341e5e972fc677286384f802f8ef42a5ec5f03bbfa254cb01fad")"},
        {"net_version", "[]", R"("1")"},
        {"net_listening", "[]", "true"},
        {"net_peerCount", "[]", R"("0x0")"},
        {"eth_chainId", "[]", R"("0x1")"},
        {"eth_blockNumber", "[]", R"("0x2")"},
        {"eth_syncing", "[]", "false"},
        {"eth_mining", "[]", "false"},
        {"eth_accounts", "[]", "[]"},
        {"eth_coinbase", "[]", R"("0x0000000000000000000000000000000000000000")"},
        {"eth_gasPrice", "[]", R"("0x0")"},
        {"eth_maxPriorityFeePerGas", "[]", R"("0x0")"},
        {"eth_feeHistory", R"(["0x2","latest",[50.5]])",
         R"({"oldestBlock":"0x1","reward":[["0x0"],["0x0"]],"baseFeePerGas":["0x0","0x0","0x0"],)"
         R"("gasUsedRatio":[0.0007,0.0014]})"},
        {"eth_feeHistory", R"([1,"0x9",[]])",
         R"({"code":-32000,"message":"request beyond head block: requested 9, head 2"})"},
        {"eth_feeHistory", R"([1,"latest",[101]])",
         R"({"code":-32000,"message":"invalid reward percentile: 101.000000"})"},
        {"eth_getBalance", "[" + k_sender + R"(,"latest"])", R"("0xde0b6b3a7640000")"},
        {"eth_getBalance", "[" + k_sender + "]", R"("0xde0b6b3a7640000")"},
        {"eth_getBalance", "[" + nobody + R"(,"0x1"])", R"("0x0")"},
        {"eth_getBalance", "[" + k_sender + R"(,"0x3"])",
         R"({"code":-32000,"message":"header not found"})"},
        {"eth_getBalance", R"(["0x12","latest"])",
         R"({"code":-32602,"message":"invalid argument 0: hex string has length 2, want 40 for common.Address"})"},
        {"eth_getBalance", "[" + k_sender + R"(,"soon"])",
         R"({"code":-32602,"message":"invalid argument 1: hex string without 0x prefix"})"},
        {"eth_getBalance", "[" + k_sender + R"(,{"blockNumber":"0x1"}])", R"("0xde0b6b3a7640000")"},
        {"eth_getBalance", "[" + k_sender + ",{\"blockHash\":" + no_hash + "}]",
         R"({"code":-32000,"message":"header for hash not found"})"},
        {"eth_getTransactionCount", "[" + k_sender + R"(,"latest"])", R"("0x0")"},
        {"eth_getCode", "[" + k_contract + R"(,"safe"])", R"("0x6000")"},
        {"eth_getCode", "[" + nobody + R"(,"finalized"])", R"("0x")"},
        {"eth_getStorageAt", "[" + k_contract + R"(,"0x1","latest"])",
         "\"0x" + std::string(62, '0') + "2a\""},
        {"eth_getStorageAt", "[" + k_contract + ",\"0x" + std::string(63, '0') + R"(1"])",
         "\"0x" + std::string(62, '0') + "2a\""},
        {"eth_getStorageAt", "[" + k_contract + R"(,"0xg","latest"])",
         R"({"code":-32000,"message":"unable to decode storage key: hex string invalid"})"},
        {"eth_getProof", "[" + k_contract + R"(,["0x1"],"latest"])",
         R"({"address":)" + k_contract + R"(,"accountProof":["0xc0"],"balance":"0x0","codeHash":)" +
             no_hash + R"(,"nonce":"0x0","storageHash":)" + no_hash +
             R"(,"storageProof":[{"key":"0x)" + std::string(63, '0') +
             R"(1","value":"0x2a","proof":["0x80"]}]})"},
        {"eth_getBlockByNumber", R"(["0x9",false])", "null"},
        {"eth_getBlockByHash", "[" + no_hash + ",true]", "null"},
        {"eth_getBlockByNumber", R"(["latest"])",
         R"({"code":-32602,"message":"missing value for required argument 1"})"},
        {"eth_getBlockByNumber", R"(["0x01",true])",
         R"({"code":-32602,"message":"invalid argument 0: hex number with leading zero digits"})"},
        {"eth_getBlockTransactionCountByNumber", R"(["pending"])", R"("0x2")"},
        {"eth_getBlockTransactionCountByNumber", R"(["0x7"])", "null"},
        {"eth_getBlockTransactionCountByHash", "[" + block_hash(1) + "]", R"("0x1")"},
        {"eth_getUncleCountByBlockNumber", R"(["latest"])", R"("0x0")"},
        {"eth_getUncleByBlockNumberAndIndex", R"(["latest","0x0"])", "null"},
        {"eth_getTransactionByHash", "[" + no_hash + "]", "null"},
        {"eth_getTransactionReceipt", "[" + no_hash + "]", "null"},
        {"eth_getTransactionByBlockNumberAndIndex", R"(["0x1","0x1"])", "null"},
        {"eth_getBlockReceipts", R"(["0x9"])", "null"},
        {"eth_sendTransaction", "[{}]", R"({"code":-32000,"message":"unknown account"})"},
        {"eth_subscribe", R"(["newHeads"])",
         R"({"code":-32601,"message":"notifications not supported"})"},
        {"debug_traceTransaction", "[" + no_hash + "]",
         R"({"code":-32601,"message":"the method debug_traceTransaction does not exist/is not available"})"},
    };
    for (const Question& question : questions) {
        EXPECT_EQ(ask_text(question.method, question.params), question.answer)
            << question.method << question.params;
    }
}

TEST_F(MethodsTest, TellsTheExampleOfEip155) {
    ASSERT_EQ(hash_text(first_), k_example_hash);
    EXPECT_EQ(
        ask_text("eth_getTransactionByHash", "[\"" + k_example_hash + "\"]"),
        R"({"blockHash":)" + block_hash(1) + R"(,"blockNumber":"0x1","from":)" + k_sender +
            R"(,"gas":"0x5208","gasPrice":"0x4a817c800","hash":")" + k_example_hash +
            R"(","input":"0x","nonce":"0x9","to":"0x3535353535353535353535353535353535353535",)"
            R"("transactionIndex":"0x0","value":"0xde0b6b3a7640000","type":"0x0","chainId":"0x1",)"
            R"("v":"0x25","r":"0x28ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276",)"
            R"("s":"0x67cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"})");
    EXPECT_EQ(ask("eth_getTransactionByBlockHashAndIndex", "[" + block_hash(1) + R"(,"0x0"])"),
              ask("eth_getTransactionByHash", "[\"" + k_example_hash + "\"]"));
    EXPECT_EQ(ask("eth_getRawTransactionByHash", "[\"" + k_example_hash + "\"]"),
              framework::rpc::data_text(first_.encode()));
}

TEST_F(MethodsTest, TellsLaterTypes) {
    auto dynamic = ask("eth_getTransactionByHash", "[\"" + hash_text(second_) + "\"]");
    EXPECT_EQ(dynamic["type"], "0x2");
    EXPECT_EQ(dynamic["gasPrice"], "0x0") << "what was paid";
    EXPECT_EQ(dynamic["maxFeePerGas"], "0x5");
    EXPECT_EQ(dynamic["maxPriorityFeePerGas"], "0x2");
    EXPECT_EQ(dynamic["v"], dynamic["yParity"]);
    EXPECT_EQ(dynamic["accessList"].dump(), "[]");
    auto list = ask("eth_getTransactionByHash", "[\"" + hash_text(third_) + "\"]");
    EXPECT_EQ(list["type"], "0x1");
    EXPECT_EQ(list["to"], nullptr);
    EXPECT_EQ(list["accessList"][0]["address"].dump(), k_contract);
    EXPECT_EQ(list["accessList"][0]["storageKeys"][0], "0x" + std::string(63, '0') + "1");
}

TEST_F(MethodsTest, TellsReceipts) {
    auto receipt = ask("eth_getTransactionReceipt", "[\"" + hash_text(second_) + "\"]");
    EXPECT_EQ(receipt["status"], "0x1");
    EXPECT_EQ(receipt["contractAddress"], nullptr);
    EXPECT_EQ(receipt["cumulativeGasUsed"], "0x5208");
    EXPECT_EQ(receipt["logs"][1].dump(),
              R"({"address":)" + k_contract + R"(,"topics":["0x)" + std::string(63, '0') +
                  R"(9"],"data":"0x","blockNumber":"0x2","transactionHash":")" +
                  hash_text(second_) + R"(","transactionIndex":"0x0","blockHash":)" +
                  block_hash(2) + R"(,"logIndex":"0x1","removed":false})");
    auto failed = ask("eth_getTransactionReceipt", "[\"" + hash_text(third_) + "\"]");
    EXPECT_EQ(failed["status"], "0x0");
    EXPECT_EQ(failed["to"], nullptr);
    EXPECT_EQ(failed["contractAddress"].dump(), k_contract);
    EXPECT_EQ(failed["cumulativeGasUsed"], "0xa410");
    EXPECT_EQ(failed["gasUsed"], "0x5208");
    EXPECT_EQ(failed["type"], "0x1");
    auto all = ask("eth_getBlockReceipts", R"(["latest"])");
    EXPECT_EQ(all.size(), 2U);
    EXPECT_EQ(all[1], failed);
}

TEST_F(MethodsTest, TellsBlocks) {
    auto block = ask("eth_getBlockByNumber", R"(["0x2",false])");
    EXPECT_EQ(block["number"], "0x2");
    EXPECT_EQ(block["hash"].dump(), block_hash(2));
    EXPECT_EQ(block["parentHash"].dump(), block_hash(1));
    EXPECT_EQ(block["nonce"], "0x0000000000000000");
    EXPECT_EQ(block["gasUsed"], "0xa410");
    EXPECT_EQ(block["uncles"].dump(), "[]");
    EXPECT_EQ(block["transactions"][0], hash_text(second_));
    EXPECT_FALSE(block.contains("baseFeePerGas"));
    auto full = ask("eth_getBlockByHash", "[" + block_hash(2) + ",true]");
    EXPECT_EQ(full["transactions"][1],
              ask("eth_getTransactionByHash", "[\"" + hash_text(third_) + "\"]"));
    EXPECT_EQ(ask("eth_getBlockByNumber", R"(["earliest",false])")["number"], "0x0");
    EXPECT_EQ(ask("eth_getBlockByNumber", R"(["pending",false])"), block);
}

TEST_F(MethodsTest, KeepsTheStateOfTheLastBlocksOnly) {
    EXPECT_EQ(ask("eth_getBalance", "[" + k_sender + R"(,"0x0"])"), "0xde0b6b3a7640000");
    chain.add_block();
    EXPECT_EQ(refusal("eth_getBalance", "[" + k_sender + R"(,"0x0"])"),
              "historical state is not available");
}

TEST_F(MethodsTest, CallsAndTellsWhyACallFailed) {
    CallOutcome outcome;
    CallMessage seen;
    chain.call = [&](const CallMessage& message) -> Result<CallOutcome> {
        seen = message;
        return outcome;
    };
    const std::string params = "[{\"from\":" + k_sender + ",\"to\":" + k_contract +
                               R"(,"data":"0x01","value":"0x2","gas":"0x99999999999"},"latest"])";
    outcome.output = {0xab};
    EXPECT_EQ(ask("eth_call", params), "0xab");
    EXPECT_EQ(seen.from, account.address());
    EXPECT_EQ(seen.to, contract_);
    EXPECT_EQ(seen.data, Bytes{1});
    EXPECT_EQ(seen.value, ledger::word_of(2));
    EXPECT_EQ(seen.gas, chain.config.call_gas_cap);

    outcome = {CallStatus::reverted, "execution reverted", {}, 0, 0};
    EXPECT_EQ(ask_text("eth_call", params),
              R"({"code":3,"message":"execution reverted","data":"0x"})");
    outcome.output = *from_hex("08c379a0" + std::string(62, '0') + "20" + std::string(63, '0') +
                               "26e6f" + std::string(60, '0'));
    EXPECT_EQ(refusal("eth_call", params), "execution reverted: no");
    outcome.output = *from_hex("4e487b71" + std::string(62, '0') + "11");
    EXPECT_EQ(refusal("eth_call", params), "execution reverted: arithmetic underflow or overflow");
    outcome.output = *from_hex("08c379a0" + std::string(64, 'f') + std::string(64, 'f'));
    EXPECT_EQ(refusal("eth_call", params), "execution reverted");
    outcome = {CallStatus::failed, "invalid opcode: INVALID", {}, 0, 0};
    EXPECT_EQ(ask_text("eth_call", params),
              R"({"code":-32000,"message":"invalid opcode: INVALID"})");

    EXPECT_EQ(refusal("eth_call", R"([{"data":"0x01","input":"0x02"}])"),
              "both \"data\" and \"input\" are set and not equal. Please use "
              "\"input\" to pass transaction call data");
    EXPECT_EQ(ask_text("eth_call", R"([{"gasPrice":"0x1","maxFeePerGas":"0x1"}])"),
              R"({"code":-32000,"message":)"
              R"("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified"})");
    EXPECT_EQ(refusal("eth_call", R"([{"maxFeePerGas":"0x1","maxPriorityFeePerGas":"0xa"}])"),
              "maxFeePerGas (1) < maxPriorityFeePerGas (10)");
    EXPECT_EQ(refusal("eth_call", R"([{"chainId":"0x2"}])"),
              "chainId does not match node's (have=2, want=1)");
}

TEST_F(MethodsTest, TellsWhyACallCannotBegin) {
    std::string why = "insufficient funds for gas * price + value: address 0x… have 0 want 1";
    chain.call = [&](const CallMessage&) -> Result<CallOutcome> {
        return Error{Code::invalid_argument, why};
    };
    const std::string params = "[{\"to\":" + k_contract + R"(,"value":"0x1","gas":"0x7530"}])";
    EXPECT_EQ(ask("eth_call", params)["code"], -32000);
    EXPECT_EQ(refusal("eth_call", params), "err: " + why + " (supplied gas 30000)");
    EXPECT_EQ(refusal("eth_estimateGas", params), "failed with 30000 gas: " + why);
    why = "intrinsic gas too low: have 30000, want 40000";
    EXPECT_EQ(refusal("eth_estimateGas", params), "gas required exceeds allowance (30000)");
    chain.call = [](const CallMessage&) -> Result<CallOutcome> {
        return Error{Code::io_error, "the disk is gone"};
    };
    EXPECT_EQ(refusal("eth_call", params), "the disk is gone");
    EXPECT_EQ(refusal("eth_estimateGas", params), "the disk is gone");
}

TEST_F(MethodsTest, PutsAccountsOverTheStateOfACall) {
    std::vector<AccountOverride> seen;
    chain.put_over = [&](const std::vector<AccountOverride>& accounts) { seen = accounts; };
    chain.call = [](const CallMessage&) -> Result<CallOutcome> { return CallOutcome{}; };
    const std::string slot = "0x" + std::string(63, '0') + "1";
    auto call = [&](const std::string& overrides) {
        return refusal("eth_call", R"([{},"latest",)" + overrides + "]");
    };
    EXPECT_EQ(
        call("{" + k_contract + R"(:{"balance":"0x5","nonce":"0x6","code":"0x6001","state":{")" +
             slot + "\":\"" + slot + "\"}}}"),
        "accepted: \"0x\"");
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].address, contract_);
    EXPECT_EQ(seen[0].balance, ledger::word_of(5));
    EXPECT_EQ(seen[0].nonce, 6U);
    EXPECT_EQ(seen[0].code, (Bytes{0x60, 0x01}));
    EXPECT_TRUE(seen[0].storage_replaced);
    ASSERT_EQ(seen[0].slots.size(), 1U);
    EXPECT_EQ(seen[0].slots[0].second, ledger::word_of(1));
    ask("eth_estimateGas", R"([{},"latest",{)" + k_contract + R"(:{"stateDiff":{")" + slot +
                               "\":\"" + slot + "\"}}}]");
    EXPECT_FALSE(seen[0].storage_replaced);
    EXPECT_FALSE(seen[0].code);

    EXPECT_TRUE(call("[]").starts_with("invalid argument 2: json: cannot unmarshal array"));
    EXPECT_TRUE(call(R"({"0x12":{}})").starts_with("invalid argument 2: hex string has length 2"));
    EXPECT_NE(call("{" + k_contract + R"(:{"state":{},"stateDiff":{}}})").find("has both 'state'"),
              std::string::npos);
    EXPECT_NE(
        call("{" + k_contract + R"(:{"movePrecompileToAddress":"0x"}})").find("not supported"),
        std::string::npos);
    EXPECT_TRUE(call("{" + k_contract + R"(:{"stateDiff":{"0x1":"0x1"}}})").starts_with("invalid"));
    EXPECT_NE(call(R"({},{"number":"0x1"})").find("overrides of the block"), std::string::npos);
}

TEST_F(MethodsTest, TakesNoNullForAnArgumentThatItNeeds) {
    EXPECT_EQ(refusal("eth_getBalance", R"([null,"latest"])"),
              "invalid argument 0: json: cannot unmarshal non-string into Go value of type "
              "common.Address");
    EXPECT_EQ(refusal("eth_getBalance"), "missing value for required argument 0");
    EXPECT_EQ(ask("eth_getBalance", "[" + k_sender + ",null]"), "0xde0b6b3a7640000");
}

TEST_F(MethodsTest, AnswersNothingToABodyOfNothing) {
    for (const char* body : {"", " \r\n"}) {
        std::string answered = "not at all";
        rpc.answer(body, [&](std::string text) { answered = std::move(text); });
        EXPECT_EQ(answered, "");
    }
}

TEST_F(MethodsTest, RefusesPercentilesAsGeth) {
    auto history = [&](const std::string& percentiles) {
        return ask_text("eth_feeHistory", R"(["0x1","latest",)" + percentiles + "]");
    };
    EXPECT_EQ(history("[60,40]"), R"({"code":-32000,"message":)"
                                  R"("invalid reward percentile: #0:60.000000 >= #1:40.000000"})");
    EXPECT_EQ(history("[40,40]"), R"({"code":-32000,"message":)"
                                  R"("invalid reward percentile: #0:40.000000 >= #1:40.000000"})");
    EXPECT_EQ(history("[101]"),
              R"({"code":-32000,"message":"invalid reward percentile: 101.000000"})");
}

TEST_F(MethodsTest, EstimatesTheLeastGas) {
    std::uint64_t needed = 100'000;
    std::size_t calls = 0;
    chain.call = [&](const CallMessage& message) -> Result<CallOutcome> {
        ++calls;
        if (message.gas < needed)
            return CallOutcome{CallStatus::out_of_gas, "out of gas", {}, message.gas, 0};
        return CallOutcome{CallStatus::success, "", {}, 60'000, 0};
    };
    const std::string params = "[{\"to\":" + k_contract + R"(,"data":"0x01"}])";
    auto estimate =
        framework::rpc::quantity_from(ask("eth_estimateGas", params).get<std::string>());
    ASSERT_TRUE(estimate);
    EXPECT_GE(*estimate, needed);
    EXPECT_LE(*estimate, needed * 1015 / 1000 + 1);
    EXPECT_LT(calls, 25U);
    // A transfer to an account without code.
    needed = 21'000;
    EXPECT_EQ(ask("eth_estimateGas",
                  R"([{"to":"0x2222222222222222222222222222222222222222","value":"0x1"}])"),
              "0x5208");
    needed = chain.config.block_gas_limit + 1;
    EXPECT_EQ(refusal("eth_estimateGas", params), "gas required exceeds allowance (30000000)");
    chain.call = [](const CallMessage&) -> Result<CallOutcome> {
        return CallOutcome{CallStatus::reverted, "execution reverted", {1}, 0, 0};
    };
    EXPECT_EQ(ask_text("eth_estimateGas", params),
              R"({"code":3,"message":"execution reverted","data":"0x01"})");
}

}  // namespace
}  // namespace bsn::testing
