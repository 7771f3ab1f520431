#pragma once
// A channel's blocks, certificates and indexes in the node's database.

#include "base/codec.hpp"
#include "ledger/block.hpp"
#include "ledger/dialect_block.hpp"
#include "store/append_log.hpp"
#include "store/database.hpp"

#include <optional>
#include <vector>

namespace bsn::ledger {

/// Where a transaction is.
struct TransactionPlace {
    Height height = 0;
    std::uint32_t index = 0;
    auto operator<=>(const TransactionPlace&) const = default;
};

/// A batch that is part of a block.
struct ExecutedBatch {
    Height height = 0;      ///< of the first block with it
    bool admitted = false;  ///< any of its transactions was, in the last one
    auto operator<=>(const ExecutedBatch&) const = default;
};

/// Reads, and adds to write batches, the records of one channel. Any thread may read.
class BlockStore {
  public:
    BlockStore(const store::Database& database, Bytes channel_prefix);

    void put_block(store::WriteBatch& batch, const Block& block, const Hash& header_hash) const;
    void put_transaction(store::WriteBatch& batch, const TxId& id,
                         const TransactionPlace& place) const;
    /// Notes that a creator has used a nonce, and for which transaction.
    void put_nonce(store::WriteBatch& batch, const ParticipantId& creator, const Nonce& nonce,
                   const TransactionPlace& place) const;
    void put_certificates(store::WriteBatch& batch, Height height,
                          const std::vector<Certificate>& certificates) const;
    /// Notes where the node's batch log holds a batch that this node has checked.
    void put_batch(store::WriteBatch& batch, const Hash& digest,
                   const store::LogPosition& position) const;
    /// Notes that a batch is part of a block.
    void put_executed(store::WriteBatch& batch, const Hash& digest,
                      const ExecutedBatch& executed) const;

    /// Notes the last block of an epoch, which hands over to the next.
    void put_handover(store::WriteBatch& batch, Epoch epoch, Height last) const;

    /// A block as the channel's dialect sees it.
    void put_dialect_block(store::WriteBatch& batch, Height height,
                           const DialectBlock& block) const;

    /// What the index keys of `put_batch` begin with.
    Bytes batches_prefix() const;

    Result<std::optional<Block>> block(Height height) const;
    /// What a block takes on disk, in bytes: its record, receipts among it, and the batches that it
    /// is made of. The same on every peer. State and indexes are not counted; 0 for no block.
    Result<std::uint64_t> bytes_of(Height height) const;
    Result<std::optional<DialectBlock>> dialect_block(Height height) const;
    /// The height of the block with a dialect's hash.
    Result<std::optional<Height>> height_of_dialect_block(const Hash& hash) const;
    /// The last block of an epoch, once it has one.
    Result<std::optional<Height>> handover(Epoch epoch) const;
    Result<std::optional<std::vector<Certificate>>> certificates(Height height) const;
    Result<std::optional<Height>> height_of(const Hash& header_hash) const;
    Result<std::optional<TransactionPlace>> find(const TxId& id) const;
    Result<bool> nonce_used(const ParticipantId& creator, const Nonce& nonce) const;
    /// The transaction for which a creator used a nonce; none if they did not, or on a node that
    /// was of version 0.1.0 then, which did not note places.
    Result<std::optional<TransactionPlace>> place_of_nonce(const ParticipantId& creator,
                                                           const Nonce& nonce) const;
    Result<std::optional<store::LogPosition>> batch(const Hash& digest) const;
    /// The last block of which a batch is part.
    Result<std::optional<ExecutedBatch>> executed(const Hash& digest) const;

  private:
    Bytes key(char kind, ByteView rest) const;
    /// An entry of table `index`; `what` it is, for errors.
    template <class Entry>
    Result<std::optional<Entry>> index_entry(char kind, ByteView rest, std::string_view what,
                                             Entry (*read)(Reader&)) const;

    const store::Database& database_;
    const Bytes prefix_;
};

}  // namespace bsn::ledger
