#include "framework/fabric/client/message.hpp"
#include "test_channel.hpp"

#include <peer/transaction.pb.h>

namespace bsn::framework::fabric {
namespace {

using namespace testing;

class FabricProofTest : public ::testing::Test {
  protected:
    FabricProofTest() {
        const std::vector<std::string> envelopes{channel_.transaction("a").SerializeAsString(),
                                                 transaction_.SerializeAsString()};
        block_ = *read_block(TestChannel::block(5, envelopes, {channel_.orderer}),
                             crypto::HashId::sha256);
        ProposalSpec spec;
        spec.channel = "app";
        spec.chaincode = "qscc";
        spec.arguments = attestation_arguments("app", block_.transactions[1].transaction_id);
        spec.time = k_time;
        question_ = build_proposal(spec, channel_.user.serialized()).proposal;
    }

    /// What a peer answers: the transaction, and its code.
    std::string told(const common::Envelope& envelope, int code = protos::VALID) const {
        common::Header header;
        header.ParseFromString(question_.header());
        protos::ProcessedTransaction processed;
        *processed.mutable_transactionenvelope() = envelope;
        processed.set_validationcode(code);
        protos::ChaincodeAction action;
        action.mutable_chaincode_id()->set_name("qscc");
        action.mutable_response()->set_status(200);
        action.mutable_response()->set_payload(processed.SerializeAsString());
        protos::ProposalResponsePayload payload;
        payload.set_proposal_hash(
            to_text(crypto::hash(crypto::HashId::sha256, {as_bytes(header.channel_header()),
                                                          as_bytes(header.signature_header()),
                                                          as_bytes(question_.payload())})));
        payload.set_extension(action.SerializeAsString());
        return payload.SerializeAsString();
    }
    Result<Proof> prove(const std::vector<PeerAnswer>& answers) const {
        return make_proof(block_, 1, question_, answers, trust_);
    }
    Proof good() const {
        auto made = prove({endorse(channel_.peers[0], told(transaction_)),
                           endorse(channel_.peers[2], told(transaction_))});
        EXPECT_TRUE(made) << made.error().message;
        return *made;
    }
    std::string refusal(const Proof& proof) const { return refusal(proof.encode()); }
    std::string refusal(const Bytes& proof) const {
        auto verified = verify_proof(proof, as_bytes(trust_.to_json()));
        return verified ? "" : verified.error().message;
    }
    void expect_refused(const Proof& proof, std::string_view why) const {
        EXPECT_NE(refusal(proof).find(why), std::string::npos) << why << ": " << refusal(proof);
    }

