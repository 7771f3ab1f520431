#pragma once
// Messages between the peers of nodes that run in one process, and between their gateways.

#include "base/executor.hpp"
#include "gateway/forwarding/forwarder.hpp"
#include "ordering/messages.hpp"

#include <map>
#include <memory>
#include <shared_mutex>

namespace bsn::node {

class CityNode;

/// The nodes of a process. All nodes are added before any message is sent.
class InProcessNetwork {
  public:
    explicit InProcessNetwork(Executor& pool) : pool_(pool) {}

    void add(CityNode& node);
    /// What one node sends through; lives as long as this.
    ordering::PeerNetwork& port_of(const ledger::NodeId& from);
    /// What a node's gateway hands requests on through; lives as long as this.
    gateway::Forwarder& gateways() { return gateways_; }

  private:
    class Port;
    class Gateways final : public gateway::Forwarder {
      public:
        explicit Gateways(InProcessNetwork& network) : network_(network) {}
        bool reaches(const ledger::NodeId& node) const override;
        void forward(const ledger::NodeId& node, std::shared_ptr<const gateway::Request> request,
                     std::uint64_t timeout_ms, Done done) override;

      private:
        InProcessNetwork& network_;
    };

    Executor& pool_;
    Gateways gateways_{*this};
    std::map<ledger::NodeId, CityNode*> nodes_;
    std::map<ledger::NodeId, std::unique_ptr<ordering::PeerNetwork>> ports_;
};

}  // namespace bsn::node
