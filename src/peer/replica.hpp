#pragma once
// One channel's replica on one node: executes what is ordered, certifies it with the other peers,
// and answers from certified state.

#include "ledger/merkle_patricia.hpp"
#include "peer/batch_repair.hpp"
#include "peer/block_builder.hpp"
#include "peer/intake.hpp"
#include "peer/void_votes.hpp"
#include "peer/votes.hpp"

#include <deque>
#include <optional>
#include <set>
#include <variant>

namespace bsn::peer {

/// What kind of channel a replica is of.
struct ChannelSetup {
    ChannelRules rules;
    Bytes prefix;  ///< of the channel's keys in the node's database
    Carriage carriage = Carriage::by_digest;
    /// Who may do what; none: the channel's control records say (app channels).
    std::unique_ptr<Admission> admission;
    /// Runs the channel's transactions, if they are of a dialect.
    std::unique_ptr<const contract::evm::Machine> machine;
    /// So many certified blocks before the last one have a view as of then.
    std::size_t past_views = 0;
};

/// What the permission chain says of a channel's peers.
struct ChannelPeers {
    std::shared_ptr<const ledger::EpochRecord> newest;  ///< null: as the channel's own blocks say
    std::optional<ledger::Epoch> last_own;  ///< the last epoch so far with this node, if any
};

/// Certified state, as of one block. Keep it only while reading.
struct CertifiedView {
    std::shared_ptr<const store::Snapshot> snapshot;
    ledger::Height height = 0;
    UnixMillis time = 0;
    /// False for the moments after a restart in which the last blocks' votes are gathered anew (the
    /// state is then of a later block than the certified one, and must not be shown), and until the
    /// channel's first block is certified here.
    bool readable = true;
    ledger::StoredState state;
};

struct ReplicaStatus {
    ledger::Height height = 0;
    ledger::Height certified = 0;
    ledger::Hash certified_hash;
    std::uint64_t transactions = 0;
    std::size_t pending = 0;
    std::size_t voided = 0;  ///< envelopes of the channel that were given up, ever
    std::string alarm;       ///< why the replica stopped or waits; empty while it runs
    bool left = false;       ///< the node is no peer any more, and has handed over
    bool settled = true;     ///< all decisions of the permission chain are in certified blocks
};

/// Told about blocks, by the replica's strand.
class BlockObserver {
  public:
    virtual ~BlockObserver() = default;
    /// A block was executed and written (it may not be durable yet).
    virtual void on_executed(const BuiltBlock& block) = 0;
};

/// Blocks are executed on one strand, submissions handled on another; any thread may call any
/// public member. States of a block:
///
///   delivered → (batches at hand) executed → durable → voted → certified
class Replica {
  public:
    Replica(const ReplicaServices& services, ChannelSetup setup,
            const contract::Contracts& contracts, BlockObserver& observer);
    ~Replica();

    /// Makes the channel's first block.
    Status create(
        const Delivery& first,
        const std::function<void(ledger::StateOverlay&)>& prepare = [](auto&) {});
    /// Goes on from where the database says that the channel stands; false if it is not there, or
    /// if it was to be rebuilt: then the channel begins again with `create` and the whole order.
    Result<bool> open();
    /// From here on signs headers, and asks the other peers for the votes that a restart lost.
    /// After `create` or `open`. A node that began with empty disks at ordering height
    /// `silent_through` may have made void promises before, which it does not know: it signs no
    /// execution of a batch ordered up to there, unless a quorum is all peers.
    void start(std::uint64_t silent_through = 0);
    /// Ends all work; waits for what runs.
    void close();

    /// Takes the envelopes of the next ordering height that concerns this channel. `done` is called
    /// once they are executed and written, or if they were before.
    void deliver(Delivery delivery, std::function<void()> done);
    void receive(const ledger::NodeId& from, ordering::Message message);
    /// Called about every 100 ms.
    void tick();
    /// The permission chain has decided something about this channel at an ordering height.
    void note_decision(std::uint64_t order_height);
    /// Who the channel's peers are by now, which its own blocks may not say yet. They too are asked
    /// for what is missing here. A replica whose node is none of them executes nothing beyond the
    /// block that hands over from the last epoch with it; what it has it still serves.
    void note_peers(ChannelPeers peers);
    /// Whether others than this node make the blocks from here on.
    bool has_left() const;

    /// Checks the transactions, has them ordered, and answers when they are certified or refused.
    void submit(std::vector<Bytes> transactions, std::uint64_t timeout_ms,
                std::function<void(Answers)> done);
    /// The same of transactions that were decoded already.
    void submit_decoded(std::vector<ledger::Transaction> transactions, std::uint64_t timeout_ms,
                        std::function<void(Answers)> done);

