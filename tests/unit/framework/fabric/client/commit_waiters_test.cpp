#include "framework/fabric/client/commit_waiters.hpp"

#include <gtest/gtest.h>

namespace bsn::framework::fabric {
namespace {

class FabricCommitWaitersTest : public ::testing::Test {
  protected:
    CommitWaiters waiters_{3};
    std::vector<Result<CommitWaiters::Committed>> answers_;

    Result<bool> enter(const std::string& id, std::uint64_t until = 1000,
                       const std::string& payload = "payload", bool joins = false) {
        auto envelope = std::make_shared<common::Envelope>();
        envelope->set_payload(payload);
        return waiters_.enter(
            id, envelope, until,
            [this](Result<CommitWaiters::Committed> answer) {
                answers_.push_back(std::move(answer));
            },
            joins);
    }
    static CheckedBlock block(const std::string& id, protos::TxValidationCode code) {
        CheckedBlock made;
        made.block.mutable_header()->set_number(7);
        made.block.mutable_data()->add_data("envelope");
        made.codes = {code};
        made.transactions.emplace_back().transaction_id = id;
        return made;
    }
};

TEST_F(FabricCommitWaitersTest, ABlockTellsThoseWhoWaitForItsTransactions) {
    EXPECT_EQ(*enter("aa"), true);
    EXPECT_EQ(*enter("aa"), false);  // the same once more: not sent again
    EXPECT_EQ(*enter("bb"), true);
    EXPECT_FALSE(waiters_.look_at(block("cc", protos::VALID)));
    EXPECT_TRUE(waiters_.look_at(block("aa", protos::MVCC_READ_CONFLICT)));
    ASSERT_EQ(answers_.size(), 2U);
    for (const auto& answer : answers_) {
        ASSERT_TRUE(answer);
        EXPECT_EQ(answer->code, protos::MVCC_READ_CONFLICT);
        EXPECT_EQ(answer->view.height, 7U);
        EXPECT_FALSE(answer->view.success);
    }
    EXPECT_EQ(waiters_.size(), 1U);
}

TEST_F(FabricCommitWaitersTest, RefusesWhatIsTooMuchOrAnother) {
    EXPECT_TRUE(enter("aa"));
    EXPECT_EQ(enter("aa", 1000, "other").error().code, Code::duplicate);
    EXPECT_EQ(*enter("aa", 1000, "other", true), false);  // waits for the one that is on its way
    waiters_.fail("aa", {Code::forbidden, "no"});
    EXPECT_EQ(answers_.size(), 2U);
    answers_.clear();
    EXPECT_TRUE(enter("aa"));
    EXPECT_TRUE(enter("bb"));
    EXPECT_TRUE(enter("cc"));
    EXPECT_EQ(enter("dd").error().code, Code::overloaded);
    waiters_.fail("bb", {Code::forbidden, "no"});
    ASSERT_EQ(answers_.size(), 1U);
    EXPECT_EQ(answers_[0].error().code, Code::forbidden);
    EXPECT_TRUE(enter("dd"));
}

TEST_F(FabricCommitWaitersTest, NobodyWaitsForEver) {
    EXPECT_TRUE(enter("aa", 10));
    EXPECT_TRUE(enter("bb", 20));
    waiters_.tick(9);
    EXPECT_TRUE(answers_.empty());
    waiters_.tick(10);
    ASSERT_EQ(answers_.size(), 1U);
    EXPECT_EQ(answers_[0].error().code, Code::unknown_outcome);
    waiters_.close();
    ASSERT_EQ(answers_.size(), 2U);
    EXPECT_EQ(answers_[1].error().code, Code::unknown_outcome);
    EXPECT_EQ(enter("cc").error().code, Code::unavailable);
}

TEST_F(FabricCommitWaitersTest, WhatAnOrdererMayHaveForgottenIsDueAgain) {
    EXPECT_TRUE(enter("aa", 1000, "of aa"));
    EXPECT_TRUE(enter("bb", 1000, "of bb"));
    EXPECT_TRUE(waiters_.due(500, 600, 10).empty());  // no orderer has taken any
    EXPECT_FALSE(waiters_.hasten(500));
    waiters_.taken("aa", 100);
    EXPECT_FALSE(waiters_.hasten(99));
    EXPECT_TRUE(waiters_.due(99, 200, 10).empty());
    auto due = waiters_.due(100, 200, 10);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].second->payload(), "of aa");
    EXPECT_TRUE(waiters_.due(150, 250, 10).empty());
    EXPECT_TRUE(waiters_.hasten(200));
    EXPECT_FALSE(waiters_.hasten(200));  // what is due is not more so
    EXPECT_TRUE(waiters_.due(150, 250, 0).empty());
    EXPECT_EQ(waiters_.due(150, 250, 10).size(), 1U);
    waiters_.all_are_due();
    EXPECT_EQ(waiters_.due(150, 250, 10).size(), 1U);
    waiters_.found(block("aa", protos::VALID), 0);
    ASSERT_EQ(answers_.size(), 1U);
    EXPECT_TRUE(answers_[0]->view.success);
    waiters_.all_are_due();
    EXPECT_TRUE(waiters_.due(300, 400, 10).empty());
}

}  // namespace
}  // namespace bsn::framework::fabric
