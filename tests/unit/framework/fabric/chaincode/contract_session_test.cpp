#include "framework/fabric/chaincode/contract_session.hpp"

#include "fabric_fixture.hpp"

namespace bsn::framework::fabric {
namespace {

using namespace testing;

/// A session with a pool that runs nothing until told, and what it sent.
class FabricContractSession : public ::testing::Test, public Executor {
  protected:
    void post(Task task) override { tasks_.push_back(std::move(task)); }
    void run_all() {
        for (auto& task : tasks_) task();
        tasks_.clear();
    }
    protos::ChaincodeMessage request(std::string_view transaction) const {
        protos::ChaincodeMessage message;
        message.set_type(protos::ChaincodeMessage::TRANSACTION);
        message.set_channel_id("trade");
        message.set_txid(std::string(transaction));
        return message;
    }
    std::string message_of(const protos::ChaincodeMessage& completed) const {
        protos::Response response;
        response.ParseFromString(completed.payload());
        return response.message();
    }

    std::unique_ptr<contract::Contract> contract_ = contract::make_evidence_contract();
    std::vector<Task> tasks_;
    std::vector<protos::ChaincodeMessage> sent_;
    ContractSession session_{
        *contract_,
        *this,
        [this](const protos::ChaincodeMessage& message) { sent_.push_back(message); },
        {.calls = 2, .patience = std::chrono::milliseconds(50)}};
};

TEST_F(FabricContractSession, ItsQueueIsBounded) {
    session_.receive(request("a"));
    session_.receive(request("b"));
    EXPECT_TRUE(sent_.empty());
    session_.receive(request("c"));
    ASSERT_EQ(sent_.size(), 1U);
    EXPECT_EQ(sent_[0].txid(), "c");
    EXPECT_EQ(message_of(sent_[0]), "2 calls are on their way: try again later");
    run_all();
    EXPECT_EQ(sent_.size(), 3U);
    session_.receive(request("c"));
    run_all();
    EXPECT_EQ(sent_.size(), 4U);
}

TEST_F(FabricContractSession, ATransactionRunsOnceAtATime) {
    session_.receive(request("a"));
    session_.receive(request("a"));
    ASSERT_EQ(sent_.size(), 1U);
    EXPECT_EQ(message_of(sent_[0]), "this transaction is on its way already");
    run_all();
}

TEST_F(FabricContractSession, InitAndKeepaliveAreAnswered) {
    auto message = request("a");
    message.set_type(protos::ChaincodeMessage::INIT);
    session_.receive(message);
    message.set_type(protos::ChaincodeMessage::KEEPALIVE);
    session_.receive(message);
    ASSERT_EQ(sent_.size(), 2U);
    EXPECT_EQ(sent_[0].type(), protos::ChaincodeMessage::COMPLETED);
    EXPECT_EQ(sent_[1].type(), protos::ChaincodeMessage::KEEPALIVE);
}

TEST_F(FabricContractSession, APeerThatDoesNotAnswerIsGivenUp) {
    Identity user;
    FabricCall call{transaction_id(1), "trade", {"deposit", hash_text(1)}};
    call.certificate = user.certificate;
    auto message = request(call.transaction);
    protos::ChaincodeInput input;
    for (const auto& argument : call.arguments) input.add_args(argument);
    message.set_payload(input.SerializeAsString());
    message.mutable_proposal()->set_proposal_bytes(FabricPeer::proposal_of(call));
    session_.receive(message);
    run_all();
    ASSERT_EQ(sent_.size(), 2U);
    EXPECT_EQ(sent_[0].type(), protos::ChaincodeMessage::GET_STATE);
    EXPECT_NE(message_of(sent_[1]).find("the peer did not answer within 50 ms"), std::string::npos);
}

}  // namespace
}  // namespace bsn::framework::fabric