    const ChannelRules& rules() const { return setup_.rules; }
    /// Of a channel with a dialect; otherwise null.
    const contract::evm::Machine* machine() const { return setup_.machine.get(); }
    const AccessTable& access() const { return access_; }
    const ledger::BlockStore& blocks() const { return blocks_; }
    const BatchPool& batches() const { return batches_; }
    /// State as of the last block executed, certified or not: for what follows from execution.
    const ledger::StateReader& latest_state() const { return stored_; }
    CertifiedView view() const;
    /// The state as of an earlier certified block, if it is one of the last `past_views` since this
    /// node began; otherwise `not_found`.
    Result<CertifiedView> view_at(ledger::Height height) const;
    /// Proves an account and slots of it in a view; `unsupported_version` where blocks do not
    /// commit to state by Merkle Patricia tries.
    Result<ledger::AccountProof> prove_account(const CertifiedView& view,
                                               const ledger::Address& address,
                                               const std::vector<ledger::Word>& slots) const;
    ledger::Height certified_height() const { return view().height; }
    ReplicaStatus status() const;
    Tip tip() const;
    /// The set of peers of an epoch that has been.
    Result<std::shared_ptr<const ledger::EpochRecord>> epoch_record(ledger::Epoch epoch) const;
    /// Calls `wake` once the certified height is at least `height`; at once if it is.
    void when_certified(ledger::Height height, std::function<void()> wake);
    /// The batches of a block, in order of its envelopes; empty for those skipped whole.
    Result<std::vector<Bytes>> batches_of(const ledger::Block& block) const;
    /// The same for readers: damaged batches are fetched from other peers, and meanwhile the
    /// answer is `unavailable`.
    Result<std::vector<Bytes>> batches_or_repair(const ledger::Block& block) const;
    /// Writes a copy of all that is certified (`channel_copy.hpp`), with pauses as long as the sink
    /// takes. Any thread.
    Status write_copy(const std::function<Status(ByteView)>& sink) const;
    /// Reads a block's answer for one of its transactions.
    Result<Answer> answer_at(const ledger::TxId& id, const ledger::TransactionPlace& place) const;

  private:
    struct Queued {
        Delivery delivery;
        std::function<void()> done;
        bool prepared = false;  ///< its control records are in the access table
        std::shared_ptr<const ledger::EpochRecord> epoch;
    };
    /// A block between execution and certification.
    struct Uncertified {
        ledger::Header header;
        HeaderVotes votes;
        bool durable = false;
        std::uint64_t sent = 0;  ///< monotonic milliseconds of our last vote
        std::vector<Admitted> admitted;
        std::vector<Bytes> receipts;
        std::vector<Refused> refused;
        std::uint64_t controls_through = 0;
        std::shared_ptr<const store::Snapshot> after;
        std::vector<OrderedEnvelope> executed;        ///< its batches
        std::optional<std::uint64_t> outvoted_since;  ///< monotonic milliseconds
    };
    struct Fetch {
        std::uint64_t since = 0;  ///< monotonic milliseconds
        std::uint64_t asked = 0;  ///< of the last request
    };
    /// What this peer has said about an envelope that it could not execute.
    struct Promise {
        bool durable = false;
        std::uint64_t voted = 0;  ///< monotonic milliseconds of the last vote
    };

    /// Why the channel does not go on; empty: no trouble of that kind.
    struct Alarms {
        std::string stopped;
        std::string space;
        std::string disagreement;
        const std::string& gravest() const {
            if (!stopped.empty()) return stopped;
            return space.empty() ? disagreement : space;
        }
    };

    using BatchOrReason = Result<std::shared_ptr<const CheckedBatch>>;

    BuilderInputs inputs(ledger::Epoch epoch, const ledger::StateReader& state) const;
    void pump();
    /// Executes the first delivery; false if it has to wait for a batch.
    Result<bool> run_front();
    Result<bool> run_front_safely();
    Result<std::optional<BatchOrReason>> batch_unless_void(const Queued& queued,
                                                           const ledger::Envelope& envelope);
    /// The peers of an epoch and those of now, without this node.
    std::set<ledger::NodeId> others_with(const ledger::EpochRecord& epoch) const;
    ChannelPeers newest_peers() const;
    /// Takes transactions of another node, which is no peer of this channel, as if a client had
    /// sent them here.
    void carry_for(const ledger::NodeId& from, ByteView batch);
    bool is_void(const OrderedEnvelope& envelope, const ledger::EpochRecord& epoch);
    void promise_to_void(const OrderedEnvelope& envelope, const Queued& queued);
    void vote_on(const OrderedEnvelope& envelope, VoidStance stance, const Queued& queued);
    void note_void_votes(const Delivery& delivery);
    void check_executed_against_votes();
    Status load_void_marks();
    void put_void_marks(store::WriteBatch& changes, const ledger::Block& block) const;
    void forget_promises_through(std::uint64_t order_height);
    Status erase_channel();
    void prepare(Queued& queued);
    /// The batch of an envelope that is to be executed; none: it is on its way.
    Result<std::optional<BatchOrReason>> batch_for(const ledger::Envelope& envelope);
    void fetch(const ledger::Envelope& envelope, bool from_all);
    /// While the first delivery waits for a batch: asks for those of the next ones.
    void fetch_ahead();
    /// The batch of an executed envelope; empty if it names none.
    Result<Bytes> batch_at(const ledger::Block& block, std::uint32_t envelope_index) const;
    bool may_have(const ledger::NodeId& node, const ledger::Hash& digest) const;
    void check_carried(const ledger::Envelope& envelope);
    void store_batch(const BatchPool::Batch& batch);
    void check_fetched(const ordering::BatchAnswer& answer);
    void take_fetched(const ledger::Hash& digest, BatchPool::Batch batch);

