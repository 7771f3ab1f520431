#include "ledger/certificate.hpp"

#include "support/format_laws.hpp"
#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::ledger {
namespace {

using testing::code_of;
using testing::make_epoch;
using testing::sample_channel;
using testing::sample_network;
using testing::TestEpoch;

constexpr std::uint64_t k_order_height = 10;

Bytes statement_of(Purpose purpose, Epoch epoch = 0) {
    return encode_statement(purpose, sample_network(), sample_channel(), epoch,
                            testing::filled<Hash>(0x77));
}

/// Four peers, of whom three make a quorum.
const TestEpoch& four_peers() {
    static const TestEpoch k_epoch = make_epoch(
        sample_channel(), 4, {testing::k_all_suites.begin(), testing::k_all_suites.end()});
    return k_epoch;
}

Code check(const Certificate& certificate, const EpochRecord& record = four_peers().record,
           const std::vector<RevokedNode>& also_revoked = {}) {
    return code_of(check_certificate(certificate, record, statement_of(Purpose::header),
                                     k_order_height, also_revoked));
}

/// `Code::internal` stands for an accepted certificate, see `code_of`.
constexpr Code k_accepted = Code::internal;

TEST(Statement, has_the_documented_bytes) {
    EXPECT_EQ(to_hex(encode_statement(Purpose::availability, testing::filled<NetworkId>(1),
                                      testing::filled<ChannelId>(2), 3, Bytes{0xAA})),
              "530101" + to_hex(testing::filled<Hash>(1)) + to_hex(testing::filled<Hash>(2)) +
                  "0000000000000003" + "aa");
}

TEST(Quorum, is_one_of_one_two_of_two_and_three_then_more_than_two_thirds) {
    const std::vector<std::size_t> expected{1, 2, 2, 3, 4, 5, 5, 6, 7, 7};
    for (std::size_t peers = 1; peers <= expected.size(); ++peers) {
        EXPECT_EQ(quorum_of(peers), expected[peers - 1]) << peers;
    }
    EXPECT_EQ(quorum_of(100), 67U);
    EXPECT_EQ(quorum_of(1000), 667U);
}

TEST(Quorum, two_quorums_always_share_a_peer) {
    for (std::size_t peers = 1; peers <= 1000; ++peers) {
        EXPECT_GT(2 * quorum_of(peers), peers);
        EXPECT_LE(quorum_of(peers), peers);
    }
}

class CertificateOfSuite : public ::testing::TestWithParam<SuiteId> {
  protected:
    Certificate certify(std::vector<std::uint16_t> peers, Purpose purpose = Purpose::header) const {
        return four_peers().certify(GetParam(), statement_of(purpose), std::move(peers));
    }
};
INSTANTIATE_TEST_SUITE_P(Suites, CertificateOfSuite, ::testing::ValuesIn(testing::k_all_suites),
                         [](const auto& suite) {
                             return std::string(crypto::suite_name(suite.param));
                         });

TEST_P(CertificateOfSuite, of_a_quorum_is_accepted) {
    EXPECT_EQ(check(certify({0, 1, 2})), k_accepted);
    EXPECT_EQ(check(certify({0, 2, 3})), k_accepted);
    EXPECT_EQ(check(certify({0, 1, 2, 3})), k_accepted);
}

TEST_P(CertificateOfSuite, of_too_few_peers_is_refused) {
    EXPECT_EQ(check(certify({1, 3})), Code::bad_signature);
    EXPECT_EQ(check(Certificate{GetParam(), {}}), Code::bad_signature);
}

TEST_P(CertificateOfSuite, with_a_peer_twice_or_out_of_order_is_refused) {
    EXPECT_EQ(check(certify({0, 1, 1})), Code::bad_signature);
    EXPECT_EQ(check(certify({0, 1, 1, 2})), Code::bad_signature);
    EXPECT_EQ(check(certify({0, 2, 1})), Code::bad_signature);
}

TEST_P(CertificateOfSuite, with_a_peer_that_the_epoch_has_not_is_refused) {
    Certificate certificate = certify({0, 1, 2, 3});
    certificate.signatures[3].peer = 4;
    EXPECT_EQ(check(certificate), Code::bad_signature);
    certificate.signatures[3].peer = 0xFFFF;
    EXPECT_EQ(check(certificate), Code::bad_signature);
}

TEST_P(CertificateOfSuite, with_one_wrong_signature_among_enough_is_refused) {
    for (std::size_t wrong = 0; wrong < 4; ++wrong) {
        Certificate certificate = certify({0, 1, 2, 3});
        certificate.signatures[wrong].signature.data()[40] ^= 1;
        EXPECT_EQ(check(certificate), Code::bad_signature) << wrong;
    }
    Certificate swapped = certify({0, 1, 2, 3});
    std::swap(swapped.signatures[0].signature, swapped.signatures[1].signature);
    EXPECT_EQ(check(swapped), Code::bad_signature);
}

TEST_P(CertificateOfSuite, with_a_revoked_node_is_refused_from_that_height_on) {
    const Certificate with = certify({0, 1, 2});
    const Certificate without = certify({0, 2, 3});
    const NodeId node = four_peers().record.peers[1].node;
    const RevokedNode before{node, k_order_height};
    const RevokedNode after{node, k_order_height + 1};
    EXPECT_EQ(check(with, four_peers().record, {before}), Code::bad_signature);
    EXPECT_EQ(check(with, four_peers().record, {after}), k_accepted);
    EXPECT_EQ(check(without, four_peers().record, {before}), k_accepted);
    EpochRecord record = four_peers().record;
    record.revoked = {before};
    EXPECT_EQ(check(with, record), Code::bad_signature);
    EXPECT_EQ(check(without, record), k_accepted);
    record.revoked = {after};
    EXPECT_EQ(check(with, record), k_accepted);
}

TEST_P(CertificateOfSuite, made_for_another_purpose_epoch_channel_or_network_is_refused) {
    for (Purpose purpose :
         {Purpose::availability, Purpose::void_batch, Purpose::request, Purpose::answer}) {
        EXPECT_EQ(check(certify({0, 1, 2}, purpose)), Code::bad_signature);
    }
    const auto& epoch = four_peers();
    const auto body = testing::filled<Hash>(0x77);
    for (const Bytes& statement : {statement_of(Purpose::header, 1),
                                   encode_statement(Purpose::header, sample_network(),
                                                    testing::filled<ChannelId>(1), 0, body),
                                   encode_statement(Purpose::header, testing::filled<NetworkId>(1),
                                                    sample_channel(), 0, body)}) {
        EXPECT_EQ(check(epoch.certify(GetParam(), statement)), Code::bad_signature);
    }
}

TEST_P(CertificateOfSuite, is_refused_where_the_epoch_does_not_certify_in_it) {
    const SuiteId other = GetParam() == SuiteId::sm2 ? SuiteId::secp256r1 : SuiteId::sm2;
    const TestEpoch epoch = make_epoch(sample_channel(), 4, {other});
    EXPECT_EQ(check(certify({0, 1, 2}), epoch.record), Code::wrong_suite);
    Certificate renamed = certify({0, 1, 2});
    renamed.suite = other;
    EXPECT_EQ(check(renamed), Code::bad_signature);
}

TEST_P(CertificateOfSuite, single_signatures_are_checked_by_the_same_rules) {
    const auto& epoch = four_peers();
    const Bytes statement = statement_of(Purpose::header);
    const PeerSignature own = epoch.sign(2, GetParam(), statement);
    const auto check_one = [&](const PeerSignature& signature, const EpochRecord& record) {
        return code_of(
            check_peer_signature(signature, GetParam(), record, statement, k_order_height));
    };
    EXPECT_EQ(check_one(own, epoch.record), k_accepted);
    EXPECT_EQ(check_one({1, own.signature}, epoch.record), Code::bad_signature);
    EXPECT_EQ(check_one({4, own.signature}, epoch.record), Code::bad_signature);
    EpochRecord record = epoch.record;
    record.revoked = {{record.peers[2].node, 1}};
    EXPECT_EQ(check_one(own, record), Code::bad_signature);
    const SuiteId other = GetParam() == SuiteId::sm2 ? SuiteId::secp256r1 : SuiteId::sm2;
    EXPECT_EQ(check_one(own, make_epoch(sample_channel(), 4, {other}).record), Code::wrong_suite);
}

TEST(Certificate, decodes_to_what_was_encoded) {
    const Certificate certificate =
        four_peers().certify(SuiteId::secp256k1, statement_of(Purpose::header), {0, 3});
    const Bytes encoded = certificate.encode();
    EXPECT_EQ(to_hex(encoded), "4301020002" + std::string("0000") +
                                   to_hex(certificate.signatures[0].signature) + "0003" +
                                   to_hex(certificate.signatures[1].signature));
    const Certificate decoded = Certificate::decode(encoded).value();
    EXPECT_EQ(decoded.suite, certificate.suite);
    EXPECT_TRUE(decoded.signatures == certificate.signatures);
}

TEST(Certificate, is_strict_and_canonical) {
    const Bytes valid =
        four_peers().certify(SuiteId::secp256r1, statement_of(Purpose::header)).encode();
    testing::expect_strict_format(valid, &Certificate::decode);
    testing::expect_canonical_format(
        valid, &Certificate::decode,
        [](const Certificate& certificate) { return certificate.encode(); });
}

TEST(Certificate, with_peers_twice_out_of_order_or_an_unknown_suite_does_not_decode) {
    const Bytes statement = statement_of(Purpose::header);
    const auto decode = [&](std::vector<std::uint16_t> peers) {
        return Certificate::decode(
            four_peers().certify(SuiteId::secp256r1, statement, std::move(peers)).encode());
    };
    EXPECT_TRUE(decode({0, 1}).ok());
    EXPECT_FALSE(decode({1, 1}).ok());
    EXPECT_FALSE(decode({1, 0}).ok());
    Bytes encoded = four_peers().certify(SuiteId::secp256r1, statement).encode();
    encoded[2] = 4;
    EXPECT_EQ(code_of(Certificate::decode(encoded)), Code::wrong_suite);
}

TEST(EpochRecord, decodes_to_what_was_encoded) {
    EpochRecord record = four_peers().record;
    record.epoch = 7;
    record.revoked = {{testing::filled<NodeId>(1), 5}, {testing::filled<NodeId>(2), 6}};
    const EpochRecord decoded = EpochRecord::decode(record.encode()).value();
    EXPECT_TRUE(decoded == record);
    EXPECT_EQ(decoded.hash(), crypto::hash(HashId::sha256, record.encode()));
}

TEST(EpochRecord, is_strict_and_canonical) {
    EpochRecord record = make_epoch(sample_channel(), 2, {SuiteId::secp256r1, SuiteId::sm2}).record;
    record.revoked = {{testing::filled<NodeId>(1), 5}};
    testing::expect_strict_format(record.encode(), &EpochRecord::decode);
    testing::expect_canonical_format(record.encode(), &EpochRecord::decode,
                                     [](const EpochRecord& decoded) { return decoded.encode(); });
}

TEST(EpochRecord, in_wrong_order_or_with_duplicates_is_refused) {
    const EpochRecord valid = four_peers().record;
    const auto refused = [](const EpochRecord& record) {
        return !EpochRecord::decode(record.encode()).ok();
    };
    EpochRecord record = valid;
    std::swap(record.peers[0], record.peers[1]);
    EXPECT_TRUE(refused(record));
    record = valid;
    record.peers[1] = record.peers[0];
    EXPECT_TRUE(refused(record));
    record = valid;
    std::swap(record.suites[0], record.suites[1]);
    EXPECT_TRUE(refused(record));
    record = valid;
    record.suites[1] = record.suites[0];
    EXPECT_TRUE(refused(record));
    record = valid;
    record.revoked = {{testing::filled<NodeId>(2), 5}, {testing::filled<NodeId>(1), 6}};
    EXPECT_TRUE(refused(record));
    record.revoked = {{testing::filled<NodeId>(2), 5}, {testing::filled<NodeId>(2), 6}};
    EXPECT_TRUE(refused(record));
}

TEST(EpochRecord, has_one_to_a_thousand_peers_and_a_suite) {
    EpochRecord record = make_epoch(sample_channel(), 1).record;
    const auto resize = [&](std::size_t peers) {
        const EpochPeer peer = record.peers.empty() ? EpochPeer{} : record.peers[0];
        record.peers.assign(peers, peer);
        for (std::size_t i = 0; i < peers; ++i) {
            record.peers[i].node.data()[0] = static_cast<std::uint8_t>(i >> 8);
            record.peers[i].node.data()[1] = static_cast<std::uint8_t>(i);
        }
    };
    resize(1000);
    EXPECT_TRUE(EpochRecord::decode(record.encode()).ok());
    resize(1001);
    EXPECT_EQ(code_of(EpochRecord::decode(record.encode())), Code::too_large);
    record.peers.clear();
    EXPECT_FALSE(EpochRecord::decode(record.encode()).ok());
    record = make_epoch(sample_channel(), 1).record;
    record.suites.clear();
    record.peers[0].keys.clear();
    EXPECT_FALSE(EpochRecord::decode(record.encode()).ok());
}

TEST(EpochRecord, finds_peers_and_revocations_by_node) {
    EpochRecord record = four_peers().record;
    for (std::uint16_t i = 0; i < 4; ++i) EXPECT_EQ(record.index_of(record.peers[i].node), i);
    EXPECT_EQ(record.index_of(testing::filled<NodeId>(0)), std::nullopt);
    EXPECT_EQ(record.index_of(testing::filled<NodeId>(0xFF)), std::nullopt);
    record.revoked = {{record.peers[1].node, 5}};
    EXPECT_FALSE(record.is_revoked(record.peers[1].node, 4));
    EXPECT_TRUE(record.is_revoked(record.peers[1].node, 5));
    EXPECT_FALSE(record.is_revoked(record.peers[0].node, 9));
    EXPECT_EQ(record.quorum(), 3U);
}

}  // namespace
}  // namespace bsn::ledger
