#include "peer/block_records.hpp"

#include "peer/database_keys.hpp"

#include <algorithm>
#include <numeric>
#include <string>
#include <tuple>

namespace bsn::peer {
namespace {

void put_index(store::WriteBatch& changes, const ledger::BlockStore& blocks, ledger::Height height,
               const std::vector<Admitted>& admitted) {
    // In the order of their keys: so each is found near the one before it.
    std::vector<std::uint32_t> order(admitted.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(),
              [&](std::uint32_t a, std::uint32_t b) { return admitted[a].id < admitted[b].id; });
    for (std::uint32_t i : order) blocks.put_transaction(changes, admitted[i].id, {height, i});
    std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
        const Admitted& one = admitted[a];
        const Admitted& other = admitted[b];
        return std::tie(one.nonce, one.creator) < std::tie(other.nonce, other.creator);
    });
    for (std::uint32_t i : order) {
        blocks.put_nonce(changes, admitted[i].creator, admitted[i].nonce, {height, i});
    }
}

}  // namespace

std::map<std::uint32_t, Code> skipped_whole(const ledger::Block& block) {
    std::map<std::uint32_t, Code> whole;
    for (const ledger::Skipped& skipped : block.skipped) {
        if (skipped.transaction == ledger::Skipped::k_whole_envelope) {
            whole.emplace(skipped.envelope, skipped.reason);
        }
    }
    return whole;
}

bool names_batch(const ledger::Envelope& envelope) {
    return envelope.kind == ledger::EnvelopeKind::batch ||
           envelope.kind == ledger::EnvelopeKind::carried;
}

Status put_block_records(store::WriteBatch& changes, const ledger::BlockStore& blocks,
                         const ledger::Block& block, const ledger::Hash& hash,
                         const std::vector<Admitted>& admitted,
                         const std::optional<ledger::DialectBlock>& dialect) {
    const ledger::Height height = block.header.height;
    blocks.put_block(changes, block, hash);
    if (dialect) blocks.put_dialect_block(changes, height, *dialect);
    put_index(changes, blocks, height, admitted);
    std::map<std::uint32_t, std::uint32_t> refused;  // transactions, by envelope
    for (const ledger::Skipped& skip : block.skipped) ++refused[skip.envelope];
    std::map<std::uint32_t, Code> skipped = skipped_whole(block);
    for (std::uint32_t i = 0; i < block.envelopes.size(); ++i) {
        const ledger::Envelope& envelope = block.envelopes[i];
        if (!names_batch(envelope) || skipped.contains(i)) continue;
        // The first block of one that came again tells who may have it.
        BSN_TRY(before, blocks.executed(envelope.digest));
        blocks.put_executed(changes, envelope.digest,
                            {before ? before->height : height, refused[i] < envelope.count});
    }
    if (block.header.find_extension(ledger::extension::k_next_epoch)) {
        blocks.put_handover(changes, block.header.epoch, height);
    }
    return {};
}

Result<ledger::DialectBlock> dialect_block(const ledger::BlockStore& blocks,
                                           ledger::Height height) {
    BSN_TRY(block, blocks.dialect_block(height));
    if (block) return std::move(*block);
    return Error{Code::corrupted,
                 "the dialect's header of block " + std::to_string(height) + " is missing"};
}

Result<ledger::Hash> dialect_hash(const ledger::BlockStore& blocks, ledger::Height height) {
    BSN_TRY(block, dialect_block(blocks, height));
    return block.hash;
}

void put_void_mark(store::WriteBatch& changes, ByteView channel_prefix,
                   const OrderedEnvelope& envelope, VoidMark mark) {
    const auto value = static_cast<std::uint8_t>(mark);
    changes.put(store::Table::meta, void_mark_key(channel_prefix, envelope), ByteView(&value, 1));
}

}  // namespace bsn::peer
