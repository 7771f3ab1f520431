// The port over a FISCO BCOS network outside: what is read, what is sent, and what liars achieve.
#include "contract/abi/text.hpp"
#include "fixture.hpp"
#include "framework/fisco/shapes.hpp"

#include <atomic>

namespace bsn::testing {
namespace {

using crypto::SuiteId;

class KeySigner final : public framework::Signer {
  public:
    explicit KeySigner(SuiteId suite) : key_(crypto::PrivateKey::generate(suite)) {}
    const crypto::PublicKey& public_key() const override { return key_.public_key(); }
    Bytes participant() const override { return Bytes(32, 1); }
    crypto::Signature sign(ByteView message) const override { return key_.sign(message); }

  private:
    const crypto::PrivateKey key_;
};

class FiscoChainTest : public FiscoNetworkTest {
  protected:
    static ledger::ethereum::Log log() {
        ledger::ethereum::Log made;
        made.address = FakeFiscoChain::contract();
        made.topics = {ledger::word_of(5), ledger::word_of(6)};
        made.data = {1, 2};
        return made;
    }
    framework::Invocation invocation(const framework::Signer* identity) const {
        framework::Invocation made;
        made.contract = contract::abi::address_text(FakeFiscoChain::contract());
        made.function = "set(uint256) returns (uint256)";
        made.arguments = {to_bytes(std::string_view("5"))};
        made.identity = identity;
        return made;
    }
};

INSTANTIATE_TEST_SUITE_P(both, FiscoChainTest, ::testing::Values(SuiteId::secp256k1, SuiteId::sm2),
                         [](const auto& tested) {
                             return std::string(crypto::suite_name(tested.param));
                         });

TEST_P(FiscoChainTest, BlocksAreReadAndNameTheOneBefore) {
    const auto transaction = outside.make_transaction();
    outside.append({transaction});
    outside.append({});
    auto chain = open();
    wait_for_height(*chain, 2);
    for (std::uint64_t height = 0; height <= 2; ++height) {
        auto block = chain->block(height);
        ASSERT_TRUE(block.ok()) << block.error().message;
        EXPECT_EQ(block->hash, to_bytes((*outside.header(height)).hash.view()));
        EXPECT_EQ(block->signers, 1U);
        EXPECT_EQ(chain->block_by_hash(block->hash)->height, height);
        if (height > 0) {
            EXPECT_EQ(block->previous, chain->block(height - 1)->hash);
        }
    }
    EXPECT_EQ(chain->block(1)->transaction_ids,
              std::vector<Bytes>({to_bytes(transaction.hash().view())}));
    EXPECT_EQ(chain->block(3).error().code, Code::not_found);
    EXPECT_EQ(chain->block_by_hash(Bytes(32, 9)).error().code, Code::not_found);
    EXPECT_EQ(chain->transaction(Bytes(32, 9)).error().code, Code::not_found);
    EXPECT_FALSE(chain->transaction({}).ok());
}

TEST_P(FiscoChainTest, NewBlocksWakeWhoeverWaits) {
    auto chain = open();
    std::atomic<int> calls{0};
    chain->when_height(2, [&] { ++calls; });
    outside.append({});
    wait_for_height(*chain, 1);
    EXPECT_EQ(calls, 0);
    outside.append({});
    outside.append({});
    wait_for_height(*chain, 3);
    EXPECT_EQ(calls, 1);
}

TEST_P(FiscoChainTest, EachTransactionIsAnsweredInOrder) {
    auto chain = open();
    std::vector<Bytes> sent;
    for (int i = 0; i < 5; ++i) sent.push_back(outside.make_transaction().encode());
    sent[2] = {1, 2, 3};
    auto foreign = outside.make_transaction();
    foreign.group_id = 2;
    sent[3] = foreign.encode();
    auto answers = submit(*chain, sent);
    ASSERT_EQ(answers.size(), 5U);
    for (const std::size_t place : {0U, 1U, 4U}) {
        ASSERT_TRUE(answers[place].ok()) << answers[place].error().message;
        EXPECT_EQ(answers[place]->raw, sent[place]);
        EXPECT_TRUE(answers[place]->success);
        EXPECT_GE(chain->height(), answers[place]->height);
    }
    EXPECT_EQ(answers[2].error().code, Code::invalid_argument);
    EXPECT_EQ(answers[3].error().code, Code::wrong_channel);
    EXPECT_TRUE(submit(*chain, {}).empty());
}

TEST_P(FiscoChainTest, TheSameBytesAgainGetTheFirstAnswer) {
    auto chain = open();
    const Bytes bytes = outside.make_transaction().encode();
    auto answers = submit(*chain, {bytes, bytes});
    ASSERT_TRUE(answers[0].ok() && answers[1].ok());
    auto again = submit(*chain, {bytes}).at(0);
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ(again->height, answers[0]->height);
    EXPECT_EQ(outside.height(), 1U) << "it is on the chain once";
}

TEST_P(FiscoChainTest, RefusalsKeepTheirKind) {
    auto chain = open();
    for (const Code code : {Code::expired, Code::duplicate, Code::overloaded, Code::forbidden}) {
        outside.refuse_submissions(Error{code, "because"});
        auto answer = submit(*chain, {outside.make_transaction().encode()}).at(0);
        ASSERT_FALSE(answer.ok());
        EXPECT_EQ(answer.error().code, code) << answer.error().message;
    }
}

TEST_P(FiscoChainTest, ANodeThatAnswersBeforeTheBlockIsWaitedFor) {
    auto chain = open();
    const auto transaction = outside.make_transaction();
    // Our server answers by the hash, and nobody makes a block.
    outside.refuse_submissions(Error{Code::unknown_outcome, "later"});
    auto hasty = submit(*chain, {transaction.encode()}, 30).at(0);
    ASSERT_FALSE(hasty.ok());
    EXPECT_EQ(hasty.error().code, Code::unknown_outcome);
    std::promise<Result<framework::TransactionView>> told;
    chain->submit({transaction.encode()}, 20'000,
                  [&](auto answers) { told.set_value(std::move(answers.at(0))); });
    outside.append({});
    outside.append({transaction});
    auto answer = told.get_future().get();
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->height, 2U);
}

TEST_P(FiscoChainTest, WhoeverWaitsWhenItClosesLearnsThatNobodyKnows) {
    auto chain = open();
    outside.refuse_submissions(Error{Code::unknown_outcome, "later"});
    std::promise<Result<framework::TransactionView>> told;
    chain->submit({outside.make_transaction().encode()}, 60'000,
                  [&](auto answers) { told.set_value(std::move(answers.at(0))); });
    chain.reset();
    EXPECT_EQ(told.get_future().get().error().code, Code::unknown_outcome);
}

TEST_P(FiscoChainTest, AnAppThatTakesNoWritesSendsNothing) {
    auto chain = open({.may_write = [](const crypto::PublicKey&) {
        return Error{Code::suspended, "suspended"};
    }});
    auto answers = submit(*chain, {outside.make_transaction().encode()});
    EXPECT_EQ(answers[0].error().code, Code::suspended);
    EXPECT_EQ(outside.height(), 0U);
}

TEST_P(FiscoChainTest, EventsAreThoseOfTheReceipts) {
    outside.append({outside.make_transaction()});
    outside.append({outside.make_transaction(), outside.make_transaction()}, {log(), log()});
    auto chain = open();
    wait_for_height(*chain, 2);
    auto page = chain->events({}, 1);
    ASSERT_TRUE(page.ok()) << page.error().message;
    ASSERT_EQ(page->events.size(), 4U) << "whole blocks";
    EXPECT_TRUE(page->at_end);
    EXPECT_EQ(page->next.height, 3U);
    const framework::Event& last = page->events.back();
    EXPECT_EQ(last.height, 2U);
    EXPECT_EQ(last.index, 1U);
    EXPECT_EQ(last.log, 1U);
    EXPECT_EQ(last.contract, to_hex(FakeFiscoChain::contract()));
    EXPECT_EQ(last.name, "0x" + to_hex(ledger::word_of(5)));
    EXPECT_EQ(last.topics, std::vector<Bytes>({to_bytes(ledger::word_of(6).view())}));
    EXPECT_EQ(last.data, (Bytes{1, 2}));
}

TEST_P(FiscoChainTest, CallsAreMadeSignedAndAnswered) {
    auto chain = open();
    const KeySigner signer(GetParam());
    outside.on_call = [](const fisco::CallMessage& message) {
        return message.data.size() == 36
                   ? fisco::CallOutcome{0, Bytes(message.data.begin() + 4, message.data.end())}
                   : fisco::CallOutcome{0x16, {}};
    };
    auto asked = chain->query(invocation(&signer));
    ASSERT_TRUE(asked.ok()) << asked.error().message;
    EXPECT_NE(to_text(*asked).find('5'), std::string::npos);
    auto made = chain->make_transaction(invocation(&signer));
    ASSERT_TRUE(made.ok()) << made.error().message;
    auto transaction = ledger::fisco::Transaction::decode(*made);
    ASSERT_TRUE(transaction.ok());
    EXPECT_EQ(transaction->signer()->bytes, signer.public_key().bytes);
    EXPECT_EQ(transaction->block_limit, 500U);
    auto answer = submit(*chain, {*made}).at(0);
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->contract, invocation(nullptr).contract);
    EXPECT_EQ(chain->make_transaction(invocation(nullptr)).error().code, Code::unauthenticated);
    const KeySigner foreign(SuiteId::secp256r1);
    EXPECT_EQ(chain->make_transaction(invocation(&foreign)).error().code, Code::wrong_suite);
    auto nowhere = invocation(&signer);
    nowhere.contract = "0x" + std::string(40, '9');
    EXPECT_EQ(chain->query(nowhere).error().code, Code::not_found);
}

