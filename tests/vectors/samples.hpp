#pragma once
// The values that the golden vectors are made of.

#include "base/codec.hpp"
#include "support/ledger_fixtures.hpp"
#include "vectors/says.hpp"

#include <fmt/format.h>

namespace bsn::testing::vectors {

using crypto::HashId;
using crypto::SuiteId;
using ledger::Hash;

inline Bytes with_byte(Bytes bytes, std::size_t at, std::uint8_t value) {
    bytes.at(at) = value;
    return bytes;
}

template <typename Value, typename Change>
Value changed(Value value, Change change) {
    change(value);
    return value;
}

// Samples.

inline TestEpoch sample_epoch() {
    return make_epoch(sample_channel(), 4, {SuiteId::secp256r1, SuiteId::sm2});
}

/// Its last peer is revoked from ordering height 50 on.
inline TestEpoch epoch_with_revoked() {
    TestEpoch epoch = sample_epoch();
    epoch.record.revoked = {{epoch.record.peers.at(3).node, 50}};
    return epoch;
}

/// Two byte strings: who reads a batch does not look into its transactions.
inline Bytes small_batch(std::uint8_t first = 1) {
    return ledger::encode_batch({Bytes{first, 2, 3}, Bytes{4}});
}

/// An envelope that carries its batch, signed by one peer, by default its proposer.
inline ledger::Envelope carried_envelope(const TestEpoch& epoch, std::uint16_t signer = 0) {
    ledger::Envelope envelope = sample_envelope(epoch, small_batch(), 8);
    envelope.kind = ledger::EnvelopeKind::carried;
    envelope.body = small_batch();
    envelope.digest = crypto::hash(envelope.digest_hash, envelope.body);
    envelope.availability = {
        epoch.certify(epoch.record.suites.at(0), availability_statement(envelope), {signer})};
    return envelope;
}

inline ledger::Envelope void_envelope(const TestEpoch& epoch) {
    ledger::Envelope envelope = carried_envelope(epoch);
    envelope.kind = ledger::EnvelopeKind::void_batch;
    envelope.digest = {};
    envelope.count = 0;
    envelope.bytes = 0;
    Writer body;
    body.u8(1);
    body.u64(17);
    body.raw(filled<ledger::Hash>(0x0C));
    envelope.body = body.take();
    const Bytes statement =
        ledger::encode_statement(ledger::Purpose::void_batch, sample_network(), envelope.channel,
                                 envelope.epoch, envelope.encode_core());
    envelope.availability = {epoch.certify(epoch.record.suites.at(0), statement, {0})};
    return envelope;
}

inline ledger::Header first_header() {
    ledger::Header header = sample_header();
    header.hash_id = HashId::keccak256;
    header.height = 0;
    header.previous = {};
    header.state_type = ledger::StateCommitmentType::merkle_map;
    header.extensions.clear();
    return header;
}

inline ledger::Receipt refused_receipt() {
    ledger::Receipt receipt;
    receipt.status = ledger::ExecutionStatus::refused;
    receipt.error = "没有这份文件";
    return receipt;
}

inline std::vector<std::pair<std::string, ledger::ControlRecord>> sample_controls() {
    const crypto::PrivateKey key = make_key(SuiteId::sm2, 3);
    return {{"app",
             ledger::AppControl{"土地登记", SuiteId::sm2, ledger::StateCommitmentType::merkle_map,
                                filled<ledger::ParticipantId>(5)}},
            {"epoch", ledger::EpochControl{epoch_with_revoked().record}},
            {"contract", ledger::ContractControl{"deeds", "evidence", 2}},
            {"role", ledger::RoleControl{"reader", true, {"deeds.find", "kv.*"}}},
            {"member", ledger::MemberControl{ledger::participant_id_of(key.public_key()),
                                             key.public_key(),
                                             ledger::MemberState::removed,
                                             {"reader", "writer"}}},
            {"state", ledger::StateControl{ledger::AppState::suspended, "not paid"}},
            {"dialect",
             ledger::DialectControl{{ledger::Dialect::ethereum,
                                     ledger::EvmFork::london,
                                     2026,
                                     0,
                                     true,
                                     7,
                                     30'000'000,
                                     24'576,
                                     false,
                                     {{filled<ledger::Address>(1), filled<ledger::Word>(2)}}}}}};
}

/// A block of an envelope that carries its batch, and a tick.
inline TestBlock carried_block() {
    const TestEpoch epoch = sample_epoch();
    TestBlock made;
    made.block.envelopes = {carried_envelope(epoch), sample_tick(epoch, 3)};
    made.batches = {{}, {}};
    made.block.receipts = {sample_receipt().encode(), refused_receipt().encode()};
    made.block.header = sample_header();
    made.block.header.hash_id = HashId::sm3;
    commit_to_content(made);
    return made;
}

}  // namespace bsn::testing::vectors
