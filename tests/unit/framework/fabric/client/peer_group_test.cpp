// Three organisations with a peer each, two of which must endorse, or others by a chaincode's own
// policy: what becomes of a call when one of them refuses it, hangs or is not there.

#include "framework/fabric/client/peer_group.hpp"

#include "client_fixture.hpp"
#include "fake_network.hpp"

#include <peer/lifecycle/lifecycle.pb.h>
#include <peer/policy.pb.h>
#include <peer/transaction.pb.h>

#include <array>
#include <future>
#include <thread>

namespace bsn::framework::fabric {
namespace {

using namespace testing;
using namespace std::chrono_literals;

/// A chaincode for which the channel's usual rule holds.
const std::string k_chaincode = "_any";
/// One that has a definition.
const std::string k_own = "own";

class PeerGroupTest : public ::testing::Test {
  protected:
    enum class Answer : std::uint8_t { endorses, refuses, hangs, fails, late };

    /// What the peers of the three organisations do.
    void start(std::array<Answer, 3> answers, std::chrono::milliseconds patience = 20s) {
        PeerGroupOptions options;
        options.patience = patience;
        options.channel = "app";
        options.reader = make_identity("msp0", "reader");
        options.later = [this](std::uint64_t milliseconds, const Task& task) {
            later_.push_back(std::async(std::launch::async, [this, milliseconds, task] {
                std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
                pool_.post(task);
            }));
        };
        for (std::size_t i = 0; i < answers.size(); ++i) {
            const std::string msp = "msp" + std::to_string(i);
            peers_.push_back(std::make_unique<FakePeer>(
                "peer of " + msp,
                [this, kind = answers[i], identity = make_identity(msp, "peer")](
                    const protos::SignedProposal& proposal, protos::ProposalResponse& response) {
                    if (proposal.proposal_bytes().find("QueryChaincodeDefinition") !=
                        std::string::npos) {
                        response.mutable_response()->set_status(200);
                        response.mutable_response()->set_payload(definition_);
                        return grpc::Status();
                    }
                    ++asked_;
                    switch (kind) {
                        case Answer::endorses:
                            response = endorse(identity, response_payload("done")).response;
                            break;
                        case Answer::refuses: response = refuse(500, "it refuses").response; break;
                        case Answer::hangs: hold_.wait(); break;
                        case Answer::late:
                            hold_.wait_for(4s);
                            response = refuse(500, "it refuses late").response;
                            break;
                        case Answer::fails:
                            return grpc::Status(grpc::StatusCode::UNAVAILABLE, "no");
                    }
                    return grpc::Status();
                }));
            options.peers.push_back(peers_.back()->endpoint());
            options.peers.back().msp_id = msp;
        }
        ChannelPolicies policies;
        policies.usual = EndorsementRule::some_of(2, {"msp0", "msp1", "msp2"});
        policies.named = {
            {"/Channel/Application/Endorsement", policies.usual},
            {"/Channel/Application/All", EndorsementRule::some_of(3, {"msp0", "msp1", "msp2"})},
            {"/Channel/Application/Admins", EndorsementRule()}};
        group_ = std::make_shared<PeerGroup>(options, std::move(policies), pool_);
    }
    void TearDown() override {
        release_.set_value();
        later_.clear();
        pool_.stop();
    }
    /// What the chaincode `own` has for its policy.
    void define(const protos::ApplicationPolicy& policy) {
        lifecycle::QueryChaincodeDefinitionResult definition;
        definition.set_validation_parameter(policy.SerializeAsString());
        definition_ = definition.SerializeAsString();
    }
    void refer(const std::string& name) {
        protos::ApplicationPolicy policy;
        policy.set_channel_config_policy_reference(name);
        define(policy);
    }
    Result<std::string> call(const std::string& chaincode = k_chaincode) {
        const Identity caller = make_identity("msp0", "caller");
        auto proposal = build_proposal(fabric::testing::call({"deposit"}), caller.serialized());
        std::promise<Result<std::string>> promise;
        group_->endorse(proposal.sign(caller), chaincode, 20s,
                        [&](Result<std::string> result) { promise.set_value(std::move(result)); });
        return promise.get_future().get();
    }
    /// Often enough that each peer is the first one once.
    void expect_all_endorsed() {
        for (int i = 0; i < 3; ++i) {
            const auto endorsed = call();
            EXPECT_TRUE(endorsed.ok()) << endorsed.error().message;
        }
    }

