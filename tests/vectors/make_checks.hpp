#pragma once
// Makes the golden vectors of what is checked beyond form: signatures, certificates, blocks, trees
// and state commitments.

#include "ledger/merkle.hpp"
#include "ledger/merkle_map.hpp"
#include "ledger/state_commitment.hpp"
#include "vectors/samples.hpp"

#include <map>

namespace bsn::testing::vectors {

// certificates.json, availability.json

inline Json make_certificates() {
    Json list = Json::array();
    const TestEpoch epoch = epoch_with_revoked();
    const Bytes statement = sample_header().statement();
    auto add = [&](std::string name, bool holds, std::uint64_t order_height,
                   const ledger::Certificate& certificate) {
        list.push_back({{"name", std::move(name)},
                        {"holds", holds},
                        {"certificate", to_hex(certificate.encode())},
                        {"order_height", order_height}});
    };
    const auto r1 = SuiteId::secp256r1;
    const ledger::Certificate all = epoch.certify(r1, statement, {0, 1, 2, 3});
    add("three of four", true, 60, epoch.certify(r1, statement, {0, 1, 2}));
    add("three of four, sm2", true, 60, epoch.certify(SuiteId::sm2, statement, {0, 1, 2}));
    add("all four, before one is revoked", true, 49, all);
    add("two of four", false, 49, epoch.certify(r1, statement, {0, 1}));
    add("all four, one of them revoked", false, 50, all);
    add("three, one of them revoked", false, 50, epoch.certify(r1, statement, {0, 1, 3}));
    add("one bad signature among four", false, 49,
        changed(all, [](auto& value) { value.signatures[2].signature.data()[40] ^= 1; }));
    add("signed by a peer that is not there", false, 49,
        changed(all, [](auto& value) { value.signatures[3].peer = 4; }));
    add("signed by another peer than it says", false, 49,
        changed(epoch.certify(r1, statement, {0, 1, 2}),
                [](auto& value) { value.signatures[2].peer = 3; }));
    add("a suite that the epoch does not have", false, 49,
        changed(all, [](auto& value) { value.suite = SuiteId::secp256k1; }));
    add("of another statement", false, 49, epoch.certify(r1, to_bytes("other"), {0, 1, 2}));
    return {{"statement", to_hex(statement)},
            {"epoch", to_hex(epoch.record.encode())},
            {"cases", std::move(list)}};
}

inline Json make_availability() {
    Json list = Json::array();
    const TestEpoch epoch = epoch_with_revoked();
    auto add = [&](std::string name, bool holds, std::uint64_t order_height,
                   const ledger::Envelope& envelope) {
        list.push_back({{"name", std::move(name)},
                        {"holds", holds},
                        {"envelope", to_hex(envelope.encode())},
                        {"order_height", order_height}});
    };
    const ledger::Envelope batch = sample_envelope(epoch, small_batch());
    add("batch", true, 60, batch);
    add("batch, a suite is missing", false, 60,
        changed(batch, [](auto& value) { value.availability.pop_back(); }));
    add("batch, suites in another order", false, 60, changed(batch, [](auto& value) {
            std::swap(value.availability[0], value.availability[1]);
        }));
    add("batch, one signature short", false, 60,
        changed(batch, [](auto& value) { value.availability[1].signatures.pop_back(); }));
    add("batch, changed after it was signed", false, 60,
        changed(batch, [](auto& value) { value.sequence += 1; }));
    add("batch of another epoch", false, 60, [&] {
        TestEpoch other = epoch_with_revoked();
        other.record.epoch = 1;
        return sample_envelope(other, small_batch());
    }());
    add("carried", true, 60, carried_envelope(epoch));
    add("carried, signed by another peer", false, 60, carried_envelope(epoch, 1));
    add("carried, signed by two", false, 60, changed(carried_envelope(epoch), [&](auto& value) {
            value.availability = {
                epoch.certify(SuiteId::secp256r1, availability_statement(value), {0, 1})};
        }));
    add("carried, in the second suite", false, 60,
        changed(carried_envelope(epoch), [&](auto& value) {
            value.availability = {epoch.certify(SuiteId::sm2, availability_statement(value), {0})};
        }));
    add("tick", true, 60, sample_tick(epoch, 41));
    auto by_last_peer = [&](auto& value) {
        value.proposer = epoch.record.peers.at(3).node;
        value.availability = {
            epoch.certify(SuiteId::secp256r1, availability_statement(value), {3})};
    };
    add("tick of a peer before it is revoked", true, 49,
        changed(sample_tick(epoch, 41), by_last_peer));
    add("tick of a revoked peer", false, 50, changed(sample_tick(epoch, 41), by_last_peer));
    add("void vote", true, 60, void_envelope(epoch));
    add("void vote, signed as if it were a tick", false, 60,
        changed(void_envelope(epoch), [&](auto& value) {
            value.availability = {
                epoch.certify(SuiteId::secp256r1, availability_statement(value), {0})};
        }));
    return {{"network", to_hex(sample_network())},
            {"epoch", to_hex(epoch.record.encode())},
            {"cases", std::move(list)}};
}

// blocks.json

inline Json make_blocks() {
    Json list = Json::array();
    auto add = [&](std::string name, bool holds, const TestBlock& made) {
        list.push_back({{"name", std::move(name)},
                        {"holds", holds},
                        {"block", to_hex(made.block.encode())},
                        {"batches", hex_list(made.batches)}});
    };
    const TestBlock carried = carried_block();
    auto add_changed = [&](const std::string& name, auto change) {
        add(name, false, changed(carried, change));
    };
    add("controls, three envelopes, skips", true, sample_block(sample_epoch()));
    add("carried batch and tick, SM3", true, carried);
    add("no envelope", true, changed(carried, [](TestBlock& made) {
            made.block.envelopes.clear();
            made.block.receipts.clear();
            made.batches.clear();
            commit_to_content(made);
        }));
    add_changed("a receipt is another", [](auto& made) { made.block.receipts[0].back() ^= 1; });
    add_changed("a receipt is missing", [](auto& made) { made.block.receipts.pop_back(); });
    add_changed("a control record that the header does not name", [](auto& made) {
        made.block.controls = {ledger::StateControl{ledger::AppState::active, ""}};
    });
    add_changed("a skip that the header does not name", [](auto& made) {
        made.block.skipped = {{1, ledger::Skipped::k_whole_envelope, Code::expired}};
    });
    add_changed("an envelope is missing", [](auto& made) {
        made.block.envelopes.pop_back();
        made.batches.pop_back();
    });
    add_changed("an envelope of another channel", [](auto& made) {
        made.block.envelopes[1].channel = filled<ledger::ChannelId>(9);
        commit_to_content(made);
    });
    add("a batch is another", false, [] {
        const TestEpoch epoch = sample_epoch();
        TestBlock made = carried_block();
        made.block.envelopes = {sample_envelope(epoch, small_batch())};
        made.batches = {small_batch()};
        commit_to_content(made);
        made.batches = {small_batch(9)};
        return made;
    }());
    return list;
}

// commitments.json

class MapNodes final : public ledger::MerkleMapNodes {
  public:
    Result<std::optional<Bytes>> get(ByteView path) const override {
        const auto found = nodes_.find(to_bytes(path));
        if (found == nodes_.end()) return std::optional<Bytes>{};
        return std::optional<Bytes>{found->second};
    }
    void put(ByteView path, ByteView node) override { nodes_[to_bytes(path)] = to_bytes(node); }
    void erase(ByteView path) override { nodes_.erase(to_bytes(path)); }

