#pragma once
// A channel as one peer copies it from another: all certified blocks with their batches, and the
// state after the last of them. `docs/formats.md` 13.
//
// Nothing of it is believed: each block has to bear the certificate of its epoch's peers, and begin
// with what this node's own permission chain decided; the state has to be the one that the last
// header commits to. So a peer that takes a copy need not execute the channel's history, nor check
// each of its signatures again: a quorum of the channel's peers did.

#include "peer/batch_pool.hpp"
#include "peer/block_builder.hpp"
#include "peer/outbox.hpp"

#include <functional>
#include <memory>

namespace bsn::peer {

/// Takes the next bytes of a copy; an error ends it.
using CopySink = std::function<Status(ByteView)>;

/// Where copies come from: the channel's other peers.
class CopySource {
  public:
    virtual ~CopySource() = default;
    /// Reads a node's copy of a channel. Ends with the sink's error, or with the node's, which may
    /// have none to give (`unavailable`).
    virtual Status read_copy(const ledger::NodeId& from, const ledger::ChannelId& channel,
                             const CopySink& sink) = 0;
    /// Ends all reads, those to come as well. Any thread.
    virtual void stop_copies() = 0;
};

/// The records of a copy: u8 kind, u32 length, content.
enum class CopyRecord : std::uint8_t {
    begin = 1,  ///< u64: the height of the last block
    block = 2,  ///< the block, then u8 and its certificates
    batch = 3,  ///< the next batch of the block before
    entries =
        4,    ///< of the state, ascending: u32 count, then key (contract's name first) and value
    end = 5,  ///< nothing
};
inline constexpr std::size_t k_max_copy_record_bytes = 256U << 20;

Bytes encode_copy_record(CopyRecord kind, ByteView content);
Bytes encode_copied_block(const ledger::Block& block,
                          const std::vector<ledger::Certificate>& certificates);

/// Where a copy is written to, and what it is judged by. What is referred to outlives the taker.
struct CopyTarget {
    ChannelRules rules;
    store::Database& database;
    store::AppendLog& batch_log;
    store::Syncer& syncer;
    Bytes prefix;    ///< of the channel's keys; what is there is erased
    Delivery first;  ///< the channel's creation: what its first block must be made of
    /// What this node's permission chain decided about the channel above one ordering height and
    /// below another. It waits until this node has executed the latter: so no block is taken that
    /// was ordered above what this node's own order holds.
    std::function<Result<Decisions>(std::uint64_t after, std::uint64_t below)> decisions;
};

/// Takes a copy in, piece by piece. While it is incomplete the channel is marked for a rebuild. One
/// thread; `height` any.
class CopyTaker {
  public:
    explicit CopyTaker(CopyTarget target);

    /// Erases what is there, also of an attempt that failed.
    Status begin();
    /// The next bytes, in pieces of any length.
    Status take(ByteView piece);
    /// After the last piece: makes all of it durable and writes the tip. The mark stays
    /// (`end_rebuild`).
    Result<Tip> finish();

    /// The last block taken, and the last one to come.
    ledger::Height height() const { return height_; }
    ledger::Height last() const { return last_; }

  private:
    Status take_record(CopyRecord kind, ByteView content);
    Status take_begin(ByteView content);
    Status take_block(ByteView content);
    Status take_batch(ByteView content);
    Status take_entries(ByteView content);
    Status check_header(const ledger::Block& block) const;
    Status check_controls(const ledger::Block& block);
    Status check_certified(const ledger::Block& block,
                           const std::vector<ledger::Certificate>& certificates);
    /// The index of the next envelope whose batch has to come, from one on.
    std::size_t next_with_batch(std::size_t from) const;
    Status end_block();
    Status write_block();
    /// The block at hand as the channel's dialect sees it, if it has one.
    Result<std::optional<ledger::DialectBlock>> dialect_block_of(
        const std::vector<ledger::Transaction>& transactions) const;

    const CopyTarget target_;
    const ledger::BlockStore blocks_;
    BatchPool batches_;

    /// Of the copy at hand.
    struct State {
        Bytes waiting;  ///< of a record that has not come whole
        bool begun = false;
        bool ended = false;

        std::optional<ledger::Block> block;  ///< whose batches are to come
        std::map<std::uint32_t, Code> skipped;
        std::vector<Bytes> batches;
        std::size_t next_batch = 0;

        bool any_block = false;
        Tip tip;                                           ///< after the last block taken whole
        ledger::Hash state;                                ///< that it commits to
        std::shared_ptr<const ledger::EpochRecord> epoch;  ///< whose peers certify the next block
        Bytes last_key;
        bool any_entry = false;
    };
    State at_;
    std::atomic<ledger::Height> height_{0};
    std::atomic<ledger::Height> last_{0};
};

}  // namespace bsn::peer
