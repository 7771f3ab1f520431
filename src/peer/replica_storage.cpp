// What a replica keeps on disk: read at its start, written with each block, erased to be rebuilt.

#include "base/codec.hpp"
#include "base/log.hpp"
#include "peer/database_keys.hpp"
#include "peer/replica.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

namespace bsn::peer {
namespace {

using store::Table;

constexpr std::size_t k_erase_at_once = 10'000;

bool begins_with(ByteView key, ByteView prefix) {
    return key.size() >= prefix.size() && equal(key.first(prefix.size()), prefix);
}

}  // namespace

Result<bool> Replica::open() {
    BSN_CHECK(load_void_marks());
    BSN_TRY(rebuild, services_.database.get(store::Table::meta, rebuild_key(setup_.prefix)));
    if (rebuild) BSN_CHECK(erase_channel());
    BSN_TRY(stored, services_.database.get(store::Table::meta, tip_key(setup_.prefix)));
    if (!stored) return false;
    BSN_TRY(tip, Tip::decode(*stored));
    tip_ = tip;
    certified_ = tip;
    if (Status loaded = load_uncertified(); !loaded) {
        AccessTable before;
        BSN_CHECK(before.load(stored_));
        const bool others = before.epoch() && before.epoch()->peers.size() > 1;
        if (loaded.error().code != Code::corrupted || !others) return loaded.error();
        // What is not certified has lost a batch here: the others have it, or void it.
        log_error("peer", "{}", loaded.error().message);
        BSN_CHECK(erase_channel());
        uncertified_.clear();
        tip_ = {};
        certified_ = {};
        return false;
    }
    BSN_CHECK(access_.load(stored_));
    decisions_taken_ = tip.controls_through;
    return true;
}

Status Replica::load_uncertified() {
    std::vector<std::pair<std::uint64_t, ledger::Envelope>> void_votes;  // latest first
    // Above the last certificate stored, the other peers' votes are gathered anew.
    for (ledger::Height height = tip_.height;; --height) {
        BSN_TRY(block, blocks_.block(height));
        if (!block) {
            return Error{Code::corrupted, fmt::format("block {} of channel {} is missing", height,
                                                      to_hex(setup_.rules.channel))};
        }
        BSN_TRY(certificates, blocks_.certificates(height));
        certified_.height = height;
        certified_.hash = block->header.hash();
        certified_.time = certificates ? block->header.time : 0;
        if (certificates) break;
        BSN_TRY(epoch, epoch_record(block->header.epoch));
        BSN_TRY(batches, batches_of(*block));
        BSN_TRY(transactions, ledger::admitted_transactions(*block, batches));
        Uncertified again{block->header,
                          HeaderVotes(block->header, signers_of(block->controls, epoch)),
                          true,
                          0,
                          {},
                          block->receipts,
                          {},
                          tip_.controls_through,
                          nullptr,
                          executed_batches(*block),
                          {}};
        for (auto at = block->envelopes.rbegin(); at != block->envelopes.rend(); ++at) {
            if (at->kind != ledger::EnvelopeKind::void_batch) continue;
            void_votes.emplace_back(block->header.position.height, *at);
        }
        for (ByteView bytes : transactions) {
            BSN_TRY(transaction, ledger::Transaction::decode(to_bytes(bytes)));
            const ledger::Payload& payload = transaction.payload();
            again.admitted.push_back({transaction.id(), payload.creator, payload.nonce});
        }
        uncertified_.push_front(std::move(again));
        if (height == 0) break;
    }
    uncertified_count_ = uncertified_.size();
    recovering_ = !uncertified_.empty();
    for (auto at = void_votes.rbegin(); at != void_votes.rend(); ++at) {
        void_votes_.note(at->second, at->first);
    }
    return {};
}

Status Replica::write(const BuiltBlock& built) {
    auto changes = services_.database.batch();
    for (const auto& change : built.changes) {
        Bytes key = ledger::StoredState::database_key(setup_.prefix, change.contract, change.key);
        if (change.after) {
            changes->put(Table::state, key, *change.after);
        } else {
            changes->erase(Table::state, key);
        }
    }
    for (const auto& [path, node] : built.map_nodes) {
        Bytes key = map_node_key(setup_.prefix, path);
        if (node) {
            changes->put(Table::meta, key, *node);
        } else {
            changes->erase(Table::meta, key);
        }
    }
    blocks_.put_block(*changes, built.block, built.hash);
    const ledger::Height height = built.block.header.height;
    put_index(*changes, built);
    std::map<std::uint32_t, std::uint32_t> refused;  // transactions, by envelope
    for (const ledger::Skipped& skip : built.block.skipped) ++refused[skip.envelope];
    std::map<std::uint32_t, Code> skipped = skipped_whole(built.block);
    for (std::uint32_t i = 0; i < built.block.envelopes.size(); ++i) {
        const ledger::Envelope& envelope = built.block.envelopes[i];
        if (!names_batch(envelope) || skipped.contains(i)) continue;
        // The first block of one that came again tells who may have it.
        BSN_TRY(before, blocks_.executed(envelope.digest));
        blocks_.put_executed(*changes, envelope.digest,
                             {before ? before->height : height, refused[i] < envelope.count});
    }
    if (built.block.header.find_extension(ledger::extension::k_next_epoch)) {
        blocks_.put_handover(*changes, built.block.header.epoch, height);
    }
    put_void_marks(*changes, built.block);
    changes->put(Table::meta, tip_key(setup_.prefix), built.tip.encode());
    return services_.database.write(*changes);
}

void Replica::put_index(store::WriteBatch& changes, const BuiltBlock& built) const {
    // In the order of their keys: so each is found near the one before it.
    std::vector<std::uint32_t> order(built.admitted.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        return built.admitted[a].id < built.admitted[b].id;
    });
    for (std::uint32_t i : order) {
        blocks_.put_transaction(changes, built.admitted[i].id, {built.block.header.height, i});
    }
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        const Admitted& one = built.admitted[a];
        const Admitted& other = built.admitted[b];
        return std::tie(one.nonce, one.creator) < std::tie(other.nonce, other.creator);
    });
    for (std::uint32_t i : order) {
        blocks_.put_nonce(changes, built.admitted[i].creator, built.admitted[i].nonce);
    }
}

