#pragma once
// Our own ledger as a framework: the channels that this node is a peer of, and the way of ordered
// envelopes to them.

#include "framework/ledger/channel_copier.hpp"
#include "framework/ledger/ledger_chain.hpp"
#include "framework/transaction_limits.hpp"
#include "ledger/genesis.hpp"
#include "registry/view.hpp"

#include <condition_variable>
#include <map>
#include <set>
#include <shared_mutex>

namespace bsn::framework {

/// Consumes the order on a strand of its own: height by height, app channels first, then the system
/// channel, whose decisions count from the next height on. Any thread may call public members.
class LedgerFramework final : public Framework,
                              public ordering::OrderConsumer,
                              public peer::BlockObserver {
  public:
    /// `copies`: where channels are copied from that this node becomes a peer of later, or has
    /// lost; null: they are always executed anew from the order.
    LedgerFramework(const peer::ReplicaServices& services, const contract::Contracts& contracts,
                    const ledger::Genesis& genesis, registry::View& view,
                    peer::CopySource* copies = nullptr);
    ~LedgerFramework() override;

    /// Opens (or makes) the system channel and the channels of the apps that have this node.
    Status open();
    /// The ordering height that `consume` must begin with.
    std::uint64_t first_needed_height() const { return applied_ + 1; }
    /// The last ordering height of which this node holds a block.
    std::uint64_t executed_order_height() const;
    /// Whether this node has never started with the data that it has: it may be new, or have lost
    /// what it promised before.
    Result<bool> knows_no_past() const;
    /// After the orderer has started: what stood in the order by then may be known from before.
    Status start();
    void close();

    /// From here on apps take no writes here while the permission chain was not seen for this long;
    /// for an order that has heights also when there is nothing to order. Before `open`.
    void limit_permission_age(std::uint64_t milliseconds) { max_permission_age_ = milliseconds; }
    /// From here on clients that speak a dialect's JSON-RPC send within these limits, which outlive
    /// the framework. Before `open`.
    void limit_transactions(TransactionLimits& limits) { limits_ = &limits; }

    std::string_view name() const override { return "ledger"; }
    Capabilities capabilities() const override { return {true, false, true}; }
    Result<Chain*> open_chain(ByteView channel) override;
    /// Whether this node's part of a chain goes on; `unavailable`, saying why it does not. For
    /// writes also whether the permission chain was seen lately.
    Status check_runs(ByteView channel, bool writes);
    Status leave_chain(ByteView channel) override;
    Result<Verified> verify(ByteView proof, ByteView trusted_state) const override;
    /// `header`: a receipt bundle that holds the handovers beyond the trusted state.
    Result<Bytes> update(ByteView trusted_state, ByteView header) const override;

    void consume(const ordering::OrderedHeight& ordered) override;
    void receive(const ledger::NodeId& from, const ledger::ChannelId& channel,
                 ordering::Message message);
    /// Called about every 100 ms.
    void tick();

    /// Waits until the permission chain has executed all up to and with an ordering height; an
    /// error once it cannot any more.
    Status await_system(std::uint64_t order_height);
    /// From here on nobody waits.
    void end_waits();
    const peer::Replica& system_replica() const { return *system_->replica; }
    LedgerChain& system_chain() { return *system_->chain; }
    /// Why this node takes no ordered envelopes any more; empty while it does.
    std::string alarm() const;
    /// Gives a peer of a channel a copy of it; `forbidden` to others.
    Status write_copy(const ledger::NodeId& to, const ledger::ChannelId& channel,
                      const peer::CopySink& sink) const;
    /// The channels of which this node takes a copy now.
    std::map<ledger::ChannelId, CopyProgress> copying() const;
    /// The channels that could not be opened, and why.
    std::map<ledger::ChannelId, Error> damaged() const;
    /// The replicas of this node by channel, the system channel among them.
    std::vector<std::pair<ledger::ChannelId, const peer::Replica*>> replicas() const;

  private:
    struct Channel {
        std::unique_ptr<peer::Replica> replica;
        std::unique_ptr<LedgerChain> chain;
        /// Decisions up to this ordering height were handed over. Of the strand.
        std::uint64_t decisions_handed = 0;
        std::atomic<bool> left = false;
        /// The last epoch with this node, and whether that is the newest. Of the strand.
        std::optional<ledger::Epoch> last_own;
        bool member = true;
    };
    using Items = std::map<ledger::ChannelId, std::vector<peer::Delivery::Item>>;

    void on_executed(const peer::BuiltBlock& block) override;

    Result<std::optional<Bytes>> find_prefix(const ledger::ChannelId& channel) const;
    /// The same, made if there is none.
    Result<Bytes> prefix_of(const ledger::ChannelId& channel);
    peer::ChannelRules app_rules(const registry::AppRecord& app) const;
    Status open_system();
    Status note_waiting_decisions();
    /// Tells the system channel's replica whom it can ask for what is missing here.
    void note_system_peers(const registry::View& view);
    Status store_applied(std::uint64_t height);
    /// Has all above an ordering height delivered again. Before the channel that needs it is made,
    /// so that a crash in between cannot leave it with a gap.
    Status apply_again_from(std::uint64_t height);
    Status open_app(const registry::AppRecord& app);
    Result<peer::Delivery> creation_of(const registry::AppRecord& app) const;
    bool is_peer_of(const registry::AppRecord& app) const;
    Status check_permissions_seen() const;
    /// Visits the epochs of an app's channel so far, oldest first.
    Status visit_epochs(const ledger::ChannelId& channel,
                        const std::function<void(const ledger::EpochRecord&)>& visit) const;
    /// The other nodes that are peers of an app or were, those of now first.
    Result<std::vector<ledger::NodeId>> peers_so_far(const ledger::ChannelId& channel) const;
    /// The last epoch of an app with this node.
    Result<std::optional<ledger::Epoch>> last_own_epoch(const registry::AppRecord& app) const;
    /// Whether this node has, or had, a part in the app's chain.
    Result<bool> holds(const registry::AppRecord& app) const;

    void pump();
    void route(const ordering::OrderedHeight& ordered);
    Items sort_by_channel(const ordering::OrderedHeight& ordered) const;
    Status deliver(Channel& channel, const ordering::OrderedHeight& ordered,
                   std::vector<peer::Delivery::Item> items, std::function<void()> done);
    void after_system(std::uint64_t height);
    /// The app was published, or its nodes or rules were changed, at this ordering height.
    Status take_decision(const registry::AppRecord& app, std::uint64_t height);
    /// Has a channel, whose peer this node has become, execute what was ordered before.
    Status catch_up(Channel& channel, std::uint64_t through);
    /// Whether an app's channel, of which nothing is here, is to be copied from another peer
    /// rather than executed from its creation on.
    Result<bool> wants_copy(const registry::AppRecord& app, UnixMillis as_of) const;
    bool is_copying(const ledger::ChannelId& channel) const;
    Status begin_copy(const registry::AppRecord& app);
    /// Opens the channel that was copied, or begins it anew if that failed, and has it execute what
    /// was ordered since.
    Status end_copy(const ledger::ChannelId& channel, const Result<peer::Tip>& copied);
    void part_done(std::uint64_t height);
    void system_done(std::uint64_t height);
    void stop(const Error& why);
    Channel* find(const ledger::ChannelId& channel);
    std::vector<LedgerChain*> all_chains() const;
    std::vector<peer::Replica*> all_replicas() const;

    const peer::ReplicaServices services_;
    const contract::Contracts& contracts_;
    const ledger::Genesis& genesis_;
    const ledger::NetworkId network_;
    const ledger::ChannelId system_id_;
    registry::View& view_;

    mutable std::shared_mutex mutex_;  ///< guards the map, not what it holds
    std::map<ledger::ChannelId, std::unique_ptr<Channel>> channels_;
    Channel* system_ = nullptr;

    // Of the strand.
    std::deque<ordering::OrderedHeight> queue_;
    bool system_at_work_ = false;
    std::uint64_t routed_ = 0;    ///< the last ordering height that channels were given
    UnixMillis routed_time_ = 0;  ///< its time
    bool stopped_ = false;
    std::map<std::uint64_t, std::size_t> parts_left_;  ///< by ordering height

    mutable std::mutex decided_mutex_;
    std::set<ledger::ChannelId> decided_;  ///< by the last system block
    std::string alarm_;
    std::map<ledger::ChannelId, Error> damaged_;  ///< channels that could not be opened
    std::set<ledger::ChannelId> copying_;
    std::uint64_t system_through_ = 0;  ///< the permission chain has executed up to here
    bool waits_ended_ = false;
    std::condition_variable system_went_on_;
    std::atomic<std::uint64_t> applied_{0};
    std::atomic<std::uint64_t> applied_stored_{0};
    /// The ordering height at which this node began with empty disks: see `Replica::start`.
    std::atomic<std::uint64_t> born_{0};
    std::atomic<bool> started_ = false;
    std::vector<registry::AppRecord> to_copy_;  ///< once started
    std::unique_ptr<ChannelCopier> copier_;     ///< null: nothing is copied
    std::uint64_t max_permission_age_ = 0;      ///< milliseconds; 0: any age
    TransactionLimits* limits_ = nullptr;       ///< null: none
    Strand strand_;
};

}  // namespace bsn::framework
