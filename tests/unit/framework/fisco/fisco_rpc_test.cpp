// The methods of FISCO BCOS 2.x as its SDKs read them. What they need to the letter is from the
// sources of the Java SDK 2.9 and the Go SDK 1.1.
#include "framework/fisco/fisco_rpc.hpp"

#include "framework/fisco/shapes.hpp"
#include "support/fake_fisco_chain.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace bsn::testing {
namespace {

using fisco::FiscoRpc;
using rpc_json = nlohmann::json;

class FiscoRpcTest : public ::testing::Test {
  protected:
    FiscoRpcTest() { groups.chains = {{1, &chain}, {7, &other}}; }

    rpc_json ask(std::string_view method, const rpc_json& params) {
        const rpc_json request{
            {"jsonrpc", "2.0"}, {"id", 5}, {"method", method}, {"params", params}};
        std::string said;
        rpc.answer(request.dump(), [&](std::string text) { said = std::move(text); });
        rpc_json answer = rpc_json::parse(said);
        EXPECT_EQ(answer.at("id"), 5);
        EXPECT_EQ(answer.at("jsonrpc"), "2.0");
        return answer;
    }
    rpc_json result(std::string_view method, const rpc_json& params) {
        rpc_json answer = ask(method, params);
        EXPECT_TRUE(answer.contains("result")) << answer.dump();
        return answer.value("result", rpc_json());
    }
    rpc_json error(std::string_view method, const rpc_json& params) {
        rpc_json answer = ask(method, params);
        EXPECT_TRUE(answer.contains("error")) << answer.dump();
        return answer.value("error", rpc_json({{"code", 0}, {"message", ""}}));
    }
    int error_code(std::string_view method, const rpc_json& params) {
        return error(method, params).at("code").get<int>();
    }
    static std::string hex(ByteView bytes) { return framework::rpc::data_text(bytes); }
    static Bytes bytes_of(const rpc_json& text) {
        return *framework::rpc::data_from(text.get<std::string>());
    }

