#pragma once
// Makes the golden vectors of single formats: bytes and what a reader must find in them, and bytes
// that a reader must refuse.

#include "base/codec.hpp"
#include "vectors/samples.hpp"

#include <functional>

namespace bsn::testing::vectors {

// formats.json

inline Json make_formats() {
    Json list = Json::array();
    auto add = [&](std::string name, std::string_view format, const Bytes& bytes) {
        const Reading reading = read_format(format, bytes).value();
        list.push_back({{"name", std::move(name)},
                        {"format", format},
                        {"bytes", to_hex(bytes)},
                        {"says", reading.says},
                        {"derived", reading.derived}});
    };
    for (SuiteId suite : k_all_suites) {
        const ledger::Transaction transaction = sample_transaction(make_key(suite), 1);
        add(fmt::format("transaction {}", crypto::suite_name(suite)), "transaction",
            transaction.bytes());
    }
    const ledger::Payload longest =
        changed(sample_payload(make_key(SuiteId::secp256r1)), [](ledger::Payload& payload) {
            payload.contract = std::string(64, '_');
            payload.function = std::string(64, '~');
            payload.arguments.assign(256, {});
        });
    add("payload of longest names and most arguments", "payload", longest.encode());
    const crypto::PrivateKey key = make_key(SuiteId::secp256r1);
    add("batch of two transactions", "batch",
        sample_batch({sample_transaction(key, 0), sample_transaction(key, 1)}));
    add("batch of two byte strings", "batch", small_batch());
    const TestEpoch epoch = sample_epoch();
    add("envelope batch", "envelope", sample_envelope(epoch, small_batch(), 7).encode());
    add("envelope carried", "envelope", carried_envelope(epoch).encode());
    add("envelope void", "envelope", void_envelope(epoch).encode());
    add("envelope tick", "envelope", sample_tick(epoch, 41).encode());
    add("header", "header", sample_header().encode());
    add("header of block 0, Keccak-256, Merkle map", "header", first_header().encode());
    add("receipt with logs", "receipt", sample_receipt().encode());
    add("receipt of a refusal", "receipt", refused_receipt().encode());
    for (SuiteId suite : epoch.record.suites) {
        add(fmt::format("certificate {}", crypto::suite_name(suite)), "certificate",
            epoch.certify(suite, to_bytes("statement")).encode());
    }
    add("epoch record", "epoch record", epoch.record.encode());
    add("epoch record, three suites", "epoch record",
        make_epoch(sample_channel(), 1, {k_all_suites.begin(), k_all_suites.end()}, 9)
            .record.encode());
    add("epoch record with a revoked peer", "epoch record", epoch_with_revoked().record.encode());
    for (const auto& [name, control] : sample_controls()) {
        add("control " + name, "control record", ledger::encode_control(control));
    }
    add("block", "block record", carried_block().block.encode());
    return list;
}

// refused.json

using AddRefused = std::function<void(std::string, std::string_view, const Bytes&, Code)>;

inline TestEpoch small_epoch() {
    return make_epoch(sample_channel(), 2, {SuiteId::secp256r1, SuiteId::sm2});
}

inline void add_refused_transactions(const AddRefused& add) {
    const crypto::PrivateKey key = make_key(SuiteId::secp256r1);
    const Bytes transaction = sample_transaction(key).bytes();
    add("dialect 9", "transaction", with_byte(transaction, 3, 9), Code::unsupported_version);
    add("no room for signer and signature", "transaction",
        to_bytes(ByteView(transaction).first(100)), Code::invalid_argument);
    const ledger::Payload payload = sample_payload(key);
    auto add_payload = [&](const std::string& name, Code code, auto change) {
        add(name, "payload", changed(payload, change).encode(), code);
    };
    add("unknown suite", "payload", with_byte(payload.encode(), 66, 9), Code::wrong_suite);
    add_payload("contract without a name", Code::invalid_argument,
                [](auto& value) { value.contract = ""; });
    add_payload("contract with a capital letter", Code::invalid_argument,
                [](auto& value) { value.contract = "Evidence"; });
    add_payload("function of 65 bytes", Code::invalid_argument,
                [](auto& value) { value.function = std::string(65, 'f'); });
    add_payload("function with a space", Code::invalid_argument,
                [](auto& value) { value.function = "de posit"; });
    add_payload("257 arguments", Code::too_large,
                [](auto& value) { value.arguments.assign(257, {}); });
    add("empty batch", "batch", Bytes{'B', 1, 0, 0, 0, 0}, Code::invalid_argument);
}

inline void add_refused_envelopes(const AddRefused& add) {
    const TestEpoch epoch = small_epoch();
    const ledger::Envelope batch = sample_envelope(epoch, small_batch());
    auto add_changed = [&](const std::string& name, const ledger::Envelope& from, auto change) {
        add(name, "envelope", changed(from, change).encode(), Code::invalid_argument);
    };
    add("unknown envelope kind", "envelope", with_byte(batch.encode(), 2, 5),
        Code::unsupported_version);
    add("unknown digest hash", "envelope", with_byte(batch.encode(), 83, 4),
        Code::unsupported_version);
    add_changed("valid until 0", batch, [](auto& value) { value.valid_until_order_height = 0; });
    add_changed("batch without transactions", batch, [](auto& value) { value.count = 0; });
    add_changed("batch with a body", batch, [](auto& value) { value.body = {1}; });
    add_changed("carried batch of another digest", carried_envelope(epoch),
                [](auto& value) { value.body.back() ^= 1; });
    add_changed("carried batch of another size", carried_envelope(epoch),
                [](auto& value) { value.bytes += 1; });
    add_changed("tick with a count", sample_tick(epoch, 1), [](auto& value) { value.count = 1; });
    add_changed("tick with a digest", sample_tick(epoch, 1),
                [](auto& value) { value.digest = filled<Hash>(1); });
    add_changed("tick with a short body", sample_tick(epoch, 1),
                [](auto& value) { value.body.pop_back(); });
}

/// Written by hand, since our writer does not make it.
inline Bytes receipt_of_17_topics() {
    Writer out;
    out.raw(Bytes{'R', 1, 0, 0});  // success
    out.bytes({});                 // result
    out.u16(1);
    out.text("kv");
    out.u8(17);
    for (int i = 0; i < 17; ++i) out.bytes({});
    out.bytes({});  // data
    out.u64(0);
    out.u64(0);
    out.bytes({});
    out.text("");
    return out.take();
}

inline void add_refused_headers(const AddRefused& add) {
    const ledger::Header header = sample_header();
    add("unknown hash", "header", with_byte(header.encode(), 2, 0), Code::unsupported_version);
    add("unknown state type", "header", with_byte(header.encode(), 223, 4),
        Code::unsupported_version);
    add("block 0 with a header before it", "header",
        changed(header, [](auto& value) { value.height = 0; }).encode(), Code::invalid_argument);
    add("the same extension twice", "header",
        changed(header, [](auto& value) { value.extensions[1].tag = 1; }).encode(),
        Code::invalid_argument);
    const ledger::Receipt receipt = sample_receipt();
    add("unknown status", "receipt", with_byte(receipt.encode(), 3, 5), Code::invalid_argument);
    add("17 topics", "receipt", receipt_of_17_topics(), Code::too_large);
    for (const char* text : {"\xC0\x80", "\xED\xA0\x80", "\xFF"}) {
        add("error that is not UTF-8", "receipt",
            changed(receipt, [&](auto& value) { value.error = text; }).encode(),
            Code::invalid_argument);
    }
}

inline void add_refused_epochs(const AddRefused& add) {
    const TestEpoch epoch = small_epoch();
    const ledger::Certificate certificate = epoch.certify(SuiteId::sm2, to_bytes("statement"));
    add("unknown suite", "certificate", with_byte(certificate.encode(), 2, 0), Code::wrong_suite);
    add("the same signer twice", "certificate",
        changed(certificate, [](auto& value) { value.signatures[1].peer = 0; }).encode(),
        Code::invalid_argument);
    auto add_epoch = [&](const std::string& name, auto change) {
        add(name, "epoch record", changed(epoch.record, change).encode(), Code::invalid_argument);
    };
    add_epoch("suites descend", [](auto& value) {
        value.suites = {SuiteId::sm2, SuiteId::secp256r1};
    });
    add_epoch("no suite", [](auto& value) {
        value.suites.clear();
        for (auto& peer : value.peers) peer.keys.clear();
    });
    add_epoch("no peer", [](auto& value) { value.peers.clear(); });
    add_epoch("peers descend", [](auto& value) { std::swap(value.peers[0], value.peers[1]); });
    add_epoch("a peer twice", [](auto& value) { value.peers[1] = value.peers[0]; });
    add_epoch("a node revoked twice", [](auto& value) {
        value.revoked = {{value.peers[0].node, 1}, {value.peers[0].node, 2}};
    });
}

/// An envelope of two transactions, and a tick.
inline ledger::Block small_block() {
    const TestEpoch epoch = small_epoch();
    return {sample_header(), {}, {carried_envelope(epoch), sample_tick(epoch, 3)}, {}, {}};
}

inline void add_refused_blocks(const AddRefused& add) {
    add("unknown type", "control record", Bytes{'O', 1, 8}, Code::unsupported_version);
    add("public 2", "control record", Bytes{'O', 1, 4, 0, 1, 'r', 2, 0, 0}, Code::invalid_argument);
    add("state 3", "control record", Bytes{'O', 1, 6, 3, 0, 0}, Code::invalid_argument);
    const ledger::Block block = small_block();
    auto add_skips = [&](std::string name, std::vector<ledger::Skipped> skips) {
        add(std::move(name), "block record",
            changed(block, [&](auto& value) { value.skipped = std::move(skips); }).encode(),
            Code::invalid_argument);
    };
    add_skips("skip of no envelope", {{2, ledger::Skipped::k_whole_envelope, Code::expired}});
    add_skips("skip of no transaction", {{0, 2, Code::expired}});
    add_skips("skip of a tick's transaction", {{1, 0, Code::expired}});
    add_skips("skips descend", {{0, 1, Code::expired}, {0, 0, Code::expired}});
    add_skips("skip of an envelope and its transaction",
              {{0, 1, Code::expired}, {0, ledger::Skipped::k_whole_envelope, Code::expired}});
}

/// What no law of `golden_test.cpp` makes of valid vectors: another kind, another version, a byte
/// more or less are refused in all formats.
inline Json make_refused() {
    Json list = Json::array();
    const AddRefused add = [&](std::string name, std::string_view format, const Bytes& bytes,
                               Code code) {
        list.push_back({{"name", std::move(name)},
                        {"format", format},
                        {"bytes", to_hex(bytes)},
                        {"code", code_name(code)}});
    };
    add_refused_transactions(add);
    add_refused_envelopes(add);
    add_refused_headers(add);
    add_refused_epochs(add);
    add_refused_blocks(add);
    return list;
}

}  // namespace bsn::testing::vectors
