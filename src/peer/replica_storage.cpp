// What a replica keeps on disk: read at its start, written with each block, erased to be rebuilt.

#include "base/log.hpp"
#include "peer/database_keys.hpp"
#include "peer/rebuild.hpp"
#include "peer/replica.hpp"

#include <fmt/format.h>

namespace bsn::peer {
namespace {

using store::Table;

}  // namespace

Result<bool> Replica::open() {
    BSN_CHECK(load_void_marks());
    BSN_TRY(rebuild, is_marked_for_rebuild(services_.database, setup_.prefix));
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
    BSN_CHECK(put_block_records(*changes, blocks_, built.block, built.hash, built.admitted,
                                built.dialect));
    put_void_marks(*changes, built.block);
    changes->put(Table::meta, tip_key(setup_.prefix), built.tip.encode());
    return services_.database.write(*changes);
}

Status Replica::erase_channel() {
    log_warn("peer", "channel is rebuilt from the order channel={}", to_hex(setup_.rules.channel));
    BSN_CHECK(mark_for_rebuild(services_.database, setup_.prefix));
    BSN_TRY(through, rebuilt_through(services_.database, setup_.prefix));
    rebuilt_through_ = through;
    BSN_CHECK(peer::erase_channel(services_.database, blocks_, setup_.prefix));
    // Last, so that a crash in between begins again.
    return end_rebuild(services_.database, setup_.prefix);
}

}  // namespace bsn::peer