TEST_P(FiscoChainTest, ARevertIsToldByItsReason) {
    auto chain = open();
    outside.on_call = [](const fisco::CallMessage&) { return fisco::CallOutcome{0x16, {}}; };
    auto asked = chain->query(invocation(nullptr));
    ASSERT_FALSE(asked.ok());
    EXPECT_EQ(asked.error().code, Code::contract_failed) << asked.error().message;
}

// --- nodes that lie

TEST_P(FiscoChainTest, AForgedBlockIsNotRead) {
    outside.append({outside.make_transaction()}, {log()});
    auto chain = open();
    wait_for_height(*chain, 1);
    for (const char* member : {"timestamp", "number"}) {
        change = [&](std::size_t, std::string_view method, Json& result) {
            if (method == "getBlockHeaderByNumber") result[member] = 77;
        };
        auto fresh = client();
        EXPECT_FALSE(fresh.header(1).ok()) << member;
    }
    change = [](std::size_t, std::string_view method, Json& result) {
        if (method == "getBlockByNumber") result["transactions"] = Json::array();
        if (method == "getTransactionReceipt") result["output"] = "0x08";
    };
    auto block = chain->block(1);
    ASSERT_FALSE(block.ok());
    EXPECT_EQ(block.error().code, Code::bad_signature);
    change = [](std::size_t, std::string_view method, Json& result) {
        if (method == "getTransactionReceipt") result["output"] = "0x08";
    };
    EXPECT_EQ(chain->events({}, 10).error().code, Code::bad_signature);
}

