#include "framework/fabric/client/message.hpp"
#include "framework/fabric/client/proof.hpp"
#include "framework/fabric/client/proposal_builder.hpp"
#include "real_network.hpp"

namespace bsn::framework::fabric::testing {
namespace {

TEST_F(RealChain, ACallIsOnTheChainAndIsReadBack) {
    const std::string key = fresh_key("read");
    auto answer = invoke(call("set", pair(key, "one")));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_TRUE(answer->success) << answer->error;
    EXPECT_EQ(answer->contract, "kv");
    EXPECT_EQ(answer->function, "set");
    EXPECT_EQ(answer->creator, user_.signer->participant());
    auto value = chain_->query(call("get", key));
    ASSERT_TRUE(value) << value.error().message;
    EXPECT_EQ(to_text(*value), "one");

    auto transaction = chain_->transaction(answer->id);
    ASSERT_TRUE(transaction) << transaction.error().message;
    EXPECT_EQ(transaction->height, answer->height);
    EXPECT_EQ(transaction->index, answer->index);
    EXPECT_EQ(transaction->result, answer->result);
    EXPECT_FALSE(transaction->raw.empty());
    EXPECT_GE(chain_->height(), answer->height);

    auto block = chain_->block(answer->height);
    ASSERT_TRUE(block) << block.error().message;
    EXPECT_EQ(block->transaction_ids.at(answer->index), answer->id);
    EXPECT_EQ(block->signers, network_.bft() ? 3U : 1U);
    auto same = chain_->block_by_hash(block->hash);
    ASSERT_TRUE(same) << same.error().message;
    EXPECT_EQ(same->height, block->height);
    auto before = chain_->block(answer->height - 1);
    ASSERT_TRUE(before) << before.error().message;
    EXPECT_EQ(before->hash, block->previous);
}

TEST_F(RealChain, AllBlocksFromTheFirstHold) {
    ASSERT_TRUE(invoke(call("set", pair(fresh_key("all"), "one"))));
    Bytes previous;
    for (std::uint64_t height = 0; height <= chain_->height(); ++height) {
        auto block = chain_->block(height);
        ASSERT_TRUE(block) << height << ": " << block.error().message;
        EXPECT_TRUE(height == 0 || block->previous == previous) << height;
        previous = block->hash;
    }
    EXPECT_EQ(chain_->block(chain_->height() + 1000).error().code, Code::not_found);
    EXPECT_EQ(chain_->transaction(Bytes(32, 1)).error().code, Code::not_found);
    EXPECT_EQ(chain_->block_by_hash(Bytes(32, 1)).error().code, Code::not_found);
}

TEST_F(RealChain, EventsComeInOrder) {
    const std::string first = fresh_key("event");
    auto answer = invoke(call("set", pair(first, "one")));
    ASSERT_TRUE(answer) << answer.error().message;
    auto changed = invoke(call("update", pair(first, "two")));
    ASSERT_TRUE(changed) << changed.error().message;
    std::promise<void> reached;
    chain_->when_height(changed->height, [&] { reached.set_value(); });
    reached.get_future().wait();
    auto page = chain_->events({answer->height}, 10'000);
    ASSERT_TRUE(page) << page.error().message;
    std::vector<std::string> names;
    for (const Event& event : page->events) {
        if (event.transaction == answer->id || event.transaction == changed->id) {
            names.push_back(event.contract + "." + event.name);
        }
    }
    EXPECT_EQ(names, (std::vector<std::string>{"kv.event_set", "kv.event_update"}));
    EXPECT_EQ(page->next.height, chain_->height() + 1);
    EXPECT_TRUE(page->at_end);
}

TEST_F(RealChain, ARefusalOfTheContractIsItsSentence) {
    const std::string key = fresh_key("refused");
    auto refused = invoke(call("update", pair(key, "one")));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::contract_failed);
    EXPECT_NE(refused.error().message.find("not exists"), std::string::npos)
        << refused.error().message;
    auto missing = chain_->query(call("get", key));
    EXPECT_EQ(missing.error().code, Code::contract_failed);
    auto elsewhere = call("get", key);
    elsewhere.contract = "nowhere";
    auto nowhere = invoke(elsewhere);
    ASSERT_FALSE(nowhere);
    EXPECT_EQ(nowhere.error().code, Code::not_found) << nowhere.error().message;
}

TEST_F(RealChain, TheSameBytesGetTheFirstAnswer) {
    auto transaction = chain_->make_transaction(call("set", pair(fresh_key("same"), "one")));
    ASSERT_TRUE(transaction) << transaction.error().message;
    auto both = submit({*transaction, *transaction});
    ASSERT_TRUE(both[0]) << both[0].error().message;
    ASSERT_TRUE(both[1]) << both[1].error().message;
    EXPECT_TRUE(both[0]->success);
    EXPECT_EQ(both[0]->height, both[1]->height);
    auto again = submit({*transaction});
    ASSERT_TRUE(again[0]) << again[0].error().message;
    EXPECT_TRUE(again[0]->success) << again[0]->error;
    EXPECT_EQ(again[0]->height, both[0]->height);
    EXPECT_EQ(again[0]->id, both[0]->id);
}

TEST_F(RealChain, AClientSignsForItself) {
    ProposalSpec spec;
    spec.channel = network_.channel();
    spec.chaincode = "kv";
    spec.arguments = {"set", pair(fresh_key("client"), "one")};
    spec.time = SystemClock().now();
    auto built = build_proposal(spec, user_.serialized());
    auto payload = endorse(bytes_of(built.sign(user_)));
    ASSERT_TRUE(payload) << payload.error().message;
    auto answers = submit({bytes_of(sign_payload(to_text(*payload), user_))});
    ASSERT_TRUE(answers[0]) << answers[0].error().message;
    EXPECT_TRUE(answers[0]->success) << answers[0]->error;
    EXPECT_EQ(to_hex(answers[0]->id), built.transaction_id);

    const Identity other = network_.identity(1, "user");
    auto forged = submit({bytes_of(sign_payload(to_text(*payload), other))});
    ASSERT_FALSE(forged[0]);
    EXPECT_EQ(forged[0].error().code, Code::bad_signature);
    EXPECT_EQ(endorse(bytes_of(built.sign(other))).error().code, Code::bad_signature);
}

TEST_F(RealChain, OfTwoThatChangeTheSameOneHasNoEffect) {
    const std::string key = fresh_key("conflict");
    ASSERT_TRUE(invoke(call("set", pair(key, "zero"))));
    auto one = chain_->make_transaction(call("update", pair(key, "one")));
    auto two = chain_->make_transaction(call("update", pair(key, "two")));
    ASSERT_TRUE(one && two);
    auto answers = submit({*one, *two});
    ASSERT_TRUE(answers[0]) << answers[0].error().message;
    ASSERT_TRUE(answers[1]) << answers[1].error().message;
    EXPECT_NE(answers[0]->success, answers[1]->success);
    const TransactionView& lost = answers[0]->success ? *answers[1] : *answers[0];
    EXPECT_EQ(lost.error.find("MVCC_READ_CONFLICT"), 0U) << lost.error;
    EXPECT_EQ(chain_->prove(lost.id).error().code, Code::contract_failed);
}

TEST_F(RealChain, CallsThatMayBeRepeatedAllHaveTheirEffect) {
    const std::string key = fresh_key("repeated");
    ASSERT_TRUE(invoke(call("set", pair(key, "zero"))));
    std::vector<std::future<Result<TransactionView>>> answers;
    for (int i = 0; i < 3; ++i) {
        auto one = call("update", pair(key, std::to_string(i)));
        one.may_repeat = true;
        answers.push_back(begin(std::move(one)));
    }
    for (auto& answer : answers) {
        auto got = answer.get();
        ASSERT_TRUE(got) << got.error().message;
        EXPECT_TRUE(got->success) << got->error;
    }
}

/// An asset that all organisations have to endorse, though the chaincode's rule is a majority.
TEST_F(RealChain, WhatMoreMustEndorseIsAskedOfAll) {
    auto assets = [this](const std::string& function, std::vector<std::string> arguments) {
        Invocation made = call(function, "");
        made.contract = "assets";
        made.arguments.clear();
        for (const std::string& one : arguments) made.arguments.push_back(to_bytes(one));
        return made;
    };
    const std::string asset = fresh_key("asset");
    ASSERT_TRUE(invoke(assets("create", {asset, "one", "1"})));
    ASSERT_TRUE(invoke(assets("guard", {asset, "Org1MSP,Org2MSP,Org3MSP"})));
    // Nothing is known of it here: it fails, and is made anew where it may be.
    auto repeated = assets("give", {asset, "two"});
    repeated.may_repeat = true;
    auto given = invoke(repeated);
    ASSERT_TRUE(given) << given.error().message;
    EXPECT_TRUE(given->success) << given->error;
    given = invoke(assets("give", {asset, "three"}));
    ASSERT_TRUE(given) << given.error().message;
    EXPECT_TRUE(given->success) << given->error << ": it was not remembered";
    // One that may not be.
    chain_.reset();
    open();
    given = invoke(assets("give", {asset, "four"}));
    ASSERT_TRUE(given) << given.error().message;
    EXPECT_FALSE(given->success);
    EXPECT_EQ(given->error.find("ENDORSEMENT_POLICY_FAILURE"), 0U) << given->error;
    given = invoke(assets("give", {asset, "four"}));
    ASSERT_TRUE(given) << given.error().message;
    EXPECT_TRUE(given->success) << given->error;
}

TEST_F(RealChain, AProofHoldsForThoseWhoTrustTheOrganisations) {
    auto answer = invoke(call("set", pair(fresh_key("proof"), "one")));
    ASSERT_TRUE(answer) << answer.error().message;
    auto proof = chain_->prove(answer->id);
    ASSERT_TRUE(proof) << proof.error().message;
    auto verified = verify_proof(*proof, as_bytes(chain_->trusted_state()));
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(verified->transaction.id, answer->id);
    EXPECT_EQ(verified->transaction.height, answer->height);
    EXPECT_EQ(verified->transaction.creator, user_.signer->participant());
    EXPECT_TRUE(verified->transaction.success);
    EXPECT_NE(verified->trust.find("of its 3 organisations"), std::string::npos) << verified->trust;
}

TEST_F(RealChain, ManyCallsAtOnce) {
    const std::string prefix = fresh_key("many");
    std::vector<std::future<Result<TransactionView>>> answers;
    for (int i = 0; i < 300; ++i) {
        answers.push_back(begin(call("set", pair(prefix + "." + std::to_string(i), "x"))));
    }
    for (auto& answer : answers) {
        auto got = answer.get();
        ASSERT_TRUE(got) << got.error().message;
        EXPECT_TRUE(got->success) << got->error;
    }
}

/// By hand, with $BSN_FABRIC_CALLS: how many calls a second.
TEST_F(RealChain, Throughput) {
    const char* wanted = std::getenv("BSN_FABRIC_CALLS");
    if (wanted == nullptr) GTEST_SKIP() << "only where BSN_FABRIC_CALLS says how many";
    const std::size_t count = std::stoul(wanted);
    const std::size_t at_once = 300;
    const std::string prefix = fresh_key("speed");
    std::mutex mutex;
    std::condition_variable wake;
    std::size_t running = 0;
    std::size_t failed = 0;
    std::string why;
    std::vector<std::uint64_t> took;
    const SystemClock clock;
    const std::uint64_t begun = clock.monotonic();
    for (std::size_t i = 0; i < count; ++i) {
        std::unique_lock lock(mutex);
        wake.wait(lock, [&] { return running < at_once; });
        ++running;
        lock.unlock();
        const std::uint64_t start = clock.monotonic();
        chain_->invoke(call("set", pair(prefix + "." + std::to_string(i), std::string(128, 'x'))),
                       user_.signer, k_timeout_ms,
                       [&, start](const std::vector<Result<TransactionView>>& answers) {
                           std::lock_guard held(mutex);
                           took.push_back(clock.monotonic() - start);
                           if (!answers[0] || !answers[0]->success) {
                               ++failed;
                               why = answers[0] ? answers[0]->error : answers[0].error().message;
                           }
                           --running;
                           wake.notify_all();
                       });
    }
    std::unique_lock lock(mutex);
    wake.wait(lock, [&] { return running == 0; });
    const std::uint64_t ended = clock.monotonic();
    std::sort(took.begin(), took.end());
    EXPECT_EQ(failed, 0U) << why;
    std::cout << count * 1000 / (ended - begun) << " calls/s, p50 " << took[count / 2]
              << " ms, p99 " << took[count * 99 / 100] << " ms\n";
}

}  // namespace
}  // namespace bsn::framework::fabric::testing
