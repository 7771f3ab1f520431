#include "ledger/envelope.hpp"

#include "support/format_laws.hpp"
#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::ledger {
namespace {

using testing::availability_statement;
using testing::code_of;
using testing::make_epoch;
using testing::sample_channel;
using testing::sample_envelope;
using testing::sample_network;
using testing::TestEpoch;

constexpr std::uint64_t k_order_height = 10;
/// Stands for an accepted envelope, see `code_of`.
constexpr Code k_accepted = Code::internal;

const TestEpoch& epoch_of_four() {
    static const TestEpoch k_epoch =
        make_epoch(sample_channel(), 4, {SuiteId::secp256r1, SuiteId::sm2}, 6);
    return k_epoch;
}

Bytes batch_of_two() {
    const auto key = testing::make_key(SuiteId::secp256r1);
    return testing::sample_batch(
        {testing::sample_transaction(key, 1), testing::sample_transaction(key, 2)});
}

/// An envelope that carries its batch, signed by its proposer, peer 2.
Envelope carried_envelope() {
    const Bytes batch = batch_of_two();
    Envelope envelope = sample_envelope(epoch_of_four(), batch);
    envelope.kind = EnvelopeKind::carried;
    envelope.proposer = epoch_of_four().record.peers[2].node;
    envelope.body = batch;
    envelope.availability = {
        epoch_of_four().certify(SuiteId::secp256r1, availability_statement(envelope), {2})};
    return envelope;
}

Code check(const Envelope& envelope, const EpochRecord& record = epoch_of_four().record) {
    return code_of(check_availability(envelope, record, sample_network(), k_order_height));
}

TEST(Envelope, decodes_to_what_was_encoded) {
    for (const Envelope& envelope :
         {sample_envelope(epoch_of_four(), batch_of_two(), 9), carried_envelope(),
          testing::sample_tick(epoch_of_four(), 41)}) {
        const Bytes encoded = envelope.encode();
        const Envelope decoded = Envelope::decode(encoded).value();
        EXPECT_EQ(decoded.encode(), encoded);
        EXPECT_EQ(decoded.encode_core(), envelope.encode_core());
        EXPECT_EQ(decoded.core_hash(HashId::sm3), envelope.core_hash(HashId::sm3));
        EXPECT_EQ(decoded.sequence, envelope.sequence);
        EXPECT_EQ(decoded.body, envelope.body);
        EXPECT_EQ(check(decoded), k_accepted);
    }
}

TEST(Envelope, has_the_documented_bytes) {
    const Envelope tick = testing::sample_tick(epoch_of_four(), 41);
    const std::string core = "450104" + to_hex(tick.channel) + "0000000000000006" +
                             to_hex(tick.proposer) + "0000000000000000" + "01" +
                             std::string(64, '0') + "00000000" + "00000000" + "00000000000003e8" +
                             "00000008" + "0000000000000029";
    EXPECT_EQ(to_hex(tick.encode_core()), core);
    const Bytes certificate = tick.availability[0].encode();
    ASSERT_EQ(certificate.size(), 5U + 66U);
    EXPECT_EQ(to_hex(tick.encode()), core + "01" + "00000047" + to_hex(certificate));
}

TEST(Envelope, is_strict_and_canonical) {
    for (const Envelope& envelope : {sample_envelope(epoch_of_four(), batch_of_two()),
                                     testing::sample_tick(epoch_of_four(), 41)}) {
        testing::expect_strict_format(envelope.encode(), &Envelope::decode);
        testing::expect_canonical_format(envelope.encode(), &Envelope::decode,
                                         [](const Envelope& decoded) { return decoded.encode(); });
    }
}

TEST(Envelope, of_an_unknown_kind_hash_or_certificate_is_refused) {
    const Bytes valid = sample_envelope(epoch_of_four(), batch_of_two()).encode();
    Bytes changed = valid;
    changed[2] = 5;
    EXPECT_EQ(code_of(Envelope::decode(changed)), Code::unsupported_version);
    changed = valid;
    changed[3 + 32 + 8 + 32 + 8] = 9;
    EXPECT_EQ(code_of(Envelope::decode(changed)), Code::unsupported_version);
}

TEST(Envelope, a_batch_envelope_names_a_batch_and_carries_none) {
    const Envelope valid = sample_envelope(epoch_of_four(), batch_of_two());
    const auto refused = [&](auto change) {
        Envelope envelope = valid;
        change(envelope);
        return code_of(Envelope::decode(envelope.encode())) == Code::invalid_argument;
    };
    EXPECT_TRUE(refused([](Envelope& e) { e.valid_until_order_height = 0; }));
    EXPECT_TRUE(refused([](Envelope& e) { e.count = 0; }));
    EXPECT_TRUE(refused([](Envelope& e) { e.bytes = 0; }));
    EXPECT_TRUE(refused([](Envelope& e) { e.body = {1}; }));
}

TEST(Envelope, a_carried_batch_has_transactions_and_the_announced_size_and_digest) {
    const auto refused = [&](auto change) {
        Envelope envelope = carried_envelope();
        change(envelope);
        return code_of(Envelope::decode(envelope.encode())) == Code::invalid_argument;
    };
    EXPECT_TRUE(refused([](Envelope& e) { e.count = 0; }));
    EXPECT_TRUE(refused([](Envelope& e) { e.body[20] ^= 1; }));
    EXPECT_TRUE(refused([](Envelope& e) { e.digest.data()[0] ^= 1; }));
    EXPECT_TRUE(refused([](Envelope& e) { e.digest_hash = HashId::sm3; }));
    EXPECT_TRUE(refused([](Envelope& e) { e.bytes += 1; }));
    EXPECT_TRUE(refused([](Envelope& e) { e.body.clear(); }));
}

TEST(Envelope, a_tick_holds_a_height_and_nothing_else) {
    const auto refused = [&](auto change) {
        Envelope envelope = testing::sample_tick(epoch_of_four(), 41);
        change(envelope);
        return code_of(Envelope::decode(envelope.encode())) == Code::invalid_argument;
    };
    EXPECT_TRUE(refused([](Envelope& e) { e.body.push_back(0); }));
    EXPECT_TRUE(refused([](Envelope& e) { e.body.clear(); }));
    EXPECT_TRUE(refused([](Envelope& e) { e.count = 1; }));
    EXPECT_TRUE(refused([](Envelope& e) { e.bytes = 1; }));
    EXPECT_TRUE(refused([](Envelope& e) { e.digest.data()[0] = 1; }));
}

TEST(Availability, needs_a_certificate_for_each_suite_in_order) {
    const Envelope valid = sample_envelope(epoch_of_four(), batch_of_two());
    EXPECT_EQ(check(valid), k_accepted);
    Envelope envelope = valid;
    envelope.availability.pop_back();
    EXPECT_EQ(check(envelope), Code::bad_signature);
    envelope.availability.clear();
    EXPECT_EQ(check(envelope), Code::bad_signature);
    envelope = valid;
    envelope.availability.push_back(valid.availability[1]);
    EXPECT_EQ(check(envelope), Code::bad_signature);
    envelope = valid;
    std::swap(envelope.availability[0], envelope.availability[1]);
    EXPECT_EQ(check(envelope), Code::wrong_suite);
    envelope.availability = {valid.availability[0], valid.availability[0]};
    EXPECT_EQ(check(envelope), Code::wrong_suite);
    envelope = valid;
    envelope.availability[1].signatures.pop_back();
    EXPECT_EQ(check(envelope), Code::bad_signature);
}

TEST(Availability, covers_every_field_of_the_core) {
    const Envelope valid = sample_envelope(epoch_of_four(), batch_of_two());
    const auto refused = [&](auto change) {
        Envelope envelope = valid;
        change(envelope);
        return check(envelope) == Code::bad_signature;
    };
    EXPECT_TRUE(refused([](Envelope& e) { e.proposer.data()[0] ^= 1; }));
    EXPECT_TRUE(refused([](Envelope& e) { e.sequence += 1; }));
    EXPECT_TRUE(refused([](Envelope& e) { e.digest_hash = HashId::keccak256; }));
    EXPECT_TRUE(refused([](Envelope& e) { e.digest.data()[0] ^= 1; }));
    EXPECT_TRUE(refused([](Envelope& e) { e.count += 1; }));
    EXPECT_TRUE(refused([](Envelope& e) { e.bytes += 1; }));
    EXPECT_TRUE(refused([](Envelope& e) { e.valid_until_order_height += 1; }));
    EXPECT_TRUE(refused([](Envelope& e) { e.body = {1}; }));
}

TEST(Availability, of_another_channel_or_epoch_is_refused) {
    Envelope envelope = sample_envelope(epoch_of_four(), batch_of_two());
    EpochRecord record = epoch_of_four().record;
    record.epoch += 1;
    EXPECT_EQ(check(envelope, record), Code::unavailable);
    record = epoch_of_four().record;
    record.channel = testing::filled<ChannelId>(1);
    EXPECT_EQ(check(envelope, record), Code::wrong_channel);
}

TEST(Availability, a_header_signature_does_not_pass_and_the_other_way_round) {
    const TestEpoch& epoch = epoch_of_four();
    Envelope envelope = sample_envelope(epoch, batch_of_two());
    const Bytes core = envelope.encode_core();
    const Bytes header_statement =
        encode_statement(Purpose::header, sample_network(), envelope.channel, envelope.epoch, core);
    EXPECT_EQ(code_of(check_certificate(envelope.availability[0], epoch.record, header_statement,
                                        k_order_height)),
              Code::bad_signature);
    envelope.availability = epoch.certify_all(header_statement);
    EXPECT_EQ(check(envelope), Code::bad_signature);
}

TEST(Availability, revoked_signers_are_refused) {
    const Envelope batch = sample_envelope(epoch_of_four(), batch_of_two());
    EpochRecord record = epoch_of_four().record;
    record.revoked = {{record.peers[2].node, k_order_height}};
    EXPECT_EQ(check(batch, record), Code::bad_signature);
    EXPECT_EQ(check(carried_envelope(), record), Code::bad_signature);
    record.revoked[0].from_order_height = k_order_height + 1;
    EXPECT_EQ(check(batch, record), k_accepted);
    EXPECT_EQ(check(carried_envelope(), record), k_accepted);
}

TEST(Availability, what_is_carried_has_the_proposers_signature_and_no_other) {
    const TestEpoch& epoch = epoch_of_four();
    const Envelope valid = carried_envelope();
    const Bytes statement = availability_statement(valid);
    EXPECT_EQ(check(valid), k_accepted);
    const auto with = [&](std::vector<Certificate> certificates) {
        Envelope envelope = valid;
        envelope.availability = std::move(certificates);
        return check(envelope);
    };
    EXPECT_EQ(with({}), Code::bad_signature);
    EXPECT_EQ(with({epoch.certify(SuiteId::secp256r1, statement, {1})}), Code::bad_signature);
    EXPECT_EQ(with({epoch.certify(SuiteId::secp256r1, statement, {2, 3})}), Code::bad_signature);
    EXPECT_EQ(with({epoch.certify(SuiteId::sm2, statement, {2})}), Code::wrong_suite);
    EXPECT_EQ(with({valid.availability[0], valid.availability[0]}), Code::bad_signature);
    EXPECT_EQ(with({Certificate{SuiteId::secp256r1, {}}}), Code::bad_signature);
    Certificate forged = valid.availability[0];
    forged.signatures[0].signature.data()[5] ^= 1;
    EXPECT_EQ(with({forged}), Code::bad_signature);
    // Another peer signs in the proposer's name.
    forged = epoch.certify(SuiteId::secp256r1, statement, {1});
    forged.signatures[0].peer = 2;
    EXPECT_EQ(with({forged}), Code::bad_signature);
}

TEST(Availability, a_proposer_from_outside_the_epoch_is_refused) {
    Envelope envelope = carried_envelope();
    envelope.proposer = testing::filled<NodeId>(1);
    envelope.availability = {
        epoch_of_four().certify(SuiteId::secp256r1, availability_statement(envelope), {2})};
    EXPECT_EQ(check(envelope), Code::forbidden);
}

Envelope void_vote() {
    Envelope envelope = sample_envelope(epoch_of_four(), batch_of_two());
    envelope.kind = EnvelopeKind::void_batch;
    envelope.digest = {};
    envelope.count = 0;
    envelope.bytes = 0;
    envelope.body = Bytes(1 + 8 + 32, 1);
    envelope.availability.clear();
    return envelope;
}

Bytes statement_of(const Envelope& envelope, Purpose purpose) {
    return encode_statement(purpose, testing::sample_network(), envelope.channel, envelope.epoch,
                            envelope.encode_core());
}

TEST(Availability, a_void_vote_is_signed_by_its_proposer_for_that_purpose) {
    Envelope envelope = void_vote();
    const std::uint16_t proposer = epoch_of_four().record.index_of(envelope.proposer).value();
    envelope.availability = {epoch_of_four().certify(
        SuiteId::secp256r1, statement_of(envelope, Purpose::void_batch), {proposer})};
    EXPECT_EQ(check(envelope), k_accepted);
    envelope.availability = {epoch_of_four().certify(
        SuiteId::secp256r1, statement_of(envelope, Purpose::availability), {proposer})};
    EXPECT_EQ(check(envelope), Code::bad_signature);
}

TEST(Envelope, a_void_vote_holds_a_stance_a_height_and_a_hash_and_nothing_else) {
    Envelope envelope = void_vote();
    for (const std::uint8_t stance : {0, 1, 2, 3}) {
        envelope.body[0] = stance;
        EXPECT_EQ(Envelope::decode(envelope.encode()).ok(), stance == 1 || stance == 2) << stance;
    }
    envelope = void_vote();
    envelope.body.pop_back();
    EXPECT_FALSE(Envelope::decode(envelope.encode()).ok());
    for (int change = 0; change < 3; ++change) {
        envelope = void_vote();
        if (change == 0) envelope.count = 1;
        if (change == 1) envelope.bytes = 1;
        if (change == 2) envelope.digest.data()[0] = 1;
        EXPECT_FALSE(Envelope::decode(envelope.encode()).ok()) << change;
    }
}

}  // namespace
}  // namespace bsn::ledger
