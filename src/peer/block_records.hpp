#pragma once
// What a peer writes with a block beside the state after it: the block, and the indexes that find
// it and keep its transactions from coming again.

#include "ledger/block_store.hpp"
#include "peer/void_votes.hpp"

#include <vector>

namespace bsn::peer {

/// An admitted transaction.
struct Admitted {
    ledger::TxId id;
    ledger::ParticipantId creator;
    ledger::Nonce nonce;
};

/// The envelopes of a block that were skipped whole, and why; by index.
std::map<std::uint32_t, Code> skipped_whole(const ledger::Block& block);

/// Whether an envelope brings transactions.
bool names_batch(const ledger::Envelope& envelope);

/// `admitted`: the block's transactions, in its order. `dialect`: the block as the channel's
/// dialect sees it, if it has one.
Status put_block_records(store::WriteBatch& changes, const ledger::BlockStore& blocks,
                         const ledger::Block& block, const ledger::Hash& hash,
                         const std::vector<Admitted>& admitted,
                         const std::optional<ledger::DialectBlock>& dialect);

/// A stored block as the channel's dialect sees it, and the hash by which it knows the block.
Result<ledger::DialectBlock> dialect_block(const ledger::BlockStore& blocks, ledger::Height height);
Result<ledger::Hash> dialect_hash(const ledger::BlockStore& blocks, ledger::Height height);

/// What this peer keeps in mind about an envelope that it could not execute.
enum class VoidMark : std::uint8_t { promised = 1, is_void = 2 };
void put_void_mark(store::WriteBatch& changes, ByteView channel_prefix,
                   const OrderedEnvelope& envelope, VoidMark mark);

}  // namespace bsn::peer