    FakeFiscoChain chain{1};
    FakeFiscoChain other{7};
    FakeGroups groups;
    FiscoRpc rpc{groups};
};

TEST_F(FiscoRpcTest, VersionIsWhatSdksCompare) {
    rpc_json version = result("getClientVersion", rpc_json::array());
    EXPECT_EQ(version.at("FISCO-BCOS Version"), "2.9.0");
    EXPECT_EQ(version.at("Supported Version"), "2.9.0");
    EXPECT_EQ(version.at("Chain Id"), "1");
}

TEST_F(FiscoRpcTest, VersionOfSmChainsSaysSo) {
    FakeFiscoChain sm(1, crypto::SuiteId::sm2);
    groups.chains = {{1, &sm}};
    rpc_json version = result("getClientVersion", rpc_json::array());
    EXPECT_EQ(version.at("FISCO-BCOS Version"), "2.9.0 gm");
    EXPECT_EQ(version.at("Supported Version"), "2.9.0");
}

TEST_F(FiscoRpcTest, GroupsAreNumbersAndEachHasItsOwnChain) {
    chain.append({});
    EXPECT_EQ(result("getGroupList", rpc_json::array()), rpc_json({1, 7}));
    EXPECT_EQ(result("getBlockNumber", {1}), "0x1");
    EXPECT_EQ(result("getBlockNumber", {7}), "0x0");
}

TEST_F(FiscoRpcTest, UnknownAndForbiddenGroups) {
    groups.refusals = {{8, Code::forbidden}, {9, Code::unavailable}};
    rpc_json unknown = error("getBlockNumber", {2});
    EXPECT_EQ(unknown.at("code"), -40001);
    EXPECT_EQ(unknown.at("message"), "GroupID does not exist");
    EXPECT_EQ(error_code("getBlockNumber", {-1}), -40001);
    EXPECT_EQ(error_code("getBlockNumber", {8}), -40012);
    EXPECT_EQ(error_code("getBlockNumber", {9}), -40009);
    EXPECT_EQ(error_code("getBlockNumber", {"1"}), -32602);
    EXPECT_EQ(error_code("getBlockNumber", rpc_json::array()), -32602);
}

TEST_F(FiscoRpcTest, UnknownMethodInTheWordsOfFisco) {
    rpc_json unknown = error("getNothing", {1});
    EXPECT_EQ(unknown.at("code"), -32601);
    EXPECT_EQ(unknown.at("message"),
              "METHOD_NOT_FOUND: The method being requested is not available on this server");
}

TEST_F(FiscoRpcTest, BlockIsFoundByNumberInEachClientsWay) {
    auto transaction = chain.make_transaction();
    chain.append({transaction});
    rpc_json block = result("getBlockByNumber", {1, "1", true});
    EXPECT_EQ(block, result("getBlockByNumber", {1, "0x1", true}));
    EXPECT_EQ(block, result("getBlockByNumber", {1, 1, true}));
    EXPECT_EQ(block, result("getBlockByHash", {1, block.at("hash"), true}));
    EXPECT_EQ(block.at("number"), "0x1");
    EXPECT_TRUE(block.at("extraData").is_array());
    EXPECT_EQ(block.at("sealer"), "0x0");
    EXPECT_EQ(block.at("sealerList").at(0).get<std::string>().size(), 128U);
    EXPECT_EQ(block.at("signatureList").at(0).at("index"), "0x0");
    EXPECT_EQ(block.at("transactions").at(0).at("hash"), hex(transaction.hash()));
    EXPECT_EQ(result("getBlockHashByNumber", {1, "1"}), block.at("hash"));
    rpc_json hashes = result("getBlockByNumber", {1, "1", false});
    EXPECT_EQ(hashes.at("transactions"), rpc_json({hex(transaction.hash())}));
    EXPECT_FALSE(hashes.contains("signatureList"));
}

TEST_F(FiscoRpcTest, HeaderHasNumberAsInteger) {
    rpc_json header = result("getBlockHeaderByNumber", {1, "0", true});
    EXPECT_EQ(header.at("number"), 0);
    EXPECT_FALSE(header.contains("transactions"));
    EXPECT_EQ(header.at("signatureList").size(), 1U);
    EXPECT_FALSE(
        result("getBlockHeaderByHash", {1, header.at("hash"), false}).contains("signatureList"));
}

/// The Java SDK computes the hash anew from what it was told.
TEST_F(FiscoRpcTest, HashOfAHeaderFollowsFromItsFields) {
    chain.append({chain.make_transaction()});
    rpc_json told = result("getBlockHeaderByNumber", {1, "1", false});
    auto bytes = [&](const char* name) { return bytes_of(told.at(name)); };
    ledger::fisco::Header header;
    header.parent = *fisco::Hash::from(bytes("parentHash"));
    header.state_root = *fisco::Hash::from(bytes("stateRoot"));
    header.transactions_root = *fisco::Hash::from(bytes("transactionsRoot"));
    header.receipts_root = *fisco::Hash::from(bytes("receiptsRoot"));
    header.db_hash = *fisco::Hash::from(bytes("dbHash"));
    header.bloom = *ledger::ethereum::Bloom::from(bytes("logsBloom"));
    header.number = told.at("number");
    header.timestamp = *framework::rpc::quantity_from(told.at("timestamp").get<std::string>());
    header.extra_data = {bytes_of(told.at("extraData").at(0))};
    header.sealer_list = {
        *fixed_from_hex<crypto::PublicPoint>(told.at("sealerList").at(0).get<std::string>())};
    EXPECT_EQ(told.at("hash"), hex(header.hash(chain.settings().hash())));
}

TEST_F(FiscoRpcTest, BlocksThatAreNotThere) {
    EXPECT_EQ(error_code("getBlockByNumber", {1, "9", true}), -40004);
    EXPECT_EQ(error_code("getBlockHashByNumber", {1, "9"}), -40004);
    EXPECT_EQ(error_code("getBlockByHash", {1, hex(fisco::Hash{}), true}), -40003);
    EXPECT_EQ(error_code("getBlockHeaderByHash", {1, hex(fisco::Hash{}), true}), -40003);
    EXPECT_EQ(error_code("getBlockByNumber", {1, "nine", true}), -32602);
    EXPECT_EQ(error_code("getBlockByHash", {1, "0x12", true}), -32602);
}

/// The Java SDK encodes it again, and expects the hash.
TEST_F(FiscoRpcTest, TransactionCanBeEncodedAgain) {
    for (auto suite : {crypto::SuiteId::secp256k1, crypto::SuiteId::sm2}) {
        FakeFiscoChain own(1, suite);
        groups.chains = {{1, &own}};
        auto sent = own.make_transaction();
        own.append({sent});
        rpc_json told = result("getTransactionByHash", {1, hex(sent.hash())});
        ledger::fisco::Transaction read = sent;
        const rpc_json signature = told.at("signature");
        read.r = *fisco::Word::from(bytes_of(signature.at("r")));
        read.s = *fisco::Word::from(bytes_of(signature.at("s")));
        read.data = bytes_of(told.at("input"));
        Bytes whole = bytes_of(signature.at("signature"));
        if (suite == crypto::SuiteId::sm2) {
            read.v = bytes_of(signature.at("v"));
            EXPECT_EQ(read.v.size(), 64U);
            EXPECT_EQ(whole.size(), 128U);
        } else {
            EXPECT_EQ(whole.size(), 65U);
            read.v = {static_cast<std::uint8_t>(whole.back() + 27)};
        }
        EXPECT_EQ(told.at("hash"), hex(read.hash()));
        EXPECT_EQ(told.at("from"), hex(own.block(1).value()->transactions.at(0).from.address()));
        EXPECT_EQ(told.at("groupId"), "0x1");
        EXPECT_EQ(told, result("getTransactionByBlockNumberAndIndex", {1, "1", "0"}));
        EXPECT_EQ(told,
                  result("getTransactionByBlockHashAndIndex", {1, told.at("blockHash"), "0x0"}));
    }
}

TEST_F(FiscoRpcTest, DeploymentGoesToTheZeroAddress) {
    auto sent = chain.make_transaction();
    sent.to.reset();
    chain.append({sent});
    EXPECT_EQ(result("getTransactionByHash", {1, hex(sent.hash())}).at("to"),
              "0x" + std::string(40, '0'));
}

TEST_F(FiscoRpcTest, WhatIsNotThereIsNull) {
    EXPECT_TRUE(result("getTransactionByHash", {1, hex(fisco::Hash{})}).is_null());
    EXPECT_TRUE(result("getTransactionReceipt", {1, hex(fisco::Hash{})}).is_null());
    EXPECT_TRUE(result("getTransactionReceiptByHashWithProof", {1, hex(fisco::Hash{})}).is_null());
    EXPECT_EQ(error_code("getTransactionByBlockNumberAndIndex", {1, "0", "0"}), -40005);
}

TEST_F(FiscoRpcTest, ReceiptHasWhatSdksRead) {
    ledger::ethereum::Log log{FakeFiscoChain::contract(), {ledger::word_of(1)}, {9}};
    auto sent = chain.make_transaction();
    chain.append({sent}, {log});
    rpc_json receipt = result("getTransactionReceipt", {1, hex(sent.hash())});
    EXPECT_EQ(receipt.at("status"), "0x0");
    EXPECT_EQ(receipt.at("statusMsg"), "None");
    EXPECT_EQ(receipt.at("output"), "0x07");
    EXPECT_EQ(receipt.at("gasUsed"), "0x5208");
    EXPECT_EQ(receipt.at("contractAddress"), "0x" + std::string(40, '0'));
    EXPECT_EQ(receipt.at("blockNumber"), "0x1");
    EXPECT_EQ(receipt.at("logs").at(0).at("data"), "0x09");
    EXPECT_EQ(receipt.at("logs").at(0).at("topics").size(), 1U);
}

std::vector<ledger::fisco::MerkleStep> steps_from(const rpc_json& json) {
    std::vector<ledger::fisco::MerkleStep> steps;
    for (const rpc_json& one : json) {
        ledger::fisco::MerkleStep step;
        for (const auto& hash : one.at("left"))
            step.left.push_back(*from_hex(hash.get<std::string>()));
        for (const auto& hash : one.at("right"))
            step.right.push_back(*from_hex(hash.get<std::string>()));
        steps.push_back(std::move(step));
    }
    return steps;
}

TEST_F(FiscoRpcTest, ProofsLeadToTheRoots) {
    std::vector<ledger::fisco::Transaction> many;
    many.reserve(20);
    for (int i = 0; i < 20; ++i) many.push_back(chain.make_transaction());
    chain.append(many);
    auto block = *chain.block(1);
    const auto hash = chain.settings().hash();
    const auto& wanted = block->transactions.at(17);
    rpc_json sent = result("getTransactionByHashWithProof", {1, hex(wanted.hash)});
    EXPECT_EQ(sent.at("transaction").at("hash"), hex(wanted.hash));
    EXPECT_TRUE(ledger::fisco::check_merkle_proof(hash, block->header.header.transactions_root, 17,
                                                  wanted.hash, steps_from(sent.at("txProof"))));
    rpc_json receipt = result("getTransactionReceiptByHashWithProof", {1, hex(wanted.hash)});
    EXPECT_EQ(receipt.at("transactionReceipt").at("transactionIndex"), "0x11");
    EXPECT_TRUE(ledger::fisco::check_merkle_proof(hash, block->header.header.receipts_root, 17,
                                                  wanted.receipt.hash(hash),
                                                  steps_from(receipt.at("receiptProof"))));
}

TEST_F(FiscoRpcTest, CallTellsStatusAndOutput) {
    fisco::CallMessage seen;
    chain.on_call = [&](const fisco::CallMessage& message) {
        seen = message;
        return fisco::CallOutcome{22, {8, 9}};
    };
    rpc_json call{{"from", "0x" + std::string(39, '0') + "1"},
                  {"to", "0x1001"},
                  {"data", "0x0102"},
                  {"value", "0x5"}};
    rpc_json said = result("call", {1, call});
    EXPECT_EQ(said.at("status"), "0x16");
    EXPECT_EQ(said.at("output"), "0x0809");
    EXPECT_EQ(said.at("currentBlockNumber"), "0x0");
    EXPECT_EQ(to_hex(seen.to), std::string(36, '0') + "1001");
    EXPECT_EQ(seen.data, (Bytes{1, 2}));
    EXPECT_EQ(seen.value, ledger::word_of(5));
    call.erase("from");
    EXPECT_EQ(error_code("call", {1, call}), -40006);
    EXPECT_EQ(error_code("call", {1, "nonsense"}), -32602);
}

TEST_F(FiscoRpcTest, CodeAndNodes) {
    EXPECT_EQ(result("getCode", {1, hex(FakeFiscoChain::contract())}), "0x6000");
    EXPECT_EQ(result("getCode", {1, "0x01"}), "0x");
    rpc_json sealers = result("getSealerList", {1});
    rpc_json observers = result("getObserverList", {1});
    EXPECT_EQ(sealers.at(0).get<std::string>().size(), 128U);
    EXPECT_EQ(result("getNodeIDList", {1}), rpc_json({sealers.at(0), observers.at(0)}));
    EXPECT_EQ(result("getGroupPeers", {1}), result("getNodeIDList", {1}));
    // The Java SDK asks for these two in group 1, also where its own is another.
    EXPECT_EQ(result("getNodeIDList", {9}), result("getNodeIDList", {1}));
    EXPECT_EQ(result("getPeers", {9}), result("getPeers", {1}));
    EXPECT_EQ(error_code("getGroupPeers", {9}), -40001);
    EXPECT_EQ(error_code("getPeers", {"one"}), -32602);
    rpc_json peers = result("getPeers", {1});
    EXPECT_EQ(peers.size(), 1U) << "without the one that answers";
    EXPECT_EQ(peers.at(0).at("Agency"), "wuhan");
    rpc_json consensus = result("getConsensusStatus", {1});
    EXPECT_EQ(consensus.at(0).at("sealer.0"), sealers.at(0));
    EXPECT_EQ(consensus.at(1).at(0).at("nodeId"), sealers.at(0));
}

TEST_F(FiscoRpcTest, StatusOfTheGroup) {
    chain.append({chain.make_transaction()});
    rpc_json sync = result("getSyncStatus", {1});
    EXPECT_EQ(sync.at("blockNumber"), 1);
    EXPECT_EQ(sync.at("txPoolSize"), "3");
    rpc_json count = result("getTotalTransactionCount", {1});
    EXPECT_EQ(count, rpc_json({{"blockNumber", "0x1"}, {"failedTxSum", "0x0"}, {"txSum", "0x1"}}));
    EXPECT_EQ(result("getSystemConfigByKey", {1, "tx_count_limit"}), "1000");
    EXPECT_EQ(error_code("getSystemConfigByKey", {1, "nothing"}), -40008);
    EXPECT_EQ(result("getPbftView", {1}), "0x0");
    EXPECT_EQ(result("getPendingTxSize", {1}), "0x3");
    EXPECT_EQ(result("getPendingTransactions", {1}), rpc_json::array());
}

TEST_F(FiscoRpcTest, GroupsAreNotChangedHere) {
    for (const char* method : {"generateGroup", "startGroup", "stopGroup", "removeGroup",
                               "recoverGroup", "queryGroupStatus"}) {
        rpc_json refused = error(method, {1});
        EXPECT_NE(refused.at("message").get<std::string>().find("bsn app publish"),
                  std::string::npos);
    }
}

// --- submission ---

TEST_F(FiscoRpcTest, SubmissionIsAnsweredByTheHash) {
    auto sent = chain.make_transaction();
    EXPECT_EQ(result("sendRawTransaction", {1, hex(sent.encode())}), hex(sent.hash()));
    EXPECT_FALSE(result("getTransactionReceipt", {1, hex(sent.hash())}).is_null());
    rpc_json again = error("sendRawTransaction", {1, hex(sent.encode())});
    EXPECT_EQ(again.at("code"), -32603);
    EXPECT_NE(again.at("message").get<std::string>().find("TransactionAlreadyInChain"),
              std::string::npos);
}

TEST_F(FiscoRpcTest, RefusalNamesTheReasonThatClientsLookFor) {
    struct Case {
        Code code;
        std::string_view name;
    };
    for (const Case& one :
         {Case{Code::expired, "BlockLimitCheckFailed"},
          Case{Code::duplicate, "TransactionNonceCheckFail"},
          Case{Code::wrong_network, "InvalidChainId"}, Case{Code::wrong_channel, "InvalidGroupId"},
          Case{Code::bad_signature, "InvalidSignature"}, Case{Code::overloaded, "TxPoolIsFull"},
          Case{Code::forbidden, "NoTxPermission"}}) {
        chain.refuse_submissions(Error{one.code, "because"});
        rpc_json refused = error("sendRawTransaction", {1, hex(chain.make_transaction().encode())});
        EXPECT_EQ(refused.at("code"), -32603);
        EXPECT_EQ(refused.at("message"), fmt::format("{}: because", one.name));
    }
}

TEST_F(FiscoRpcTest, WhatMayStillComeIsNoRefusal) {
    chain.refuse_submissions(Error{Code::unknown_outcome, "no answer in time"});
    auto sent = chain.make_transaction();
    EXPECT_EQ(result("sendRawTransaction", {1, hex(sent.encode())}), hex(sent.hash()));
}

TEST_F(FiscoRpcTest, BytesThatAreNoTransaction) {
    EXPECT_EQ(error_code("sendRawTransaction", {1, "0xc0"}), -32603);
    EXPECT_EQ(error_code("sendRawTransaction", {1, "0xzz"}), -32602);
    EXPECT_EQ(error_code("sendRawTransaction", {1}), -32602);
    const std::size_t most = chain.settings().max_transaction_bytes;
    EXPECT_EQ(error_code("sendRawTransaction", {1, hex(Bytes(most + 1, 0))}), -32603);
}

TEST_F(FiscoRpcTest, BeyondTheLimitNothingIsSubmitted) {
    chain.over_limit = Error{Code::overloaded, "a little later"};
    auto sent = chain.make_transaction();
    rpc_json refused = error("sendRawTransaction", {1, hex(sent.encode())});
    EXPECT_EQ(refused.at("code"), -40011);
    EXPECT_EQ(refused.at("message"), "Over QPS limit: a little later");
    EXPECT_FALSE(chain.find_transaction(sent.hash()).ok());
}

/// What a channel's client sees: texts in the order in which they came.
class ToldLater : public FiscoRpcTest {
  protected:
    std::vector<rpc_json> tell(std::string_view method, const rpc_json& params) {
        const rpc_json request{
            {"jsonrpc", "2.0"}, {"id", 5}, {"method", method}, {"params", params}};
        std::vector<rpc_json> said;
        auto take = [&](const std::string& text) { said.push_back(rpc_json::parse(text)); };
        rpc.answer(request.dump(), take, take);
        return said;
    }
};

TEST_F(ToldLater, HashFirstThenTheReceipt) {
    auto sent = chain.make_transaction();
    auto said = tell("sendRawTransaction", {1, hex(sent.encode())});
    ASSERT_EQ(said.size(), 2U);
    EXPECT_EQ(said[0].at("result"), hex(sent.hash()));
    EXPECT_EQ(said[1].at("status"), "0x0");
    EXPECT_EQ(said[1].at("transactionHash"), hex(sent.hash()));
    EXPECT_FALSE(said[1].contains("txProof"));
}

TEST_F(ToldLater, ReceiptWithProofs) {
    auto said = tell("sendRawTransactionAndGetProof", {1, hex(chain.make_transaction().encode())});
    ASSERT_EQ(said.size(), 2U);
    EXPECT_TRUE(said[1].contains("txProof"));
    EXPECT_TRUE(said[1].contains("receiptProof"));
}

TEST_F(ToldLater, RefusalIsAReceiptWithItsStatus) {
    struct Case {
        Code code;
        std::string_view status;
    };
    for (const Case& one :
         {Case{Code::expired, "0x10"}, Case{Code::duplicate, "0xf"}, Case{Code::overloaded, "0x1c"},
          Case{Code::unavailable, "0x1d"}, Case{Code::wrong_network, "0x2712"},
          Case{Code::wrong_channel, "0x2713"}, Case{Code::invalid_argument, "0x2715"},
          Case{Code::forbidden, "0x14"}}) {
        chain.refuse_submissions(Error{one.code, "because"});
        auto sent = chain.make_transaction();
        auto said = tell("sendRawTransaction", {1, hex(sent.encode())});
        ASSERT_EQ(said.size(), 2U);
        EXPECT_EQ(said[0].at("result"), hex(sent.hash()));
        EXPECT_EQ(said[1].at("status"), one.status);
        EXPECT_EQ(said[1].at("transactionHash"), hex(sent.hash()));
    }
}

TEST_F(ToldLater, BeyondTheLimitThereIsNoHash) {
    chain.over_limit = Error{Code::overloaded, "a little later"};
    auto sent = chain.make_transaction();
    auto said = tell("sendRawTransaction", {1, hex(sent.encode())});
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(said[0].at("error").at("code"), -40011);
    EXPECT_FALSE(chain.find_transaction(sent.hash()).ok());
}

TEST_F(ToldLater, SameBytesAgainAreInTheChain) {
    auto sent = chain.make_transaction();
    chain.append({sent});
    auto said = tell("sendRawTransaction", {1, hex(sent.encode())});
    ASSERT_EQ(said.size(), 2U);
    EXPECT_EQ(said[1].at("status"), "0x2711");
}

TEST_F(ToldLater, WhatIsNoTransactionIsAnErrorAndNothingFollows) {
    auto said = tell("sendRawTransaction", {1, "0xc0"});
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(said[0].at("error").at("code"), -32603);
    said = tell("sendRawTransaction", {2, "0xc0"});
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(said[0].at("error").at("code"), -40001);
}

TEST_F(ToldLater, OtherMethodsAreAnsweredAsEver) {
    auto said = tell("getBlockNumber", {1});
    ASSERT_EQ(said.size(), 1U);
    EXPECT_EQ(said[0].at("result"), "0x0");
}

}  // namespace
}  // namespace bsn::testing
