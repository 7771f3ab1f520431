#pragma once
// The replicas of one app in one thread: tasks run when the test says so, time passes when it says
// so, messages and envelopes may be lost, nodes may stop and come back with what they had stored.
// The same seed yields the same run.

#include "contract/contract.hpp"
#include "peer/replica.hpp"
#include "store/syncer.hpp"
#include "support/ledger_fixtures.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>

namespace bsn::testing {

/// A clock that stands still until it is told.
class ManualClock final : public Clock {
  public:
    /// 2026-11-22T07:50:00.123Z
    static constexpr UnixMillis k_start = 1'795'333'800'123;

    UnixMillis now() const override { return now_; }
    std::uint64_t monotonic() const override { return monotonic_; }
    void advance(std::uint64_t milliseconds) {
        now_ += milliseconds;
        monotonic_ += milliseconds;
    }
    /// Somebody sets the clock.
    void set(UnixMillis now) { now_ = now; }

  private:
    UnixMillis now_ = k_start;
    std::uint64_t monotonic_ = 1'000;
};

/// Runs tasks in the thread that calls `run`, in an order that the generator chooses (a pool of
/// many threads may run them in any order); without a generator in the order posted.
class ManualExecutor final : public Executor {
  public:
    void post(Task task) override;
    /// Runs tasks until none is left.
    void run(std::mt19937* order = nullptr);
    bool idle() const;

  private:
    mutable std::mutex mutex_;
    std::deque<Task> queue_;
};

/// A syncer whose disk stands still between calls of `run`, so that when things become durable is
/// up to the test.
class ManualSyncer {
  public:
    ManualSyncer() : syncer_([this] { return sync(); }) {}
    ~ManualSyncer();

    store::Syncer& syncer() { return syncer_; }
    /// Makes durable all that was asked for. What waits for it is told in another thread, and has
    /// been told when this returns.
    void run();
    /// From here on syncs fail with this.
    void fail(Error why);

  private:
    Status sync();

    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    Status outcome_;
    store::ThreadSyncer syncer_;  // last: its thread uses the others
};

/// A log in memory that fails, or answers damaged records, on demand.
class FaultyLog final : public store::AppendLog {
  public:
    Result<store::LogPosition> append(ByteView record) override;
    Status sync() override { return sync_outcome; }
    Result<Bytes> read(const store::LogPosition& position) const override;
    Status scan_from(const store::LogPosition& from, const Visit& visit) const override {
        return log_->scan_from(from, visit);
    }

    Status append_outcome;
    Status sync_outcome;
    bool damaged = false;  ///< reads answer with a flipped bit
    std::size_t appended = 0;

  private:
    std::unique_ptr<store::AppendLog> log_ = store::make_memory_log();
};

/// Takes envelopes and keeps them until the world orders them.
class ManualOrderer final : public ordering::Orderer {
  public:
    void subscribe(ordering::OrderConsumer&, std::uint64_t) override {}
    Status start() override { return {}; }
    void stop() override {}
    Status submit(Bytes envelope) override;
    Status revisit(std::uint64_t, std::uint64_t,
                   const std::function<void(const ordering::OrderedHeight&)>&) const override {
        return {};
    }
    Status health() const override { return {}; }
    std::uint64_t height() const override { return height_; }

    std::vector<Bytes> waiting;
    /// What `submit` answers; an envelope is taken only if it is a success.
    Status outcome;
    /// So many of the next envelopes are taken and then lost.
    std::size_t to_lose = 0;
    std::size_t submitted = 0;

  private:
    friend class ReplicaWorld;
    std::uint64_t height_ = 0;
};

/// A message on its way.
struct Sent {
    std::size_t from = 0;
    std::size_t to = 0;
    ordering::Message message;
};

template <typename Message>
bool is(const Sent& sent) {
    return std::holds_alternative<Message>(sent.message);
}

/// What `Replica::submit` answered, as soon as it has.
struct Outcome {
    std::optional<peer::Answers> answers;
    std::size_t calls = 0;

    bool answered() const { return answers.has_value(); }
    const Result<peer::Answer>& at(std::size_t index) const { return answers.value().at(index); }
    const Result<peer::Answer>& only() const { return at(0); }
    /// The code of the only answer's error; none if it is a success or there is no answer yet.
    std::optional<Code> code() const;
};

struct WorldOptions {
    std::size_t nodes = 3;
    /// Chooses which task and which message comes next; none: the order in which they came.
    std::optional<std::uint32_t> seed;
    peer::Carriage carriage = peer::Carriage::by_digest;
};

/// An app `app` with contracts `kv` and `evidence`, a role `writer` that permits `kv.*` and
/// `evidence.deposit`, and one member: `writer()`.
class ReplicaWorld {
  public:
    explicit ReplicaWorld(WorldOptions options = {});
    ~ReplicaWorld();
    ReplicaWorld(const ReplicaWorld&) = delete;
    ReplicaWorld& operator=(const ReplicaWorld&) = delete;

    // --- what happens

    /// Runs everything until nothing more happens at this moment.
    void settle();
    /// Lets time pass in steps of 100 ms, with a tick for each replica and all that follows.
    void pass(std::uint64_t milliseconds);
    /// Makes one ordering height of all envelopes that wait and hands it to the nodes that run.
    void order();
    /// The permission chain decides something about the app, at an ordering height of its own.
    void decide(std::vector<ledger::ControlRecord> records);
    /// Stops a node's replica; what it stored stays.
    void stop(std::size_t node);
    /// Opens it again from what it stored, and delivers what was ordered since its creation.
    void restart(std::size_t node);
    /// As a node that lost its data: begins from the app's creation.
    void restart_empty(std::size_t node, std::uint64_t silent_through = 0);
    /// As `restart`, but answers whether it could be opened.
    Status try_restart(std::size_t node, std::uint64_t silent_through = 0);