    Status load_uncertified();
    Status commit(BuiltBlock built, std::shared_ptr<const ledger::EpochRecord> epoch);
    void tell_intake(const ledger::Block& block);
    Status write(const BuiltBlock& built);
    void protect_certified_state();
    void on_durable(ledger::Height height);
    void vote(Uncertified& block, bool wants_answer);
    bool may_sign(const Uncertified& block) const;
    void receive_vote(const ledger::NodeId& from, const ordering::HeaderVote& vote);
    void take_vote(Uncertified& block, const ledger::NodeId& from,
                   const ordering::HeaderVote& vote);
    void stop_if_diverged();
    void tell_disagreement(ledger::Height height);
    void answer_vote(const ledger::NodeId& to, const Uncertified& block);
    void answer_with_certificates(const ledger::NodeId& to, const ordering::HeaderVote& vote);
    Uncertified* find_uncertified(ledger::Height height);
    void certify_ready();
    bool certify_front();
    void answer_waiters(const Uncertified& block);
    void stop(const Error& why);
    void wait_for_space(const Error& why);
    void space_is_there();
    bool decisions_wait() const { return newest_decision_ > decisions_taken_; }
    void tick_on_strand();
    void request_tick_if_idle();

    /// A submission whose pieces are checked by several tasks, and taken in in order.
    struct Pieces;
    using Submitted = std::variant<Bytes, ledger::Transaction>;
    void submit_all(std::vector<Submitted> transactions, std::uint64_t timeout_ms,
                    std::function<void(Answers)> done);
    void admit(std::vector<Submitted> transactions, std::vector<Waiters::Ticket> tickets,
               std::size_t piece, Pieces* pieces);
    Result<ledger::Transaction> check(Submitted submitted) const;
    /// `orders`: whether anything is ordered, else why not.
    std::optional<ledger::Transaction> admit_one(Submitted submitted, const Waiters::Ticket& ticket,
                                                 const Status& orders);
    /// Whether it is on the ledger already; answers it then if it is certified.
    Result<bool> answer_if_known(const ledger::Transaction& transaction);
    bool is_overloaded(std::size_t more) const;
    Error stopped_error() const;

    const ReplicaServices services_;
    const ChannelSetup setup_;
    const contract::Contracts& contracts_;
    BlockObserver& observer_;

    ledger::BlockStore blocks_;
    ledger::StoredState stored_;
    AccessTable access_;
    std::unique_ptr<Admission> own_admission_;
    const Admission* admission_;
    BatchPool batches_;
    mutable BatchRepair repair_{services_, setup_.rules, batches_};
    Waiters waiters_;

    // Of the strand.
    std::deque<Queued> queue_;
    bool started_ = false;
    std::uint64_t silent_through_ = 0;
    /// Executed, perhaps signed, before the channel was rebuilt.
    std::uint64_t rebuilt_through_ = 0;
    std::map<ledger::Hash, Fetch> fetching_;
    VoidVotes void_votes_;
    std::map<OrderedEnvelope, Promise> promises_;
    std::set<OrderedEnvelope> voided_;
    std::map<ledger::Hash, Error> bad_carried_;
    std::deque<Uncertified> uncertified_;
    std::map<ledger::Height, std::vector<std::pair<ledger::NodeId, ordering::HeaderVote>>> early_;
    std::uint64_t last_tick_request_ = 0;

    // Shared with readers.
    mutable std::mutex view_mutex_;
    Tip tip_;
    Tip certified_;
    std::shared_ptr<const store::Snapshot> certified_snapshot_;  ///< null: tip is certified
    bool recovering_ = false;                                    ///< see `CertifiedView::readable`
    struct PastView {
        ledger::Height height = 0;
        UnixMillis time = 0;
        std::shared_ptr<const store::Snapshot> snapshot;
    };
    std::deque<PastView> past_;  ///< ascending; the last one certified as well
    Alarms alarms_;
    std::vector<std::pair<ledger::Height, std::function<void()>>> height_waiters_;
    ChannelPeers newest_peers_;

    std::atomic<bool> left_{false};
    std::atomic<std::size_t> voided_count_{0};
    std::atomic<std::size_t> uncertified_count_{0};
    std::atomic<std::size_t> queued_count_{0};
    std::atomic<std::uint64_t> newest_decision_{0};  ///< its ordering height
    std::atomic<std::uint64_t> decisions_taken_{0};  ///< up to and with this ordering height
    std::atomic<bool> stopped_{false};
    std::atomic<bool> waits_for_space_{false};
    Intake intake_;
    Strand strand_;
};

}  // namespace bsn::peer
