// Whoever gathers endorsements for a client must hand back the client's own call.
#include "framework/fabric/client/transaction_check.hpp"

#include "client_fixture.hpp"

namespace bsn::framework::fabric {
namespace {

using namespace testing;

class FabricTransactionCheckTest : public ::testing::Test {
  protected:
    static ProposalSpec spec(std::vector<std::string> arguments, const std::string& nonce = "n") {
        ProposalSpec made = call(std::move(arguments));
        made.nonce = nonce;
        return made;
    }
    BuiltProposal propose(const ProposalSpec& spec) const {
        return build_proposal(spec, user_.serialized());
    }
    std::string payload_of(const BuiltProposal& built) const {
        auto payload =
            transaction_payload(built.proposal, {endorse(peer_, response_payload("ok"))});
        EXPECT_TRUE(payload);
        return *payload;
    }

    const Identity user_ = make_identity("Org1MSP", "user");
    const Identity peer_ = make_identity("Org1MSP", "peer");
};

TEST_F(FabricTransactionCheckTest, TheOwnCallIsRecognised) {
    ProposalSpec asked = spec({"put", "key", "value"});
    const auto plain = propose(asked);
    EXPECT_TRUE(is_transaction_of(payload_of(plain), plain.proposal));
    asked.transient["secret"] = "42";
    const auto with_secret = propose(asked);
    EXPECT_TRUE(is_transaction_of(payload_of(with_secret), with_secret.proposal));
}

TEST_F(FabricTransactionCheckTest, AnotherCallIsNot) {
    const auto mine = propose(spec({"put", "key", "value"}));
    // Same creator, nonce and so id: only the call is another one.
    EXPECT_FALSE(
        is_transaction_of(payload_of(propose(spec({"put", "key", "other"}))), mine.proposal));
    ProposalSpec elsewhere = spec({"put", "key", "value"});
    elsewhere.chaincode = "kv";
    EXPECT_FALSE(is_transaction_of(payload_of(propose(elsewhere)), mine.proposal));
    // Same call: only the header is another one.
    EXPECT_FALSE(
        is_transaction_of(payload_of(propose(spec({"put", "key", "value"}, "m"))), mine.proposal));
    elsewhere = spec({"put", "key", "value"});
    elsewhere.channel = "other";
    EXPECT_FALSE(is_transaction_of(payload_of(propose(elsewhere)), mine.proposal));
    EXPECT_FALSE(is_transaction_of("", mine.proposal));
    EXPECT_FALSE(is_transaction_of("\xff\xff", mine.proposal));
}

}  // namespace
}  // namespace bsn::framework::fabric