Status Replica::erase_channel() {
    log_warn("peer", "channel is rebuilt from the order channel={}", to_hex(setup_.rules.channel));
    // The batches stay (they are checked by digest when they are read), and so do the promises.
    const Bytes batches = blocks_.batches_prefix();
    const Bytes marks = void_marks_prefix(setup_.prefix);
    const Bytes rebuild = rebuild_key(setup_.prefix);
    const Bytes through = rebuilt_through_key(setup_.prefix);
    BSN_CHECK(note_rebuilt_through());
    for (Table table : {Table::state, Table::blocks, Table::index, Table::nonces, Table::meta}) {
        for (bool more = true; more;) {
            more = false;
            std::size_t count = 0;
            auto changes = services_.database.batch();
            auto visit = [&](ByteView key, ByteView) {
                const bool kept =
                    (table == Table::index && begins_with(key, batches)) ||
                    (table == Table::meta &&
                     (begins_with(key, marks) || equal(key, rebuild) || equal(key, through)));
                if (kept) return true;
                changes->erase(table, key);
                more = ++count == k_erase_at_once;
                return !more;
            };
            BSN_CHECK(services_.database.scan(table, setup_.prefix, {}, visit));
            BSN_CHECK(services_.database.write(*changes));
        }
    }
    // Last, so that a crash in between begins again.
    auto done = services_.database.batch();
    done->erase(Table::meta, rebuild);
    return services_.database.write(*done);
}

Status Replica::note_rebuilt_through() {
    BSN_TRY(stored, services_.database.get(Table::meta, tip_key(setup_.prefix)));
    if (!stored) return {};
    BSN_TRY(tip, Tip::decode(*stored));
    rebuilt_through_ = std::max(rebuilt_through_, tip.order_height);
    Writer value(8);
    value.u64(rebuilt_through_);
    auto changes = services_.database.batch();
    changes->put(Table::meta, rebuilt_through_key(setup_.prefix), value.view());
    changes->put(Table::meta, rebuild_key(setup_.prefix), {});
    return services_.database.write(*changes);
}

}  // namespace bsn::peer