    /// How many endorsements a call has; none: it was not endorsed.
    std::size_t endorsements(const std::string& chaincode = k_chaincode) {
        auto endorsed = call(chaincode);
        common::Payload payload;
        protos::Transaction transaction;
        protos::ChaincodeActionPayload action;
        if (!endorsed || !payload.ParseFromString(*endorsed) ||
            !transaction.ParseFromString(payload.data()) ||
            !action.ParseFromString(transaction.actions(0).payload())) {
            return 0;
        }
        return static_cast<std::size_t>(action.action().endorsements_size());
    }

    std::string definition_;
    std::promise<void> release_;
    std::shared_future<void> hold_ = release_.get_future().share();
    std::atomic<int> asked_{0};
    ThreadPool pool_{2};
    std::vector<std::unique_ptr<FakePeer>> peers_;
    std::vector<std::future<void>> later_;
    std::shared_ptr<PeerGroup> group_;
};

TEST_F(PeerGroupTest, ARefusalOfOneOrganisationIsNotTheAnswer) {
    start({Answer::endorses, Answer::refuses, Answer::endorses});
    expect_all_endorsed();
}

TEST_F(PeerGroupTest, ARefusalOfSoManyThatTooFewAreLeftIs) {
    start({Answer::refuses, Answer::endorses, Answer::refuses});
    for (int i = 0; i < 3; ++i) {
        const auto refused = call();
        ASSERT_FALSE(refused.ok());
        EXPECT_EQ(refused.error().code, Code::contract_failed);
        EXPECT_EQ(refused.error().message, "it refuses") << "as the contract says it";
    }
}

TEST_F(PeerGroupTest, OneRefusalAmongThoseThatDoNotAnswerSaysNothing) {
    start({Answer::refuses, Answer::fails, Answer::endorses});
    const auto failed = call();
    ASSERT_FALSE(failed.ok());
    EXPECT_EQ(failed.error().code, Code::unavailable);
    EXPECT_NE(failed.error().message.find("too few organisations endorse"), std::string::npos)
        << failed.error().message;
}

TEST_F(PeerGroupTest, AChaincodesPolicyMayBeOneOfTheChannel) {
    start({Answer::endorses, Answer::endorses, Answer::endorses});
    refer("/Channel/Application/All");
    EXPECT_EQ(endorsements(k_own), 3U);
    EXPECT_EQ(endorsements(), 2U) << "another chaincode";
    refer("Application/Endorsement");
    group_->needs_more("other");
    EXPECT_EQ(endorsements(k_own), 3U) << "as it is remembered";
    protos::ApplicationPolicy policy;
    for (int i = 1; i < 3; ++i) {
        common::MSPRole role;
        role.set_role(common::MSPRole::PEER);
        role.set_msp_identifier("msp" + std::to_string(i));
        auto& signatures = *policy.mutable_signature_policy();
        signatures.add_identities()->set_principal(role.SerializeAsString());
        auto& both = *signatures.mutable_rule()->mutable_n_out_of();
        both.set_n(i);
        both.add_rules()->set_signed_by(i - 1);
    }
    define(policy);
    EXPECT_EQ(endorsements("another"), 2U);
}

TEST_F(PeerGroupTest, APolicyThatThereIsNotOrThatNoPeerFulfilsIsNamed) {
    start({Answer::endorses, Answer::endorses, Answer::endorses});
    refer("/Channel/Application/Missing");
    auto refused = call(k_own);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("chaincode own cannot be called"), std::string::npos);
    EXPECT_NE(refused.error().message.find("has no policy /Channel/Application/Missing; of its "
                                           "members it has /Channel/Application/Admins, "),
              std::string::npos)
        << refused.error().message;
    refer("/Channel/Application/Admins");
    refused = call(k_own);
    ASSERT_FALSE(refused);
    EXPECT_NE(
        refused.error().message.find("peers that are known here, of msp0, msp1, msp2, are not"),
        std::string::npos)
        << refused.error().message;
    EXPECT_EQ(asked_, 0);
}

TEST_F(PeerGroupTest, WhatNeedsMoreThanItsRuleSaysIsAskedOfAll) {
    start({Answer::endorses, Answer::endorses, Answer::endorses});
    refer("/Channel/Application/Endorsement");
    EXPECT_EQ(endorsements(k_own), 2U);
    group_->needs_more(k_own);
    EXPECT_EQ(endorsements(k_own), 3U);
    EXPECT_EQ(endorsements(), 2U) << "another chaincode";
    refer("/Channel/Application/All");  // its definition may have changed: it is read again
    group_->needs_more(k_own);
    EXPECT_EQ(endorsements(k_own), 3U);
    group_->set_policies({EndorsementRule::some_of(1, {"msp0"}), {}});
    EXPECT_EQ(endorsements(), 1U);
    EXPECT_FALSE(call(k_own)) << "no such policy any more";
}

TEST_F(PeerGroupTest, WhatIsAskedOfAllIsTakenFromThoseThatGiveIt) {
    start({Answer::endorses, Answer::refuses, Answer::endorses});
    group_->needs_more(k_chaincode);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(endorsements(), 2U);
}

TEST_F(PeerGroupTest, WhatIsAskedOfAllDoesNotWaitForOneThatHangs) {
    start({Answer::endorses, Answer::hangs, Answer::endorses});
    group_->needs_more(k_chaincode);
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(endorsements(), 2U);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 8s) << "once only";
}