    const TestChannel channel_;
    const common::Envelope transaction_ = channel_.transaction("b");
    ChannelTrust trust_ = channel_.trust();
    CheckedBlock block_;
    protos::Proposal question_;
};

TEST_F(FabricProofTest, HoldsAndSaysWhatItShows) {
    const Proof proof = good();
    EXPECT_EQ(proof.attestations.size(), 1U);  // both peers signed the same bytes
    auto verified = verify_proof(proof.encode(), as_bytes(trust_.to_json()));
    ASSERT_TRUE(verified) << verified.error().message;
    EXPECT_EQ(to_hex(verified->transaction.id), block_.transactions[1].transaction_id);
    EXPECT_EQ(verified->transaction.height, 5U);
    EXPECT_EQ(verified->transaction.index, 1U);
    EXPECT_EQ(verified->transaction.time, k_time);
    EXPECT_EQ(verified->transaction.contract, "evidence");
    EXPECT_EQ(verified->transaction.function, "put");
    EXPECT_EQ(verified->transaction.creator, channel_.user.signer->participant());
    EXPECT_TRUE(verified->transaction.success);
    EXPECT_NE(verified->trust.find("peers of 2 of its 3 organisations"), std::string::npos);
}

TEST_F(FabricProofTest, TooFewOrganisationsAreNotEnough) {
    auto one = prove({endorse(channel_.peers[0], told(transaction_))});
    ASSERT_FALSE(one);
    EXPECT_EQ(one.error().code, Code::unavailable);
    Proof proof = good();
    proof.attestations[0].endorsements.pop_back();
    expect_refused(proof, "peers of 1 of 3 organisations");
    // A second peer of the same organisation makes no second one.
    auto again =
        endorse(channel_.authorities[0].issue("Org1MSP", "peer", "peer2"), told(transaction_));
    proof.attestations[0].endorsements.push_back(again.response.endorsement());
    expect_refused(proof, "peers of 1 of 3 organisations");
}

TEST_F(FabricProofTest, WhoseWordIsEnoughIsTheChannelsPolicy) {
    const auto both = EndorsementRule::some_of(2, {"Org1MSP", "Org2MSP"});
    const auto third = EndorsementRule::some_of(1, {"Org3MSP"});
    // Which of the three organisations vouch: are they enough?
    const std::vector<std::pair<EndorsementRule, std::map<std::string, bool>>> cases{
        {EndorsementRule::some_of(1, {"Org1MSP", "Org2MSP", "Org3MSP"}),
         {{"1", true}, {"3", true}, {"123", true}, {"", false}}},
        {EndorsementRule::some_of(3, {"Org1MSP", "Org2MSP", "Org3MSP"}),
         {{"1", false}, {"13", false}, {"123", true}}},
        {both, {{"12", true}, {"13", false}, {"23", false}, {"123", true}}},
        {EndorsementRule::some_of_rules(1, {both, third}),
         {{"12", true}, {"3", true}, {"1", false}, {"2", false}}}};
    for (const auto& [rule, told_by] : cases) {
        for (const auto& [who, enough] : told_by) {
            std::vector<PeerAnswer> answers;
            for (char one : who) {
                const Identity& peer = channel_.peers[static_cast<std::size_t>(one - '1')];
                answers.push_back(endorse(peer, told(transaction_)));
            }
            // What any rule takes, judged by this one; and made by this one.
            trust_.endorsement = EndorsementRule::some_of(0, {"Org1MSP"});
            auto made = prove(answers);
            trust_.endorsement = rule;
            EXPECT_EQ(made.ok() && refusal(*made).empty(), enough) << rule.text() << ": " << who;
            EXPECT_EQ(prove(answers).ok(), enough) << rule.text() << ": " << who;
        }
    }
    trust_.endorsement = both;
    auto wrong = prove({endorse(channel_.peers[0], told(transaction_))});
    EXPECT_NE(wrong.error().message.find("(Org1MSP); by the channel's policy Endorsement 2 of "
                                         "Org1MSP, Org2MSP are needed"),
              std::string::npos)
        << wrong.error().message;
}

TEST_F(FabricProofTest, PeersThatSayOtherwiseDoNotCount) {
    auto made = prove({endorse(channel_.peers[0], told(transaction_)),
                       endorse(channel_.peers[1], told(transaction_, protos::MVCC_READ_CONFLICT)),
                       endorse(channel_.peers[2], told(transaction_))});
    ASSERT_TRUE(made);
    EXPECT_EQ(refusal(*made), "");
    auto invalid =
        prove({endorse(channel_.peers[0], told(transaction_, protos::MVCC_READ_CONFLICT)),
               endorse(channel_.peers[1], told(transaction_, protos::MVCC_READ_CONFLICT))});
    ASSERT_FALSE(invalid);
    EXPECT_NE(invalid.error().message.find("code 11"), std::string::npos);
    auto refused = prove({refuse(500, "no such transaction")});
    EXPECT_NE(refused.error().message.find("no such transaction"), std::string::npos);
}

TEST_F(FabricProofTest, EachPartIsBoundToTheOthers) {
    Proof proof = good();
    proof.header.set_number(6);
    expect_refused(proof, "0 orderers");
    proof = good();
    proof.header.set_previous_hash(std::string(32, 'q'));
    expect_refused(proof, "0 orderers");
    proof = good();
    proof.signatures = TestChannel::signatures(proof.header, {channel_.peers[0]});
    expect_refused(proof, "0 orderers");
    proof = good();
    proof.envelopes[0] = channel_.transaction("c").SerializeAsString();
    expect_refused(proof, "not those of the block");
    proof = good();
    proof.envelopes.pop_back();
    proof.index = 0;
    expect_refused(proof, "not those of the block");
    proof = good();
    proof.index = 0;
    expect_refused(proof, "not asked for this transaction");
    proof = good();
    proof.index = 2;
    expect_refused(proof, "not in its block");
}

TEST_F(FabricProofTest, QuestionsAndAnswersAreThoseOfTheTransaction) {
    Proof proof = good();
    ProposalSpec spec = call(attestation_arguments("app", block_.transactions[1].transaction_id));
    proof.proposal = build_proposal(spec, channel_.user.serialized()).proposal.SerializeAsString();
    expect_refused(proof, "not asked for this transaction");
    spec.chaincode = "qscc";
    proof.proposal = build_proposal(spec, channel_.user.serialized()).proposal.SerializeAsString();
    expect_refused(proof, "to another question");
    spec.channel = "other";
    proof.proposal = build_proposal(spec, channel_.user.serialized()).proposal.SerializeAsString();
    expect_refused(proof, "not asked for this transaction");

    auto with = [&](const std::string& payload, const Identity& signer) {
        Proof made = good();
        made.attestations = {{payload, {endorse(signer, payload).response.endorsement()}}};
        return made;
    };
    expect_refused(with(told(channel_.transaction("c")), channel_.peers[0]), "another transaction");
    expect_refused(with(told(transaction_, protos::BAD_RWSET), channel_.peers[0]), "code 22");
    expect_refused(with(response_payload("done"), channel_.peers[0]), "another question");
    expect_refused(with(told(transaction_), channel_.user), "is no peer");
    expect_refused(with(told(transaction_), channel_.orderer), "none of the channel's");
    expect_refused(with(told(transaction_), make_identity("Org1MSP", "stranger")), "vouches");
    proof = good();
    proof.attestations[0].endorsements[0].set_signature(channel_.peers[0].sign("other"));
    expect_refused(proof, "a peer's signature");
}

TEST_F(FabricProofTest, TheTransactionIsItsCreators) {
    common::Envelope forged = transaction_;
    forged.set_signature(channel_.peers[0].sign(forged.payload()));
    block_ =
        *read_block(TestChannel::block(5, {"", forged.SerializeAsString()}, {channel_.orderer}),
                    crypto::HashId::sha256);
    auto made =
        prove({endorse(channel_.peers[0], told(forged)), endorse(channel_.peers[1], told(forged))});
    ASSERT_TRUE(made);
    expect_refused(*made, "creator's signature");
}

TEST_F(FabricProofTest, NoByteCanBeChanged) {
    const Bytes whole = good().encode();
    ASSERT_EQ(refusal(whole), "");
    // Every byte is signed, hashed, or a length; a few of protobuf's forms say the same twice.
    std::size_t unnoticed = 0;
    for (std::size_t i = 0; i < whole.size(); i += 23) {
        Bytes changed = whole;
        changed[i] ^= 0x41;
        auto verified = verify_proof(changed, as_bytes(trust_.to_json()));
        if (verified) ++unnoticed;
    }
    EXPECT_EQ(unnoticed, 0U);
    for (std::size_t size : {std::size_t{0}, std::size_t{1}, whole.size() / 2, whole.size() - 1}) {
        EXPECT_NE(refusal(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))),
                  "");
    }
    Bytes longer = whole;
    longer.push_back(0);
    EXPECT_NE(refusal(longer), "");
}

