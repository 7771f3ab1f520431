#pragma once
// The way in: checks submitted transactions, batches them, gathers availability signatures and has
// the envelopes ordered; and does a peer's part for the batches of other nodes.

#include "base/clock.hpp"
#include "ordering/availability.hpp"
#include "ordering/batch_queue.hpp"
#include "ordering/messages.hpp"
#include "ordering/node_identity.hpp"
#include "ordering/orderer.hpp"
#include "peer/access_table.hpp"
#include "peer/batch_pool.hpp"
#include "peer/void_votes.hpp"
#include "peer/waiters.hpp"

#include <map>
#include <mutex>
#include <string>

namespace bsn::peer {

/// What a replica needs of its node. All outlive the replica.
struct ReplicaServices {
    store::Database& database;
    store::AppendLog& batch_log;
    store::Syncer& syncer;
    Executor& pool;
    const Clock& clock;
    const ordering::NodeIdentity& identity;
    ordering::PeerNetwork& network;
    ordering::Orderer& orderer;
};

/// How a channel's transactions reach the order.
enum class Carriage : std::uint8_t {
    by_digest,  ///< peers store the batch, its digest is ordered
    inside,     ///< the envelope carries the batch: system channel
};

/// Works on a strand of its own, so that batching goes on while a block executes. Any thread may
/// call `submit` and `receive`.
class Intake {
  public:
    Intake(const ReplicaServices& services, const ChannelRules& rules, Carriage carriage,
           const AccessTable& access, BatchPool& batches, Waiters& waiters);

    /// Queues transactions that this node has checked, and for which somebody waits.
    void add(std::vector<ledger::Transaction> transactions);
    void receive(const ledger::NodeId& from, ordering::BatchOffer offer);
    void receive(const ledger::NodeId& from, ordering::AvailabilityVote vote);
    /// An envelope came by in the order: executed, or skipped whole for a reason. Named by the
    /// SHA-256 of its core.
    void ordered(const ledger::Hash& core_hash, std::optional<Error> skipped);
    /// Asks for an empty block after `height`.
    void request_tick(ledger::Height height);
    /// Has this peer's vote about an envelope of that epoch ordered.
    void vote_to_void(const VoidVote& vote, std::shared_ptr<const ledger::EpochRecord> epoch);
    /// Sends again what was not answered. About every 100 ms while `busy`.
    void tick();
    bool busy() const { return flights_in_work_ > 0; }
    /// Why batches do not get on, if a quorum has not taken one for a while; else empty.
    std::string delay() const;
    void close() { strand_.close(); }

  private:
    /// A batch of ours between its first offer and its place in the order.
    struct Flight {
        ordering::AvailabilityVotes votes;
        BatchPool::Batch batch;
        std::uint64_t launched = 0;  ///< monotonic milliseconds
        std::uint64_t sent = 0;      ///< the same, of the last offers or submission
        bool submitted = false;      ///< then nobody can say that it will not be ordered
    };

    void pump();
    /// Whether what is queued had better go with what comes while the last batch is on its way.
    bool waits_for_company() const;
    void launch(const BatchPool::Batch& batch);
    void relaunch(const ledger::Hash& core_hash);
    void offer(Flight& flight);
    void store_own(Flight& flight);
    /// Gives a batch up that was never handed to the orderer, and so will never be ordered.
    void give_up(const ledger::Hash& core_hash, const Error& why);
    /// Submits a batch whose votes are complete; a dialect's only behind those made before it,
    /// since an account's transactions are executed in the order of their nonces.
    void submit_in_turn(Flight& flight);
    void submit(Flight& flight);
    /// This node is no peer of a channel whose batches travel inside their envelopes, and only a
    /// peer can sign for one: the next peer is asked to.
    void ask_to_carry(Flight& flight);
    /// Whether somebody still waits for one of the batch's transactions.
    bool is_waited_for(const CheckedBatch& batch) const;
    void vote_for_own(Flight& flight);
    void answer_offer(const ledger::NodeId& from, const ledger::Envelope& envelope,
                      const ledger::Hash& core_hash, Result<BatchPool::Batch> batch);
    void refuse_offer(const ledger::NodeId& from, const ledger::Hash& core_hash, const Error& why);
    Status check_offer(const ledger::NodeId& from, const ledger::Envelope& envelope) const;
    ledger::Envelope make_envelope(const CheckedBatch& batch, const ledger::EpochRecord& epoch);
    Bytes availability_statement(const ledger::Envelope& envelope) const;
    /// Has an envelope without a batch ordered, signed by this node alone.
    void submit_signed(ledger::EnvelopeKind kind, Bytes body, ledger::Purpose purpose,
                       const ledger::EpochRecord& epoch);
    std::size_t unsubmitted() const;
    void note_delay(std::uint64_t now);

    const ReplicaServices& services_;
    const ChannelRules& rules_;
    const Carriage carriage_;
    const AccessTable& access_;
    BatchPool& batches_;
    Waiters& waiters_;

    ordering::BatchQueue queue_;
    std::map<ledger::Hash, Flight> flights_;  ///< by core hash
    std::uint64_t sequence_;
    std::size_t asked_to_carry_ = 0;
    std::uint64_t launched_ = 0;  ///< monotonic milliseconds of the last batch
    std::atomic<std::size_t> flights_in_work_{0};
    mutable std::mutex delay_mutex_;
    std::string delay_;
    Strand strand_;
};

}  // namespace bsn::peer