  private:
    std::map<Bytes, Bytes> nodes_;
};

inline Json make_trees() {
    Json list = Json::array();
    for (HashId id : {HashId::sha256, HashId::keccak256, HashId::sm3}) {
        for (std::uint8_t count : {0, 1, 2, 5, 8, 11}) {
            if (id != HashId::sha256 && count > 5) continue;
            std::vector<Bytes> leaves;
            std::vector<Hash> hashes;
            for (std::uint8_t i = 0; i < count; ++i) {
                leaves.emplace_back(i, i);
                hashes.push_back(ledger::merkle_leaf(id, leaves.back()));
            }
            Json paths = Json::array();
            if (count > 0) {
                for (std::size_t index : {count / 3, count - 1}) {
                    paths.push_back({{"index", index},
                                     {"path", hex_list(ledger::merkle_path(id, hashes, index))}});
                }
            }
            list.push_back({{"hash", static_cast<int>(id)},
                            {"leaves", hex_list(leaves)},
                            {"root", to_hex(ledger::merkle_root(id, hashes))},
                            {"paths", std::move(paths)}});
        }
    }
    return list;
}

struct Entry {
    std::string contract;
    Bytes key;
    Bytes value;
};

inline Json json_of(const std::vector<Entry>& entries) {
    return list_of(entries, [](const Entry& entry) -> Json {
        return {{"contract", entry.contract},
                {"key", to_hex(entry.key)},
                {"value", to_hex(entry.value)}};
    });
}

inline Json make_multisets() {
    Json list = Json::array();
    const std::vector<Entry> entries = {{"bank", to_bytes("alice"), to_bytes("10")},
                                        {"bank", to_bytes("bob"), {}},
                                        {"evidence", {0x00, 0xFF}, Bytes(300, 'x')}};
    for (HashId id : {HashId::sha256, HashId::keccak256, HashId::sm3}) {
        for (std::size_t count : {std::size_t{0}, std::size_t{3}}) {
            const std::vector<Entry> some(entries.begin(), entries.begin() + count);
            ledger::MultisetHash set;
            for (const Entry& entry : some)
                set.add(as_bytes(entry.contract), entry.key, entry.value);
            list.push_back({{"hash", static_cast<int>(id)},
                            {"entries", json_of(some)},
                            {"state", to_hex(set.digest(id))}});
        }
    }
    return list;
}

inline Json make_maps() {
    Json list = Json::array();
    for (int count : {0, 1, 5, 20}) {
        MapNodes nodes;
        ledger::MerkleMap map(nodes);
        std::vector<Entry> entries;
        for (int i = 0; i < count; ++i) {
            const Entry& entry =
                entries.emplace_back(Entry{"registry", to_bytes(fmt::format("app/{}", i)),
                                           to_bytes(fmt::format("value {}", i))});
            ensure(map.put(as_bytes(entry.contract), entry.key, entry.value).ok(), "put");
        }
        Json proofs = Json::array();
        for (const char* key : {"app/0", "app/3", "absent", "nobody", "app/77"}) {
            const auto proof = map.prove(as_bytes("registry"), as_bytes(key)).value();
            Json leaf = nullptr;
            if (proof.leaf) leaf = {to_hex(proof.leaf->first), to_hex(proof.leaf->second)};
            proofs.push_back({{"key", to_hex(as_bytes(key))},
                              {"siblings", hex_list(proof.siblings)},
                              {"leaf", std::move(leaf)}});
        }
        list.push_back({{"entries", json_of(entries)},
                        {"root", to_hex(map.root().value())},
                        {"proofs", std::move(proofs)}});
    }
    return list;
}

inline Json make_commitments() {
    return {{"trees", make_trees()}, {"multisets", make_multisets()}, {"maps", make_maps()}};
}

// signatures.json

/// The signature with n - s in place of s.
inline ledger::Signature mirrored(ledger::Signature signature, std::string_view order_hex) {
    const Bytes order = from_hex(order_hex).value();
    int borrow = 0;
    for (std::size_t i = 32; i-- > 0;) {
        const int digit = order[i] - signature.data()[32 + i] - borrow;
        borrow = digit < 0 ? 1 : 0;
        signature.data()[32 + i] = static_cast<std::uint8_t>(digit);
    }
    return signature;
}

inline std::string_view order_of(SuiteId suite) {
    switch (suite) {
        case SuiteId::secp256r1:
            return "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
        case SuiteId::secp256k1:
            return "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
        case SuiteId::sm2: break;
    }
    return "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123";
}

inline Json make_signatures() {
    Json list = Json::array();
    for (SuiteId suite : k_all_suites) {
        const crypto::PrivateKey key = make_key(suite);
        const Bytes message = to_bytes("a message");
        auto add = [&](std::string_view name, bool holds, const Bytes& signed_message,
                       const ledger::Signature& signature,
                       const crypto::PublicKeyBytes& public_key) {
            list.push_back({{"name", fmt::format("{}, {}", crypto::suite_name(suite), name)},
                            {"suite", number(suite)},
                            {"key", to_hex(public_key)},
                            {"message", to_hex(signed_message)},
                            {"signature", to_hex(signature)},
                            {"holds", holds}});
        };
        const crypto::PublicKeyBytes own = key.public_key().bytes;
        const ledger::Signature good = key.sign(message);
        add("valid", true, message, good, own);
        add("valid, of no bytes", true, {}, key.sign({}), own);
        add("of another message", false, to_bytes("another message"), good, own);
        add("a bit of r flipped", false, message,
            changed(good, [](auto& value) { value.data()[5] ^= 4; }), own);
        add("n - s in place of s", false, message, mirrored(good, order_of(suite)), own);
        add("r is 0", false, message,
            changed(good, [](auto& value) { std::fill_n(value.data(), 32, 0); }), own);
        add("s is beyond the order", false, message,
            changed(good, [](auto& value) { std::fill_n(value.data() + 32, 32, 0xFF); }), own);
        add("another key", false, message, good, make_key(suite, 1).public_key().bytes);
        add("the key mirrored", false, message, good,
            changed(own, [](auto& value) { value.data()[0] ^= 1; }));
        add("a key of another form", false, message, good,
            changed(own, [](auto& value) { value.data()[0] = 4; }));
        add("a key beyond the field", false, message, good,
            changed(own, [](auto& value) { std::fill_n(value.data() + 1, 32, 0xFF); }));
    }
    return list;
}

}  // namespace bsn::testing::vectors
