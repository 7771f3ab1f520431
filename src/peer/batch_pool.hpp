#pragma once
// The batches of one channel that this node holds: those at work in memory, all in the batch log.

#include "ledger/block_store.hpp"
#include "peer/checked_batch.hpp"
#include "store/append_log.hpp"
#include "store/syncer.hpp"

#include <atomic>
#include <mutex>
#include <unordered_map>

namespace bsn::peer {

/// Any thread may call any member.
class BatchPool {
  public:
    using Batch = std::shared_ptr<const CheckedBatch>;
    /// Batches of one channel in memory, that were not executed yet, may take this much.
    static constexpr std::size_t k_max_held_bytes = 64U << 20;

    BatchPool(const ChannelRules& rules, const ledger::BlockStore& blocks,
              store::Database& database, store::AppendLog& log, store::Syncer& syncer);

    /// Holds a batch in memory until `executed`, or until memory is short and the log has it.
    void hold(Batch batch);
    /// The batch if it is in memory; null otherwise.
    Batch held(const ledger::Hash& digest) const;
    bool full() const { return held_bytes_ > k_max_held_bytes; }

    /// The batch from memory or from the log; null if this node never stored it. `corrupted` when
    /// the log's bytes are damaged.
    Result<Batch> find(const ledger::Hash& digest);
    /// The bytes of a stored batch, for readers of blocks and for other peers.
    Result<std::shared_ptr<const Bytes>> bytes(const ledger::Hash& digest) const;

    /// Stores a batch; `done` is told when it is durable, by the syncer's thread.
    void persist(const Batch& batch, std::function<void(Status)> done);
    /// Stores a batch of a certified block, which this node has not checked itself: should it ever
    /// be executed again, its transactions are checked then.
    Status keep(const ledger::Hash& digest, ByteView bytes);
    /// Lets go of the batch in memory.
    void executed(const ledger::Hash& digest);

  private:
    struct FromLog {
        std::shared_ptr<const Bytes> bytes;
        bool admissible = false;  ///< all of its transactions, as this node found when it stored it
    };
    Result<std::optional<FromLog>> read(const ledger::Hash& digest) const;
    /// Writes a batch to the log, unless it is there.
    Status store(const ledger::Hash& digest, bool admissible, ByteView bytes);
    /// Lets go of those that can be read from the log again, such as batches whose envelope never
    /// came by in the order.
    void forget_stored();

    const ChannelRules& rules_;
    const ledger::BlockStore& blocks_;
    store::Database& database_;
    store::AppendLog& log_;
    store::Syncer& syncer_;

    std::mutex storing_;
    mutable std::mutex mutex_;
    std::unordered_map<ledger::Hash, Batch, FixedBytesHash> held_;
    std::atomic<std::size_t> held_bytes_{0};
};

}  // namespace bsn::peer
