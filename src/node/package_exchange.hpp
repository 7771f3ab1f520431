#pragma once
// Packages of contracts between city nodes: a node that lacks one asks the others.

#include "gateway/forwarding/forwarder.hpp"
#include "registry/view.hpp"

#include <atomic>
#include <memory>

namespace bsn::node {

/// Any thread may call any member. All outlive it.
class PackageExchange {
  public:
    /// `gateways`: null where requests are not handed on.
    PackageExchange(const registry::View& view, const ledger::NodeId& own,
                    gateway::Forwarder* gateways)
        : view_(view), own_(own), gateways_(gateways) {}

    /// Asks those nodes first whose apps name the package, then all others. `unavailable`, naming
    /// who was asked, if none gives it. What a node gives is not checked here.
    Result<Bytes> fetch(const ledger::Hash& digest) const;
    /// Ends waiting: a node that stops is given nothing any more.
    void close() { closed_ = true; }

  private:
    std::vector<registry::NodeRecord> others(const ledger::Hash& digest) const;
    Result<Bytes> ask(const ledger::NodeId& node, const ledger::Hash& digest) const;

    const registry::View& view_;
    const ledger::NodeId own_;
    gateway::Forwarder* const gateways_;
    std::atomic<bool> closed_{false};
};

}  // namespace bsn::node
