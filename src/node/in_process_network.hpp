#pragma once
// Messages between the peers of nodes that run in one process.

#include "base/executor.hpp"
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

  private:
    class Port;

    Executor& pool_;
    std::map<ledger::NodeId, CityNode*> nodes_;
    std::map<ledger::NodeId, std::unique_ptr<ordering::PeerNetwork>> ports_;
};

}  // namespace bsn::node
