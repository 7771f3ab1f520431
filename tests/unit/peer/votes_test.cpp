#include "peer/votes.hpp"

#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::peer {
namespace {

using testing::TestEpoch;

class VotesTest : public ::testing::Test {
  protected:
    explicit VotesTest(std::size_t peers = 4)
        : epoch(testing::make_epoch(testing::sample_channel(), peers)) {
        header = testing::sample_header();
        header.channel = epoch.record.channel;
        header.epoch = 0;
        header.position.height = 17;
        votes.emplace(header, std::make_shared<const ledger::EpochRecord>(epoch.record));
    }
    ordering::HeaderVote vote_on(const ledger::Header& on, std::uint16_t peer) const {
        return {on.epoch,
                on.height,
                on.hash(),
                {epoch.sign(peer, crypto::SuiteId::secp256r1, on.statement()).signature},
                false};
    }
    Status add(std::uint16_t peer, const ledger::Header& on) {
        return votes->add(node(peer), vote_on(on, peer));
    }
    const ledger::NodeId& node(std::uint16_t peer) const {
        return epoch.record.peers.at(peer).node;
    }
    ledger::Header other(std::uint8_t state = 1) const {
        ledger::Header changed = header;
        changed.state = testing::filled<ledger::Hash>(state);
        return changed;
    }

    TestEpoch epoch;
    ledger::Header header;
    std::optional<HeaderVotes> votes;
};

TEST_F(VotesTest, what_is_signed_is_the_headers_statement) {
    EXPECT_EQ(votes->statement(), header.statement());
    EXPECT_EQ(votes->hash(), header.hash());
    EXPECT_EQ(header_statement(header, header.hash()), header.statement());
}

TEST_F(VotesTest, a_quorum_on_the_same_header_certifies_it) {
    EXPECT_TRUE(add(3, header));
    EXPECT_TRUE(add(1, header));
    EXPECT_FALSE(votes->complete());
    EXPECT_THROW((void)votes->certificates(), InvariantViolation);
    EXPECT_TRUE(add(0, header));
    ASSERT_TRUE(votes->complete());
    auto certificates = votes->certificates();
    ASSERT_EQ(certificates.size(), 1U);
    EXPECT_TRUE(ledger::check_certificate(certificates[0], epoch.record, header.statement(), 17));
}

TEST_F(VotesTest, a_peer_counts_once) {
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(add(2, header));
    EXPECT_FALSE(votes->complete());
    EXPECT_TRUE(votes->has_vote_of(node(2)));
    EXPECT_FALSE(votes->has_vote_of(node(0)));
}

TEST_F(VotesTest, strangers_and_wrong_signatures_do_not_count) {
    auto stranger =
        testing::make_epoch(epoch.record.channel, 1, {crypto::SuiteId::secp256r1}, 0, 900);
    EXPECT_EQ(votes->add(stranger.record.peers[0].node, vote_on(header, 0)).error().code,
              Code::forbidden);
    EXPECT_EQ(votes->add(node(1), vote_on(header, 0)).error().code, Code::bad_signature);
    auto none = vote_on(header, 1);
    none.signatures.clear();
    EXPECT_EQ(votes->add(node(1), none).error().code, Code::bad_signature);
    auto claimed = vote_on(other(), 1);
    claimed.header = header.hash();
    EXPECT_EQ(votes->add(node(1), claimed).error().code, Code::bad_signature);
    EXPECT_FALSE(votes->has_vote_of(node(1)));
}

TEST_F(VotesTest, a_vote_for_another_header_is_dissent_and_named) {
    Status status = add(1, other());
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::corrupted);
    EXPECT_NE(status.error().message.find(to_hex(node(1))), std::string::npos);
    EXPECT_FALSE(votes->has_vote_of(node(1)));
    EXPECT_FALSE(votes->outvoted());
}

TEST_F(VotesTest, a_forged_dissent_is_none) {
    auto forged = vote_on(other(), 1);
    EXPECT_EQ(votes->add(node(2), forged).error().code, Code::bad_signature);
    EXPECT_EQ(votes->add(node(3), forged).error().code, Code::bad_signature);
    EXPECT_FALSE(votes->outvoted());
}

TEST_F(VotesTest, it_is_outvoted_once_no_quorum_is_left_for_it) {
    EXPECT_FALSE(add(1, other(1)).ok());
    EXPECT_FALSE(add(1, other(2)).ok());
    EXPECT_FALSE(votes->outvoted()) << "one peer dissents once";
    EXPECT_FALSE(add(2, other(1)).ok());
    EXPECT_TRUE(votes->outvoted()) << "two of four are left, three are needed";
    EXPECT_FALSE(votes->certified_otherwise());
    EXPECT_FALSE(add(3, other(2)).ok());
    EXPECT_FALSE(votes->certified_otherwise()) << "three peers, two headers";
    EXPECT_FALSE(add(3, other(1)).ok());
    EXPECT_FALSE(add(1, other(1)).ok());
    EXPECT_TRUE(votes->certified_otherwise());
}

TEST_F(VotesTest, a_peer_may_come_round) {
    EXPECT_FALSE(add(1, other(1)).ok());
    EXPECT_FALSE(add(2, other(1)).ok());
    EXPECT_TRUE(votes->outvoted());
    EXPECT_TRUE(add(2, header));
    EXPECT_FALSE(votes->outvoted());
}