TEST_F(PeerGroupTest, WhatIsAskedOfAllFailsIfTooFewGiveIt) {
    start({Answer::fails, Answer::refuses, Answer::endorses});
    group_->needs_more(k_chaincode);
    EXPECT_EQ(call().error().code, Code::unavailable);
}

TEST_F(PeerGroupTest, APeerThatHangsIsNotWaitedFor) {
    start({Answer::hangs, Answer::endorses, Answer::endorses});
    const auto begin = std::chrono::steady_clock::now();
    expect_all_endorsed();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s) << "once, since it is asked last then";
}

TEST_F(PeerGroupTest, AQuestionGoesToThePeerThatIsWantedFirst) {
    start({Answer::endorses, Answer::refuses, Answer::fails});
    const Identity caller = make_identity("msp0", "caller");
    const auto proposal = build_proposal(fabric::testing::call({"find"}), caller.serialized());
    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(group_->evaluate(proposal.sign(caller), 0));
        EXPECT_EQ(group_->evaluate(proposal.sign(caller), 1).error().code, Code::contract_failed);
    }
    EXPECT_EQ(asked_, 6);
    (void)group_->evaluate(proposal.sign(caller), 2);
    EXPECT_EQ(asked_, 8);  // it gave no answer, so another did
}

TEST_F(PeerGroupTest, AQuestionGoesToOthersWhileAPeerHangs) {
    start({Answer::hangs, Answer::fails, Answer::endorses});
    const Identity caller = make_identity("msp0", "caller");
    const auto proposal = build_proposal(fabric::testing::call({"find"}), caller.serialized());
    EXPECT_TRUE(group_->evaluate(proposal.sign(caller), 0));
    EXPECT_EQ(asked_, 3);
    EXPECT_TRUE(group_->evaluate(proposal.sign(caller), 0));
    EXPECT_EQ(asked_, 4) << "those that gave no answer are asked last for a while";
}

TEST_F(PeerGroupTest, AQuestionThatNobodyAnswersEndsInTime) {
    start({Answer::hangs, Answer::hangs, Answer::hangs}, 5s);
    const Identity caller = make_identity("msp0", "caller");
    const auto proposal = build_proposal(fabric::testing::call({"find"}), caller.serialized());
    const auto begin = std::chrono::steady_clock::now();
    const auto answer = group_->evaluate(proposal.sign(caller));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 15s);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, Code::unavailable);
    EXPECT_NE(answer.error().message.find("the contract may hang"), std::string::npos);
    EXPECT_EQ(asked_, 2) << "the third only after twice three seconds";
}

TEST_F(PeerGroupTest, ASlowAnswerCountsWhileOthersHang) {
    start({Answer::late, Answer::hangs, Answer::hangs});
    const Identity caller = make_identity("msp0", "caller");
    const auto proposal = build_proposal(fabric::testing::call({"find"}), caller.serialized());
    const auto answer = group_->evaluate(proposal.sign(caller), 0);
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().message, "it refuses late");
    EXPECT_EQ(asked_, 2) << "each once at most";
}

}  // namespace
}  // namespace bsn::framework::fabric