    // --- what is submitted

    const crypto::PrivateKey& writer() const { return writer_; }
    /// A payload of `kv.set` of this key by the writer, with a nonce of its own.
    ledger::Payload payload(const std::string& key, const std::string& value = "1");
    /// The same, signed.
    ledger::Transaction set(const std::string& key, const std::string& value = "1");
    std::shared_ptr<Outcome> submit(std::size_t node, std::vector<Bytes> transactions,
                                    std::uint64_t timeout = 60'000);
    std::shared_ptr<Outcome> submit(std::size_t node, const ledger::Transaction& transaction,
                                    std::uint64_t timeout = 60'000) {
        return submit(node, std::vector<Bytes>{transaction.bytes()}, timeout);
    }
    /// Puts an offer of a batch, made and signed for by a node, into the network.
    void offer(std::size_t from, std::size_t to, const std::vector<ledger::Transaction>& batch);
    /// The envelope of a batch, with availability certificates of these nodes.
    ledger::Envelope envelope(std::size_t proposer, ByteView batch,
                              const std::vector<std::size_t>& signers);

    // --- what is seen

    peer::Replica& replica(std::size_t node) { return *nodes_.at(node)->replica; }
    bool runs(std::size_t node) const { return nodes_.at(node)->replica != nullptr; }
    const ordering::NodeIdentity& identity(std::size_t node) const {
        return nodes_.at(node)->identity;
    }
    /// The value under a key of `kv`, in certified state of a node, as it is stored; none if there
    /// is none, or if the node shows no state now.
    std::optional<std::string> stored(std::size_t node, const std::string& key);
    /// The same in the state after the last block executed.
    std::optional<std::string> executed(std::size_t node, const std::string& key);
    /// A block of a node; the test fails if there is none.
    ledger::Block block(std::size_t node, ledger::Height height);
    /// Whether all nodes that run are certified up to the same block, with nothing above it.
    bool agree();
    std::size_t nodes() const { return nodes_.size(); }
    const ledger::EpochRecord& epoch() const { return epoch_; }
    const peer::ChannelRules& rules() const { return rules_; }
    /// A record of the next epoch, without one of the nodes.
    ledger::EpochRecord epoch_without(std::size_t node) const;

    ManualClock clock;
    ManualExecutor executor;
    ManualOrderer orderer;
    /// False: envelopes wait until `order` is called.
    bool ordering = true;
    /// Whether a message is lost; none is by default.
    std::function<bool(const Sent&)> loses = [](const Sent&) { return false; };
    /// All messages so far that were not lost.
    std::vector<Sent> delivered;
    FaultyLog& log(std::size_t node) { return *nodes_.at(node)->log; }
    store::Database& database(std::size_t node) { return *nodes_.at(node)->database; }
    ManualSyncer& syncer(std::size_t node) { return nodes_.at(node)->syncer; }
    /// Whether a node's disk makes nothing durable (it does not answer).
    void hold_disk(std::size_t node, bool hold) { nodes_.at(node)->disk_held = hold; }

    /// The channel's creation.
    peer::Delivery creation() const;
    /// What the permission chain decided about the channel above an ordering height, up to and with
    /// another.
    std::vector<ledger::ControlRecord> decided(std::uint64_t after, std::uint64_t through) const;
    /// The prefix of the channel's keys in each database.
    static Bytes prefix() { return {0, 0, 0, 1}; }

  private:
    class Port;
    struct Ordered {
        std::uint64_t height = 0;
        UnixMillis time = 0;
        std::vector<peer::Delivery::Item> items;
        std::vector<ledger::ControlRecord> decided;  ///< counts from the next height on
    };
    struct Node {
        Node(std::size_t number, ReplicaWorld& world);

        ordering::NodeIdentity identity;
        std::unique_ptr<ordering::PeerNetwork> port;
        std::unique_ptr<store::Database> database = store::make_memory_database();
        std::unique_ptr<FaultyLog> log = std::make_unique<FaultyLog>();
        ManualSyncer syncer;
        bool disk_held = false;
        std::unique_ptr<peer::Replica> replica;
        std::uint64_t decisions_handed = 0;
    };

    std::unique_ptr<peer::Replica> make_replica(Node& node);
    void deliver(Node& node, const Ordered& ordered);
    void run_tasks();
    bool carry_messages();
    std::mt19937* generator() { return options_.seed ? &generator_ : nullptr; }

    const WorldOptions options_;
    std::mt19937 generator_;
    crypto::PrivateKey writer_ = make_key(crypto::SuiteId::secp256r1, 1);
    contract::Contracts contracts_;
    peer::ChannelRules rules_;
    ledger::EpochRecord epoch_;
    std::vector<Ordered> ordered_;
    std::deque<Sent> messages_;
    std::mutex messages_mutex_;
    std::uint32_t next_nonce_ = 1;
    std::uint64_t next_sequence_ = 1;
    std::vector<std::unique_ptr<Node>> nodes_;
};

/// A node's three keys, as of `make_epoch` with its default first key: number `100 + node`.
ordering::NodeIdentity node_identity(std::size_t node);

}  // namespace bsn::testing