TEST_F(FabricProofTest, OtherTrustRefuses) {
    const Bytes proof = good().encode();
    const TestChannel other;
    EXPECT_FALSE(verify_proof(proof, as_bytes(other.trust().to_json())));
    trust_.channel = "other";
    EXPECT_NE(refusal(proof).find("channel app, not other"), std::string::npos);
    EXPECT_FALSE(verify_proof(proof, as_bytes("{}")));
}

TEST_F(FabricProofTest, TrustFollowsSignedConfigurations) {
    const auto state = to_bytes(trust_.to_json());
    auto group = channel_.configuration();
    (*group.mutable_groups())["Application"].mutable_groups()->erase("org3");
    auto next = channel_.config_block(group, 9);
    auto moved = update_trust(state, bytes_of(next));
    ASSERT_TRUE(moved) << moved.error().message;
    auto trust = ChannelTrust::from_json(as_text(*moved));
    ASSERT_TRUE(trust);
    EXPECT_EQ(trust->height, 9U);
    EXPECT_EQ(trust->members.size(), 2U);
    EXPECT_EQ(update_trust(*moved, bytes_of(next)).error().code, Code::invalid_argument);
    next.mutable_header()->set_number(10);
    EXPECT_EQ(update_trust(state, bytes_of(next)).error().code, Code::bad_signature);
    const TestChannel other;
    EXPECT_EQ(update_trust(state, bytes_of(other.config_block(group, 9))).error().code,
              Code::bad_signature);
}

}  // namespace
}  // namespace bsn::framework::fabric
