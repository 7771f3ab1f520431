#pragma once
// The ordering service as the simulator has it: one durable order on a disk of its own, which may
// be late, lose or repeat envelopes, be away for a while, or crash.

#include "ordering/orderer.hpp"
#include "sim/sim_disk.hpp"

#include <functional>
#include <set>

namespace bsn::sim {

/// What is wrong with the ordering service now.
struct OrdererFaults {
    unsigned lost_percent = 0;      ///< of envelopes
    unsigned repeated_percent = 0;  ///< of envelopes
    bool away = false;              ///< takes nothing
    std::set<std::size_t> deaf;     ///< nodes that get no heights
    Micros slow = 0;                ///< added to each delivery
};

class SimOrderer {
  public:
    SimOrderer(Scheduler& scheduler, ledger::OrdererId id);
    ~SimOrderer() { scheduler_.end(life_); }
    SimOrderer(const SimOrderer&) = delete;
    SimOrderer& operator=(const SimOrderer&) = delete;

    /// A node's way to the service, for one of its lives.
    std::unique_ptr<ordering::Orderer> port_of(std::size_t node, LifePtr life);

    /// Puts an envelope among those that wait, as if a node had sent it.
    void take(Bytes envelope);
    void crash();
    /// Crashes before or after one of the next operations of its disk.
    void crash_at_operation(std::uint64_t operations) { crash_in_ = operations; }
    void no_crash_at_operation() { crash_in_.reset(); }
    void restart();
    bool runs() const { return life_->alive; }

    /// The last durable height.
    std::uint64_t height() const { return heights_.size(); }
    const ordering::OrderedHeight& at(std::uint64_t height) const { return heights_[height - 1]; }

    OrdererFaults faults;
    SimDisk disk;
    /// Told when it runs again after a crash.
    std::function<void()> on_restart = [] {};
    /// Told of each envelope that a node submits, before anything happens to it.
    std::function<void(std::size_t node, const Bytes& envelope)> on_submit = [](std::size_t,
                                                                                const Bytes&) {};

  private:
    class Port;
    struct Subscription {
        std::size_t node = 0;
        LifePtr life;
        ordering::OrderConsumer* consumer = nullptr;
        std::uint64_t next = 0;  ///< the height that it gets next
    };

    Status submit(std::size_t node, Bytes envelope);
    void subscribe(Subscription subscription);
    void plan_height();
    void order();
    void publish(ordering::OrderedHeight ordered);
    void keep_delivering(std::shared_ptr<Subscription> subscription);

    Scheduler& scheduler_;
    const ledger::OrdererId id_;
    LifePtr life_ = std::make_shared<Life>();
    const unsigned usual_ = 1;
    const std::int64_t skew_ = 0;
    SimClock clock_;
    std::optional<std::uint64_t> crash_in_;
    std::vector<Bytes> waiting_;
    bool at_work_ = false;
    std::vector<ordering::OrderedHeight> heights_;  ///< those that are durable
};

}  // namespace bsn::sim
