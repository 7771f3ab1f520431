#pragma once
// Messages between city nodes, which the network may delay, lose, repeat, reorder and hold back.

#include "ordering/messages.hpp"
#include "sim/scheduler.hpp"

#include <functional>
#include <set>

namespace bsn::sim {

/// What is wrong with the network now.
struct NetworkFaults {
    unsigned lost_percent = 0;
    unsigned repeated_percent = 0;
    Micros slow = 0;  ///< messages may take so much longer
    /// From and to whom nothing gets through; one direction at a time.
    std::set<std::pair<std::size_t, std::size_t>> cut;
};

/// A message and where it goes.
struct Sent {
    std::size_t from = 0;
    std::size_t to = 0;
    ledger::ChannelId channel;
    ordering::Message message;
};

/// One line for the trace.
std::string describe(const ordering::Message& message);

class SimNetwork {
  public:
    /// `nodes`: their ids; `deliver`: hands a message to its receiver, if that runs.
    SimNetwork(Scheduler& scheduler, std::vector<ledger::NodeId> nodes,
               std::function<void(Sent)> deliver)
        : scheduler_(scheduler), nodes_(std::move(nodes)), deliver_(std::move(deliver)) {}
    ~SimNetwork() { scheduler_.end(life_); }
    SimNetwork(const SimNetwork&) = delete;
    SimNetwork& operator=(const SimNetwork&) = delete;

    /// A node's way to the others, for one of its lives.
    std::unique_ptr<ordering::PeerNetwork> port_of(std::size_t node, LifePtr life);
    /// Puts a message on its way.
    void carry(Sent sent);

    NetworkFaults faults;
    /// Told of each message that a node sends; carries it, or something else.
    std::function<void(Sent)> on_send = [this](Sent sent) { carry(std::move(sent)); };

  private:
    class Port;

    Scheduler& scheduler_;
    const std::vector<ledger::NodeId> nodes_;
    const std::function<void(Sent)> deliver_;
    const LifePtr life_ = std::make_shared<Life>();
};

}  // namespace bsn::sim
