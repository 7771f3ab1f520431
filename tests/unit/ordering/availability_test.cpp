#include "ordering/availability.hpp"

#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::ordering {
namespace {

using crypto::SuiteId;
using testing::TestEpoch;

class AvailabilityTest : public ::testing::Test {
  protected:
    explicit AvailabilityTest(std::vector<SuiteId> suites = {SuiteId::secp256r1})
        : epoch(testing::make_epoch(testing::sample_channel(), 4, std::move(suites))) {
        auto batch =
            testing::sample_batch({testing::sample_transaction(testing::make_key(k_suite))});
        envelope = testing::sample_envelope(epoch, batch);
        envelope.availability.clear();
        votes.emplace(envelope, std::make_shared<const ledger::EpochRecord>(epoch.record),
                      testing::sample_network());
    }

    /// A peer's signatures of a statement, one for each suite.
    std::vector<ledger::Signature> signatures(std::uint16_t peer, ByteView statement) const {
        std::vector<ledger::Signature> all;
        for (SuiteId suite : epoch.record.suites) {
            all.push_back(epoch.sign(peer, suite, statement).signature);
        }
        return all;
    }
    Status vote(std::uint16_t peer) {
        return votes->add(epoch.record.peers.at(peer).node, signatures(peer, votes->statement()));
    }

    static constexpr SuiteId k_suite = SuiteId::secp256r1;
    TestEpoch epoch;
    ledger::Envelope envelope;
    std::optional<AvailabilityVotes> votes;
};

TEST_F(AvailabilityTest, the_statement_is_what_peers_check) {
    EXPECT_EQ(votes->statement(), testing::availability_statement(envelope));
    EXPECT_EQ(votes->core_hash(), envelope.core_hash(crypto::HashId::sha256));
    EXPECT_EQ(votes->envelope(), envelope);
}

TEST_F(AvailabilityTest, a_quorum_of_signatures_makes_the_certificate) {
    EXPECT_TRUE(vote(3));
    EXPECT_TRUE(vote(0));
    EXPECT_FALSE(votes->complete()) << "three of four are needed";
    EXPECT_TRUE(vote(2));
    ASSERT_TRUE(votes->complete());
    ledger::Envelope certified = votes->certified();
    ASSERT_EQ(certified.availability.size(), 1U);
    EXPECT_EQ(certified.availability[0].signatures.size(), 3U);
    EXPECT_EQ(certified.encode_core(), envelope.encode_core());
    EXPECT_TRUE(ledger::check_availability(certified, epoch.record, testing::sample_network(), 10));
    EXPECT_TRUE(ledger::Envelope::decode(certified.encode()).ok()) << "in the canonical order";
}

TEST_F(AvailabilityTest, votes_beyond_a_quorum_are_left_out_of_the_certificate) {
    for (std::uint16_t peer : {3, 0, 2, 1}) EXPECT_TRUE(vote(peer));
    const ledger::Envelope certified = votes->certified();
    std::vector<std::uint16_t> signers;
    for (const auto& signature : certified.availability.at(0).signatures) {
        signers.push_back(signature.peer);
    }
    EXPECT_EQ(signers, (std::vector<std::uint16_t>{0, 1, 2}));
    EXPECT_TRUE(ledger::check_availability(certified, epoch.record, testing::sample_network(), 10));
}

TEST_F(AvailabilityTest, the_same_vote_again_counts_once) {
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(vote(1));
    EXPECT_FALSE(votes->complete());
    EXPECT_TRUE(votes->has_vote_of(epoch.record.peers[1].node));
    EXPECT_FALSE(votes->has_vote_of(epoch.record.peers[0].node));
}

TEST_F(AvailabilityTest, a_node_that_is_no_peer_does_not_count) {
    auto stranger = testing::make_epoch(testing::sample_channel(), 1, {k_suite}, 0, 900);
    Status status = votes->add(stranger.record.peers[0].node,
                               {stranger.sign(0, k_suite, votes->statement()).signature});
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::forbidden);
    EXPECT_FALSE(votes->has_vote_of(stranger.record.peers[0].node));
}

TEST_F(AvailabilityTest, a_wrong_signature_does_not_count) {
    const auto& peer = epoch.record.peers[1].node;
    auto code = [&](std::vector<ledger::Signature> signatures) {
        Status status = votes->add(peer, signatures);
        return status ? Code::internal : status.error().code;
    };
    EXPECT_EQ(code(signatures(2, votes->statement())), Code::bad_signature) << "another peer's";
    EXPECT_EQ(code(signatures(1, to_bytes("something else"))), Code::bad_signature);
    Bytes header = ledger::encode_statement(ledger::Purpose::header, testing::sample_network(),
                                            envelope.channel, 0, envelope.encode_core());
    EXPECT_EQ(code(signatures(1, header)), Code::bad_signature) << "made for another purpose";
    EXPECT_EQ(code({}), Code::bad_signature);
    auto two = signatures(1, votes->statement());
    two.push_back(two.front());
    EXPECT_EQ(code(two), Code::bad_signature) << "one for each suite, and no more";
    EXPECT_FALSE(votes->has_vote_of(peer));
    EXPECT_TRUE(vote(1)) << "and a good one counts still";
}

TEST_F(AvailabilityTest, what_is_not_complete_is_not_certified) {
    EXPECT_TRUE(vote(0));
    EXPECT_THROW((void)votes->certified(), InvariantViolation);
}

class TwoSuitesTest : public AvailabilityTest {
  protected:
    TwoSuitesTest() : AvailabilityTest({SuiteId::secp256r1, SuiteId::sm2}) {}
};

TEST_F(TwoSuitesTest, there_is_a_certificate_for_each_suite) {
    for (std::uint16_t peer : {2, 1, 0}) EXPECT_TRUE(vote(peer));
    ledger::Envelope certified = votes->certified();
    ASSERT_EQ(certified.availability.size(), 2U);
    EXPECT_EQ(certified.availability[0].suite, SuiteId::secp256r1);
    EXPECT_EQ(certified.availability[1].suite, SuiteId::sm2);
    EXPECT_TRUE(ledger::check_availability(certified, epoch.record, testing::sample_network(), 10));
}

TEST_F(TwoSuitesTest, one_bad_signature_of_two_is_no_vote) {
    auto mixed = signatures(0, votes->statement());
    mixed[1] = signatures(1, votes->statement())[1];
    EXPECT_FALSE(votes->add(epoch.record.peers[0].node, mixed).ok());
    EXPECT_FALSE(votes->has_vote_of(epoch.record.peers[0].node));
}

}  // namespace
}  // namespace bsn::ordering