TEST_F(VotesTest, certificates_of_others_complete_the_votes_or_show_another_header) {
    HeaderVotes theirs(header, std::make_shared<const ledger::EpochRecord>(epoch.record));
    for (std::size_t peer : {0U, 1U, 3U}) {
        EXPECT_TRUE(theirs.add(node(peer), vote_on(header, peer)));
    }
    auto certificates = theirs.certificates();
    auto short_of_one = certificates;
    short_of_one[0].signatures.pop_back();
    EXPECT_FALSE(votes->adopt(header.hash(), short_of_one).ok());
    EXPECT_FALSE(votes->adopt(header.hash(), {}).ok());
    EXPECT_FALSE(votes->adopt(other().hash(), certificates).ok()) << "of another header";
    EXPECT_FALSE(votes->complete());
    EXPECT_FALSE(votes->certified_otherwise());
    EXPECT_TRUE(votes->adopt(header.hash(), certificates).ok());
    EXPECT_TRUE(votes->complete());
    EXPECT_EQ(votes->certificates(), certificates);
}

TEST_F(VotesTest, a_certificate_of_another_header_is_divergence) {
    HeaderVotes theirs(other(), std::make_shared<const ledger::EpochRecord>(epoch.record));
    for (std::size_t peer : {0U, 1U, 3U}) {
        EXPECT_TRUE(theirs.add(node(peer), vote_on(other(), peer)));
    }
    EXPECT_EQ(votes->adopt(other().hash(), theirs.certificates()).error().code, Code::corrupted);
    EXPECT_TRUE(votes->certified_otherwise());
    EXPECT_FALSE(votes->complete());
}

TEST_F(VotesTest, a_revoked_peers_vote_does_not_count_from_its_height_on) {
    for (auto [from, counts] : {std::pair{17U, false}, std::pair{18U, true}}) {
        ledger::EpochRecord record = epoch.record;
        record.revoked = {{node(1), from}};
        HeaderVotes with(header, std::make_shared<const ledger::EpochRecord>(record));
        EXPECT_EQ(with.add(node(1), vote_on(header, 1)).ok(), counts) << from;
        EXPECT_EQ(with.has_vote_of(node(1)), counts);
    }
}

// Certificates that another node made.

class AdoptTest : public VotesTest {
  protected:
    std::vector<ledger::Certificate> certified(const ledger::Header& on) const {
        return epoch.certify_all(on.statement());
    }
};

TEST_F(AdoptTest, a_certificate_of_the_same_header_certifies_it_without_a_vote) {
    const auto certificates = certified(header);
    EXPECT_TRUE(votes->adopt(header.hash(), certificates));
    ASSERT_TRUE(votes->complete());
    EXPECT_EQ(votes->certificates(), certificates);
    EXPECT_FALSE(votes->outvoted());
}

TEST_F(AdoptTest, a_certificate_of_another_header_outvotes_it) {
    Status status = votes->adopt(other().hash(), certified(other()));
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::corrupted);
    EXPECT_NE(status.error().message.find(to_hex(other().hash())), std::string::npos);
    EXPECT_TRUE(votes->outvoted());
    EXPECT_FALSE(votes->complete());
}

TEST_F(AdoptTest, what_no_quorum_signed_counts_for_nothing) {
    auto refused = [&](std::vector<ledger::Certificate> certificates, const ledger::Hash& of) {
        const Status status = votes->adopt(of, certificates);
        EXPECT_FALSE(votes->complete());
        EXPECT_FALSE(votes->outvoted());
        return status.ok() ? Code::internal : status.error().code;
    };
    const ledger::Hash hash = header.hash();
    EXPECT_EQ(refused({}, hash), Code::bad_signature);
    auto twice = certified(header);
    twice.push_back(twice.front());
    EXPECT_EQ(refused(twice, hash), Code::bad_signature) << "one for each suite";
    auto of_other_suite = certified(header);
    of_other_suite.front().suite = crypto::SuiteId::sm2;
    EXPECT_EQ(refused(of_other_suite, hash), Code::wrong_suite);
    auto few = certified(header);
    few.front().signatures.pop_back();
    EXPECT_EQ(refused(few, hash), Code::bad_signature);
    EXPECT_EQ(refused(certified(other()), hash), Code::bad_signature);
    EXPECT_EQ(refused(certified(header), other().hash()), Code::bad_signature)
        << "nobody claims that another header is certified";
}

TEST_F(AdoptTest, a_revoked_peers_signature_does_not_count) {
    ledger::EpochRecord record = epoch.record;
    record.revoked = {{node(1), 17}};
    HeaderVotes with(header, std::make_shared<const ledger::EpochRecord>(record));
    EXPECT_EQ(with.adopt(header.hash(), certified(header)).error().code, Code::bad_signature);
    EXPECT_FALSE(with.complete());
}

class TwoPeersTest : public VotesTest {
  protected:
    TwoPeersTest() : VotesTest(2) {}
};

TEST_F(TwoPeersTest, both_are_needed_so_one_dissent_is_enough) {
    EXPECT_TRUE(add(0, header));
    EXPECT_FALSE(votes->complete());
    EXPECT_FALSE(add(1, other()).ok());
    EXPECT_TRUE(votes->outvoted());
}

}  // namespace
}  // namespace bsn::peer
