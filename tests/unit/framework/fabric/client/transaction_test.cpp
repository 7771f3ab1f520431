#include "client_fixture.hpp"
#include "framework/fabric/client/message.hpp"

#include <peer/chaincode.pb.h>
#include <peer/transaction.pb.h>

namespace bsn::framework::fabric {
namespace {

using namespace testing;

class FabricTransactionTest : public ::testing::Test {
  protected:
    const Identity user_ = make_identity("Org1MSP", "user");
    const Identity peer1_ = make_identity("Org1MSP", "peer1");
    const Identity peer2_ = make_identity("Org2MSP", "peer2");
    const crypto::HashId hash_ = crypto::HashId::sha256;

    /// A whole transaction, endorsed by both peers.
    common::Envelope envelope(const std::string& event = {}) {
        auto built = build_proposal(call({"put", "key", "value"}), user_.serialized());
        const std::string executed = response_payload("done", event);
        auto payload = transaction_payload(built.proposal,
                                           {endorse(peer1_, executed), endorse(peer2_, executed)});
        EXPECT_TRUE(payload);
        return sign_payload(*payload, user_);
    }
};

TEST_F(FabricTransactionTest, IdIsTheHashOfNonceAndCreator) {
    // SHA-256 and SM3 of "abc", as their standards give them.
    EXPECT_EQ(transaction_id_of("a", "bc", crypto::HashId::sha256),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(transaction_id_of("ab", "c", crypto::HashId::sm3),
              "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    auto spec = call({"get"});
    spec.nonce = "once";
    auto built = build_proposal(spec, "somebody");
    EXPECT_EQ(built.transaction_id, transaction_id_of("once", "somebody", hash_));
    spec.nonce.clear();
    EXPECT_NE(build_proposal(spec, "somebody").transaction_id,
              build_proposal(spec, "somebody").transaction_id);
}

TEST_F(FabricTransactionTest, AProposalIsReadAsItWasWritten) {
    auto spec = call({"put", std::string("\0\xff", 2)});
    spec.transient["secret"] = "42";
    auto built = build_proposal(spec, user_.serialized());
    auto view = read_proposal(built.sign(user_), hash_);
    ASSERT_TRUE(view) << view.error().message;
    EXPECT_EQ(view->channel, "app");
    EXPECT_EQ(view->chaincode, "evidence");
    EXPECT_EQ(view->arguments, spec.arguments);
    EXPECT_EQ(view->transaction_id, built.transaction_id);
    EXPECT_EQ(view->creator, user_.serialized());
    EXPECT_EQ(view->time, k_time);
}

TEST_F(FabricTransactionTest, AProposalThatItsCreatorDidNotSignIsRefused) {
    auto built = build_proposal(call({"get"}), user_.serialized());
    auto forged = read_proposal(built.sign(peer1_), hash_);
    ASSERT_FALSE(forged);
    EXPECT_EQ(forged.error().code, Code::bad_signature);
    auto other_hash = read_proposal(built.sign(user_), crypto::HashId::sm3);
    ASSERT_FALSE(other_hash);
    EXPECT_EQ(other_hash.error().code, Code::bad_signature);
    protos::SignedProposal broken;
    broken.set_proposal_bytes("\xff");
    EXPECT_EQ(read_proposal(broken, hash_).error().code, Code::invalid_argument);
}

TEST_F(FabricTransactionTest, WhatIsTransientDoesNotReachTheChain) {
    auto spec = call({"put"});
    spec.transient["password"] = "do not tell";
    auto built = build_proposal(spec, user_.serialized());
    EXPECT_NE(built.proposal.payload().find("do not tell"), std::string::npos);
    auto payload = transaction_payload(built.proposal, {endorse(peer1_, response_payload("done"))});
    ASSERT_TRUE(payload);
    EXPECT_EQ(payload->find("do not tell"), std::string::npos);
}

TEST_F(FabricTransactionTest, AnEnvelopeIsReadBack) {
    const auto made = envelope("deposited");
    auto view = read_envelope(made);
    ASSERT_TRUE(view) << view.error().message;
    EXPECT_EQ(view->type, common::ENDORSER_TRANSACTION);
    EXPECT_EQ(view->channel, "app");
    EXPECT_EQ(view->time, k_time);
    EXPECT_EQ(view->creator, user_.serialized());
    EXPECT_EQ(view->chaincode, "evidence");
    EXPECT_EQ(view->arguments, (std::vector<std::string>{"put", "key", "value"}));
    EXPECT_EQ(view->status, 200);
    EXPECT_EQ(view->result, "done");
    ASSERT_TRUE(view->event);
    EXPECT_EQ(view->event->name, "deposited");
    EXPECT_EQ(view->event->payload, "of deposited");
    ASSERT_EQ(view->endorsements.size(), 2U);
    for (const auto& endorsement : view->endorsements) {
        EXPECT_TRUE(check_endorsement(view->response_payload, endorsement));
        EXPECT_EQ(check_endorsement(view->response_payload + "!", endorsement).error().code,
                  Code::bad_signature);
    }
    EXPECT_TRUE(check_creator(made, *view, hash_));
}

TEST_F(FabricTransactionTest, AChangedEnvelopeIsNotItsCreators) {
    auto made = envelope();
    auto view = read_envelope(made);
    ASSERT_TRUE(view);
    EXPECT_EQ(check_creator(sign_payload(made.payload(), peer1_), *view, hash_).error().code,
              Code::bad_signature);
    view->nonce = "another";
    EXPECT_EQ(check_creator(made, *view, hash_).error().code, Code::bad_signature);
}

TEST_F(FabricTransactionTest, PeersThatDifferAreNamed) {
    auto built = build_proposal(call({"put"}), user_.serialized());
    auto payload = transaction_payload(built.proposal, {endorse(peer1_, response_payload("one")),
                                                        endorse(peer2_, response_payload("two"))});
    ASSERT_FALSE(payload);
    EXPECT_EQ(payload.error().code, Code::unavailable);
    EXPECT_NE(payload.error().message.find("Org1MSP and Org2MSP"), std::string::npos);
}

TEST_F(FabricTransactionTest, ARefusalIsTheChaincodesSentence) {
    EXPECT_TRUE(check_response(endorse(peer1_, response_payload("done"))));
    auto refused = check_response(refuse(500, "no such key"));
    EXPECT_EQ(refused.error().code, Code::contract_failed);
    EXPECT_EQ(refused.error().message, "no such key");
    EXPECT_NE(check_response(refuse(404, "")).error().message.find("404"), std::string::npos);
    EXPECT_EQ(check_response(refuse(200, "")).error().code, Code::unavailable);
    auto built = build_proposal(call({"put"}), user_.serialized());
    EXPECT_EQ(transaction_payload(built.proposal, {}).error().code, Code::invalid_argument);
}

TEST_F(FabricTransactionTest, AContractThatIsNotThereYetIsNoRefusal) {
    PeerAnswer answer{"peer1", {}};
    answer.response.mutable_response()->set_status(500);
    answer.response.mutable_response()->set_message(
        "error in simulation: could not launch chaincode asset-1: connection refused");
    const Status told = check_response(answer);
    ASSERT_FALSE(told);
    EXPECT_EQ(told.error().code, Code::unavailable);
    EXPECT_NE(told.error().message.find("peer1 does not reach the contract"), std::string::npos);
}

TEST_F(FabricTransactionTest, AContractThatDoesNotAnswerIsNoRefusal) {
    PeerAnswer answer{"peer1", {}};
    const auto told = [&](const std::string& message) {
        answer.response.mutable_response()->set_status(500);
        answer.response.mutable_response()->set_message(message);
        return check_response(answer).error();
    };
    const std::string begin = "error in simulation: failed to execute transaction 1a2b: ";
    for (const char* why :
         {"timeout expired while executing transaction", "txid: 1a2b(app) exists"}) {
        EXPECT_EQ(told(begin + why).code, Code::unavailable);
        EXPECT_NE(told(begin + why).message.find("peer1 waits for the contract, which may hang"),
                  std::string::npos);
    }
    EXPECT_EQ(told(begin + "error sending: stream closed").code, Code::contract_failed);
    EXPECT_EQ(told("asset 7 exists").code, Code::contract_failed) << "a contract's own words";
}

TEST_F(FabricTransactionTest, BytesThatAreNoEnvelopeAreRefused) {
    const auto made = envelope();
    EXPECT_FALSE(read_envelope(as_bytes("\xff\xff")));
    common::Payload payload;
    ASSERT_TRUE(payload.ParseFromString(made.payload()));
    protos::Transaction transaction;
    ASSERT_TRUE(transaction.ParseFromString(payload.data()));
    *transaction.add_actions() = transaction.actions(0);
    payload.set_data(transaction.SerializeAsString());
    auto two = read_envelope(sign_payload(payload.SerializeAsString(), user_));
    ASSERT_FALSE(two);
    EXPECT_NE(two.error().message.find("2 actions"), std::string::npos);
}

TEST_F(FabricTransactionTest, KeysThatAreNotOfTheCertificateAreNoSigners) {
    EXPECT_TRUE(check_signature(user_.certificate, "text", user_.sign("text")));
    EXPECT_FALSE(check_signature(peer1_.certificate, "text", user_.sign("text")));
    EXPECT_FALSE(check_signature(user_.certificate, "text", "no DER"));
    EXPECT_FALSE(check_signature("no PEM", "text", user_.sign("text")));
    EXPECT_FALSE(read_identity(""));
    EXPECT_FALSE(read_identity("\xff"));
    auto identity = read_identity(user_.serialized());
    ASSERT_TRUE(identity);
    EXPECT_EQ(identity->msp_id, "Org1MSP");
    EXPECT_EQ(identity->certificate, user_.certificate);
}

}  // namespace
}  // namespace bsn::framework::fabric
