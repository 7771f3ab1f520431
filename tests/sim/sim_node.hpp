#pragma once
// A city node in the simulator: the real framework with all that is in it, on a simulated disk,
// clock, executor, network and order. It crashes at any operation of its disk, and comes back.

#include "contract/contract.hpp"
#include "framework/ledger/ledger_framework.hpp"
#include "sim/sim_disk.hpp"
#include "sim/sim_network.hpp"
#include "sim/sim_orderer.hpp"

#include <memory>
#include <optional>

namespace bsn::sim {

/// What the nodes of a simulated network share. All outlive the nodes.
struct Surroundings {
    Scheduler& scheduler;
    SimNetwork& network;
    SimOrderer& orderer;
    const ledger::Genesis& genesis;
    const contract::Contracts& contracts;
};

class SimNode {
  public:
    SimNode(std::size_t number, const Surroundings& surroundings);
    ~SimNode();
    SimNode(const SimNode&) = delete;
    SimNode& operator=(const SimNode&) = delete;

    /// Opens what the disk holds and runs. An error: the node could not start and stays down.
    Status start();
    /// The node is gone at once, and with it what its disk had not synced.
    void crash();
    /// Crashes before or after one of the next operations of the disk.
    void crash_at_operation(std::uint64_t operations) { crash_in_ = operations; }
    void no_crash_at_operation() { crash_in_.reset(); }
    /// Ends as after SIGTERM: waiters are answered, everything is synced.
    void stop();
    /// Loses the whole disk. The node must be down.
    void wipe();

    std::size_t number() const { return number_; }
    const ordering::NodeIdentity& identity() const { return identity_; }
    const ledger::NodeId& id() const { return identity_.id(); }
    bool runs() const { return running_ != nullptr && running_->life->alive; }
    /// Whether nothing is left of its last run, so that it can be started.
    bool is_down() const { return running_ == nullptr; }
    /// Of the present run.
    const LifePtr& life() const { return running_->life; }
    framework::LedgerFramework& framework() { return *running_->framework; }
    const registry::View& view() const { return running_->view; }
    const Clock& clock() const { return running_->clock; }
    /// The node's replica of a channel; null if it has none.
    const peer::Replica* replica(const ledger::ChannelId& channel) const;
    /// Why the node does less than it should; empty if all is well.
    std::string alarm() const;
    /// What the channel's keys in the database begin with; none if the node never had it.
    std::optional<Bytes> prefix(const ledger::ChannelId& channel) const;
    /// Whether a crash now would leave the block of this hash.
    bool holds_durably(const ledger::ChannelId& channel, const ledger::Hash& header) const;
    /// Where its log has a batch, if it does.
    std::optional<store::LogPosition> place_of_batch(const ledger::ChannelId& channel,
                                                     const ledger::Hash& digest) const;
    bool holds_promise_durably(const ledger::ChannelId& channel,
                               const peer::OrderedEnvelope& target) const;
    bool holds_batch_durably(const ledger::ChannelId& channel, const ledger::Hash& digest) const;

    SimDisk disk;
    std::int64_t skew = 0;  ///< of its wall clock, milliseconds
    unsigned slowness = 1;
    bool byzantine = false;
    /// Some block or batch may be gone or unreadable, until the node is rebuilt.
    bool damaged = false;
    std::size_t wipes = 0;
    std::function<void(SimNode&)> on_end = [](SimNode&) {};

  private:
    struct Running {
        Running(SimNode& node, const Surroundings& surroundings);

        const LifePtr life = std::make_shared<Life>();
        SimExecutor pool;
        SimClock clock;
        SimSyncer syncer;
        const std::unique_ptr<ordering::PeerNetwork> network;
        const std::unique_ptr<ordering::Orderer> orderer;
        registry::View view;
        std::unique_ptr<framework::LedgerFramework> framework;
    };

    void at_disk_point(std::string_view point);
    void tick_for_ever();
    void end();

    const std::size_t number_;
    const Surroundings surroundings_;
    const ordering::NodeIdentity& identity_;
    std::optional<std::uint64_t> crash_in_;
    std::unique_ptr<Running> running_;
};

/// The keys of a node: those of `sample_genesis`, made once for the process.
const ordering::NodeIdentity& identity_of(std::size_t node);

}  // namespace bsn::sim
