#include "support/ledger_fixtures.hpp"

#include "base/codec.hpp"
#include "ledger/merkle.hpp"

#include <algorithm>
#include <numeric>

namespace bsn::testing {

using crypto::SuiteId;
using ledger::Hash;
using ledger::HashId;

ledger::NetworkId sample_network() { return filled<ledger::NetworkId>(0x11); }

ledger::ChannelId sample_channel() {
    return ledger::channel_created_by(sample_network(), filled<ledger::TxId>(0x22));
}

crypto::PrivateKey make_key(SuiteId suite, std::uint32_t number) {
    Writer seed;
    seed.text("test key");
    seed.u8(static_cast<std::uint8_t>(suite));
    seed.u32(number);
    Hash scalar = crypto::hash(HashId::sha256, seed.view());
    scalar.data()[0] = 1;  // below each curve's order, and not zero
    return crypto::PrivateKey::from_scalar(suite, scalar).value();
}

ledger::PeerSignature TestEpoch::sign(std::uint16_t peer, SuiteId suite, ByteView statement) const {
    const auto found = std::find(record.suites.begin(), record.suites.end(), suite);
    ensure(found != record.suites.end(), "the test epoch has no keys of this suite");
    const auto key = static_cast<std::size_t>(found - record.suites.begin());
    return {peer, keys.at(peer).at(key).sign(statement)};
}

ledger::Certificate TestEpoch::certify(SuiteId suite, ByteView statement,
                                       std::vector<std::uint16_t> peers) const {
    if (peers.empty()) {
        peers.resize(record.quorum());
        std::iota(peers.begin(), peers.end(), std::uint16_t{0});
    }
    ledger::Certificate certificate;
    certificate.suite = suite;
    certificate.signatures.reserve(peers.size());
    for (std::uint16_t peer : peers) certificate.signatures.push_back(sign(peer, suite, statement));
    return certificate;
}

std::vector<ledger::Certificate> TestEpoch::certify_all(ByteView statement) const {
    std::vector<ledger::Certificate> certificates;
    certificates.reserve(record.suites.size());
    for (SuiteId suite : record.suites) certificates.push_back(certify(suite, statement));
    return certificates;
}

TestEpoch make_epoch(const ledger::ChannelId& channel, std::size_t peers,
                     std::vector<SuiteId> suites, ledger::Epoch epoch, std::uint32_t first_key) {
    struct Member {
        ledger::EpochPeer peer;
        std::vector<crypto::PrivateKey> keys;
    };
    std::vector<Member> members;
    members.reserve(peers);
    for (std::size_t i = 0; i < peers; ++i) {
        const auto number = first_key + static_cast<std::uint32_t>(i);
        Member& member = members.emplace_back();
        member.peer.node =
            ledger::node_id_of(make_key(SuiteId::secp256r1, number).public_key().bytes);
        member.peer.name = "node-" + std::to_string(i);
        member.peer.operator_name = "operator-" + std::to_string(i);
        for (SuiteId suite : suites) {
            member.keys.push_back(make_key(suite, number));
            member.peer.keys.push_back(member.keys.back().public_key().bytes);
        }
    }
    std::sort(members.begin(), members.end(),
              [](const Member& a, const Member& b) { return a.peer.node < b.peer.node; });

    TestEpoch made;
    made.record.channel = channel;
    made.record.epoch = epoch;
    made.record.from_order_height = 1;
    made.record.suites = std::move(suites);
    for (Member& member : members) {
        made.record.peers.push_back(std::move(member.peer));
        made.keys.push_back(std::move(member.keys));
    }
    return made;
}

ledger::Payload sample_payload(const crypto::PrivateKey& key, std::uint32_t number) {
    Writer nonce;
    nonce.u64(0);
    nonce.u64(number);
    ledger::Payload payload;
    payload.network = sample_network();
    payload.channel = sample_channel();
    payload.suite = key.suite();
    payload.creator = ledger::participant_id_of(key.public_key());
    payload.nonce = ledger::Nonce::from(nonce.view()).value();
    payload.valid_until = 1'800'000'000'000;
    payload.contract = "evidence";
    payload.function = "deposit";
    payload.arguments = {to_bytes("document " + std::to_string(number))};
    return payload;
}

ledger::Transaction sample_transaction(const crypto::PrivateKey& key, std::uint32_t number) {
    return ledger::Transaction::sign(sample_payload(key, number), key);
}

Bytes sample_batch(const std::vector<ledger::Transaction>& transactions) {
    std::vector<ByteView> views;
    views.reserve(transactions.size());
    for (const ledger::Transaction& transaction : transactions) {
        views.emplace_back(transaction.bytes());
    }
    return ledger::encode_batch(views);
}

Bytes availability_statement(const ledger::Envelope& envelope) {
    return ledger::encode_statement(ledger::Purpose::availability, sample_network(),
                                    envelope.channel, envelope.epoch, envelope.encode_core());
}

ledger::Envelope sample_envelope(const TestEpoch& epoch, ByteView batch, std::uint64_t sequence) {
    ledger::Envelope envelope;
    envelope.kind = ledger::EnvelopeKind::batch;
    envelope.channel = epoch.record.channel;
    envelope.epoch = epoch.record.epoch;
    envelope.proposer = epoch.record.peers.at(0).node;
    envelope.sequence = sequence;
    envelope.digest = crypto::hash(envelope.digest_hash, batch);
    envelope.count = static_cast<std::uint32_t>(ledger::decode_batch(batch).value().size());
    envelope.bytes = static_cast<std::uint32_t>(batch.size());
    envelope.valid_until_order_height = 1000;
    envelope.availability = epoch.certify_all(availability_statement(envelope));
    return envelope;
}

ledger::Envelope sample_tick(const TestEpoch& epoch, ledger::Height last) {
    Writer body;
    body.u64(last);
    ledger::Envelope envelope;
    envelope.kind = ledger::EnvelopeKind::tick;
    envelope.channel = epoch.record.channel;
    envelope.epoch = epoch.record.epoch;
    envelope.proposer = epoch.record.peers.at(0).node;
    envelope.valid_until_order_height = 1000;
    envelope.body = body.take();
    envelope.availability = {
        epoch.certify(epoch.record.suites.at(0), availability_statement(envelope), {0})};
    return envelope;
}

ledger::Receipt sample_receipt() {
    ledger::Receipt receipt;
    receipt.result = to_bytes("done");
    receipt.logs = {{"evidence", {to_bytes("deposited"), to_bytes("alice")}, to_bytes("data")},
                    {"evidence", {}, {}}};
    receipt.gas = 7;
    receipt.cumulative_gas = 12;
    receipt.created_address = Bytes(20, 0xAB);
    receipt.error = "none";
    return receipt;
}

ledger::Header sample_header() {
    ledger::Header header;
    header.network = sample_network();
    header.channel = sample_channel();
    header.height = 3;
    header.previous = filled<Hash>(0x33);
    header.position = {filled<ledger::OrdererId>(0x44), 1, 17, 2};
    header.time = 1'700'000'000'123;
    header.epoch = 5;
    header.transactions = 2;
    header.transaction_root = filled<Hash>(0x55);
    header.receipt_root = filled<Hash>(0x66);
    header.state = filled<Hash>(0x77);
    header.extensions = {{ledger::extension::k_next_epoch, filled<Hash>(0x88)},
                         {0x7FFF, filled<Hash>(0x99)}};
    return header;
}

TestBlock sample_block(const TestEpoch& epoch) {
    TestBlock made;
    const crypto::PrivateKey key = make_key(SuiteId::secp256r1);
    std::uint32_t number = 0;
    for (std::size_t transactions : {3, 2, 2}) {
        std::vector<ledger::Transaction> batch;
        batch.reserve(transactions);
        for (std::size_t i = 0; i < transactions; ++i)
            batch.push_back(sample_transaction(key, number++));
        made.batches.push_back(sample_batch(batch));
        made.block.envelopes.push_back(
            sample_envelope(epoch, made.batches.back(), made.batches.size()));
    }
    made.batches.back().clear();
    made.block.controls = {ledger::ContractControl{"evidence", "evidence", 1},
                           ledger::RoleControl{"everyone", true, {"evidence.find"}}};
    made.block.skipped = {
        {0, 1, Code::duplicate},
        {2, ledger::Skipped::k_whole_envelope, Code::unavailable},
    };
    for (std::uint64_t i = 1; i <= 4; ++i) {
        ledger::Receipt receipt = sample_receipt();
        receipt.cumulative_gas = 7 * i;
        made.block.receipts.push_back(receipt.encode());
    }
    made.block.header = sample_header();
    made.block.header.channel = epoch.record.channel;
    made.block.header.epoch = epoch.record.epoch;
    commit_to_content(made);
    return made;
}

void commit_to_content(TestBlock& made) {
    ledger::Header& header = made.block.header;
    const HashId id = header.hash_id;
    std::vector<Hash> transactions;
    const auto admitted = ledger::admitted_transactions(made.block, made.batches);
    for (ByteView transaction : admitted.value()) {
        transactions.push_back(ledger::merkle_leaf(id, transaction));
    }
    std::vector<Hash> receipts;
    receipts.reserve(made.block.receipts.size());
    for (const Bytes& receipt : made.block.receipts) {
        receipts.push_back(ledger::merkle_leaf(id, receipt));
    }
    header.transactions = static_cast<std::uint32_t>(transactions.size());
    header.transaction_root = ledger::merkle_root(id, transactions);
    header.receipt_root = ledger::merkle_root(id, receipts);
    header.extensions.clear();
    if (!made.block.controls.empty()) {
        header.extensions.push_back(
            {ledger::extension::k_controls, ledger::hash_controls(id, made.block.controls)});
    }
    if (!made.block.envelopes.empty()) {
        header.extensions.push_back(
            {ledger::extension::k_envelopes, ledger::hash_envelopes(id, made.block.envelopes)});
    }
    if (!made.block.skipped.empty()) {
        header.extensions.push_back(
            {ledger::extension::k_skipped, ledger::hash_skipped(id, made.block.skipped)});
    }
}

}  // namespace bsn::testing
