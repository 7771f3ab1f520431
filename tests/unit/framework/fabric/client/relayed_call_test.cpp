// Calls that a city node relays at their clients' word.

#include "framework/fabric/client/relayed_call.hpp"

#include "client_fixture.hpp"
#include "crypto/member_certificate.hpp"
#include "framework/fabric/chaincode/proposal.hpp"

namespace bsn::framework::fabric {
namespace {

using namespace testing;

class FabricRelayedCallTest : public ::testing::Test {
  protected:
    Identity member(const std::string& name) const {
        auto key = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
        auto certificate = crypto::issue_member_certificate(
            authority_, authority_key_, {"Org1MSP", "client", name, key.public_key(), "{}", 100},
            k_time);
        return {"Org1MSP", *certificate, std::make_shared<KeySigner>(std::move(key))};
    }
    /// The node's own, in the name of another.
    Identity relayer(const Identity& client) const {
        auto certificate = crypto::issue_for_other_key(
            authority_, authority_key_, client.certificate, node_.signer->public_key(), k_time);
        return {"Org1MSP", *certificate, node_.signer};
    }
    static Bytes bytes_of(const protos::SignedProposal& proposal) {
        return to_bytes(proposal.SerializeAsString());
    }
    Result<ProposalView> read(const protos::SignedProposal& proposal,
                              UnixMillis now = k_time) const {
        return read_relayable(bytes_of(proposal), "app", crypto::HashId::sha256, now);
    }
    /// A transaction by `who`, of this call, that carries a proposal.
    EnvelopeView transaction(ProposalSpec spec, const Identity& who,
                             const protos::SignedProposal& carried) const {
        auto view = parse_proposal(carried);
        spec.nonce = to_text(relay_nonce(view->transaction_id));
        spec.decorations.emplace(k_relayed_proposal, carried.SerializeAsString());
        auto built = build_proposal(spec, who.serialized());
        auto payload =
            transaction_payload(built.proposal, {endorse(peer_, response_payload("done"))});
        return *read_envelope(sign_payload(*payload, who));
    }

    const crypto::PrivateKey authority_key_ =
        crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
    const std::string authority_ =
        crypto::make_authority_certificate(authority_key_, "Org1MSP", k_time, 3650);
    const Identity peer_ = make_identity("Org1MSP", "peer");
    const Identity alice_ = member("alice@app");
    const Identity node_ = member("node");
    const ProposalSpec spec_ = call({"put", "key", "value"});
    const protos::SignedProposal word_ = build_proposal(spec_, alice_.serialized()).sign(alice_);
};

TEST_F(FabricRelayedCallTest, what_a_client_has_signed_is_read) {
    auto view = read(word_);
    ASSERT_TRUE(view) << view.error().message;
    EXPECT_EQ(view->arguments, spec_.arguments);
    EXPECT_EQ(relay_nonce(view->transaction_id).size(), 16U);
    EXPECT_NE(relay_nonce(view->transaction_id), relay_nonce("another"));
    EXPECT_TRUE(read(word_, k_time + k_relay_time_ms));
    EXPECT_TRUE(read(word_, k_time - k_relay_time_ms));
}

TEST_F(FabricRelayedCallTest, what_cannot_be_relayed_is_refused) {
    EXPECT_EQ(read(word_, k_time + k_relay_time_ms + 1).error().code, Code::expired);
    EXPECT_EQ(read(word_, k_time - k_relay_time_ms - 1).error().code, Code::expired);
    auto foreign = spec_;
    foreign.channel = "other";
    EXPECT_EQ(read(build_proposal(foreign, alice_.serialized()).sign(alice_)).error().code,
              Code::wrong_channel);
    auto secret = spec_;
    secret.transient["price"] = "42";
    EXPECT_EQ(read(build_proposal(secret, alice_.serialized()).sign(alice_)).error().code,
              Code::invalid_argument);
    EXPECT_EQ(read(build_proposal(spec_, alice_.serialized()).sign(node_)).error().code,
              Code::bad_signature);
    EXPECT_EQ(read_relayable(to_bytes("x"), "app", crypto::HashId::sha256, k_time).error().code,
              Code::invalid_argument);
}

TEST_F(FabricRelayedCallTest, whose_word_it_is_can_be_seen) {
    EXPECT_EQ(relayed_for(transaction(spec_, relayer(alice_), word_)), alice_.serialized());
    auto own = build_proposal(spec_, alice_.serialized());
    auto payload = transaction_payload(own.proposal, {endorse(peer_, response_payload("done"))});
    EXPECT_EQ(relayed_for(*read_envelope(sign_payload(*payload, alice_))), std::nullopt);
}

TEST_F(FabricRelayedCallTest, our_own_contracts_are_called_by_the_client) {
    const Identity relaying = relayer(alice_);
    auto spec = spec_;
    spec.nonce = to_text(relay_nonce(parse_proposal(word_)->transaction_id));
    spec.decorations.emplace(k_relayed_proposal, word_.SerializeAsString());
    protos::ChaincodeMessage message;
    const auto built = build_proposal(spec, relaying.serialized());
    *message.mutable_proposal() = built.sign(relaying);
    message.set_txid(built.transaction_id);
    auto origin = origin_of(message);
    ASSERT_TRUE(origin) << origin.error().message;
    EXPECT_EQ(to_bytes(origin->caller.view()), alice_.signer->participant());
    EXPECT_EQ(origin->signer, alice_.signer->public_key());

    spec.arguments[2] = "other";
    *message.mutable_proposal() = build_proposal(spec, relaying.serialized()).sign(relaying);
    EXPECT_EQ(origin_of(message)->signer, node_.signer->public_key());
}

TEST_F(FabricRelayedCallTest, another_call_is_not_at_that_word) {
    const Identity relaying = relayer(alice_);
    for (const auto& change : std::initializer_list<void (*)(ProposalSpec&)>{
             [](ProposalSpec& spec) { spec.arguments[2] = "other"; },
             [](ProposalSpec& spec) { spec.arguments.pop_back(); },
             [](ProposalSpec& spec) { spec.chaincode = "other"; },
             [](ProposalSpec& spec) { spec.channel = "other"; }}) {
        auto spec = spec_;
        change(spec);
        EXPECT_EQ(relayed_for(transaction(spec, relaying, word_)), std::nullopt);
    }
    EXPECT_EQ(relayed_for(transaction(spec_, relayer(member("bob@app")), word_)), std::nullopt);
    Identity outside = relaying;
    outside.msp_id = "Org2MSP";
    EXPECT_EQ(relayed_for(transaction(spec_, outside, word_)), std::nullopt);
    const auto unsigned_word = build_proposal(spec_, alice_.serialized()).sign(node_);
    EXPECT_EQ(relayed_for(transaction(spec_, relaying, unsigned_word)), std::nullopt);
    EnvelopeView again = transaction(spec_, relaying, word_);
    again.nonce = "another";
    EXPECT_EQ(relayed_for(again), std::nullopt);
    again.relayed_proposal = "garbage";
    EXPECT_EQ(relayed_for(again), std::nullopt);
}

}  // namespace
}  // namespace bsn::framework::fabric