TEST_P(FiscoChainTest, AForgedAnswerSettlesNothing) {
    const auto transaction = outside.make_transaction();
    outside.append({transaction});
    auto chain = open();
    wait_for_height(*chain, 1);
    const Bytes id = to_bytes(transaction.hash().view());
    change = [](std::size_t, std::string_view method, Json& result) {
        if (method != "getTransactionReceiptByHashWithProof") return;
        result["transactionReceipt"]["status"] = "0x16";
    };
    EXPECT_EQ(chain->transaction(id).error().code, Code::bad_signature);
    change = [](std::size_t, std::string_view method, Json& result) {
        if (method == "getTransactionByHashWithProof") result["transaction"]["input"] = "0x";
    };
    EXPECT_EQ(chain->transaction(id).error().code, Code::unavailable);
    change = nullptr;
    EXPECT_TRUE(chain->transaction(id).ok());
}

TEST_P(FiscoChainTest, AHeightThatNoSealerSignedIsNotBelieved) {
    change = [](std::size_t, std::string_view method, Json& result) {
        if (method == "getBlockNumber") result = "0xffff";
    };
    auto chain = open();
    for (int i = 0; i < 400 && chain->trouble().empty(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_NE(chain->trouble(), "");
    EXPECT_EQ(chain->height(), 0U);
}

TEST_P(FiscoChainTest, MalformedAnswersAreErrors) {
    const auto transaction = outside.make_transaction();
    outside.append({transaction}, {log()});
    const Bytes id = to_bytes(transaction.hash().view());
    for (const Json& odd : {Json(nullptr), Json(5), Json::array(), Json::object(), Json("0x")}) {
        change = [&](std::size_t, std::string_view, Json& result) { result = odd; };
        auto fresh = client();
        EXPECT_FALSE(fresh.header(1).ok());
        EXPECT_FALSE(fresh.prove(transaction.hash()).ok());
        EXPECT_FALSE(fresh.height_of(transaction.hash()).ok());
        EXPECT_FALSE(fresh.call({}, {}, {}).ok());
    }
    // Each member of a header away, or of another kind.
    const Json header = fisco::header_json(*outside.header(1), true);
    ASSERT_TRUE(network::header_from_json(header).ok());
    for (const auto& member : header.items()) {
        if (member.key() == "hash") continue;  // it is computed
        Json changed = header;
        changed[member.key()] = Json::object();
        EXPECT_FALSE(network::header_from_json(changed).ok()) << member.key();
        changed.erase(member.key());
        const bool optional = member.key() == "signatureList";
        EXPECT_EQ(network::header_from_json(changed).ok(), optional) << member.key();
    }
}

TEST_P(FiscoChainTest, SignaturesOfSeveralNodesArePutTogether) {
    // Two sealers, of which each endpoint shows its own signature, and one endpoint lies.
    const std::vector<crypto::PrivateKey> keys = [&] {
        std::vector<crypto::PrivateKey> made;
        for (int i = 0; i < 3; ++i) made.push_back(crypto::PrivateKey::generate(GetParam()));
        return made;
    }();
    fisco::BlockHeader block = *outside.header(0);
    trust.sealers.clear();
    for (const auto& key : keys)
        trust.sealers.push_back(*crypto::public_point_of(key.public_key()));
    block.header.sealer_list = trust.sealers;
    block.header.number = 0;
    block.hash = block.header.hash(crypto::suite_hash(GetParam()));
    bool lies = false;
    change = [&](std::size_t endpoint, std::string_view method, Json& result) {
        if (method != "getBlockHeaderByNumber") return;
        fisco::BlockHeader told = block;
        if (lies && endpoint == 0) told.header.timestamp += 1;
        told.signatures = {
            {ledger::word_of(endpoint), ledger::fisco::sign_block(block.hash, keys.at(endpoint))}};
        result = fisco::header_json(told, true);
    };
    auto all = client(3).header(0);
    ASSERT_TRUE(all.ok()) << all.error().message;
    EXPECT_EQ((*all)->signers, 3U);
    EXPECT_FALSE(client(2).header(0).ok()) << "two of three are no quorum";
    lies = true;
    EXPECT_FALSE(client(3).header(0).ok());
    trust.quorum = 2;
    auto despite = client(3).header(0);
    ASSERT_TRUE(despite.ok()) << despite.error().message;
    EXPECT_EQ((*despite)->hash, block.hash);
}

}  // namespace
}  // namespace bsn::testing
