#pragma once
// Whom a node connects to. Inside the module.

#include "node/node_settings.hpp"
#include "registry/view.hpp"

#include <map>

namespace bsn::node {

/// Whether a node may talk to others, and they to it, at an ordering height: a member of the
/// network, or one that has left a moment ago. The latter still needs the others' votes on the
/// block with which it left.
bool may_talk(const registry::NodeRecord& node, std::uint64_t order_height);

/// Where the other nodes of the network are reached: those that the permission chain knows and has
/// not seen go, and those of `node.yaml`, whose addresses go before the chain's.
struct Neighbours {
    std::map<ledger::NodeId, std::string> peers;     ///< host:port
    std::map<ledger::NodeId, std::string> ordering;  ///< `ID@host:port`
    std::map<ledger::NodeId, std::string> names;     ///< for people

    /// As `node.yaml` alone says.
    static Neighbours of(const std::vector<NodeAddress>& settings);
    static Neighbours of(const std::vector<NodeAddress>& settings, const registry::View& view,
                         const ledger::NodeId& own, std::uint64_t order_height);
    /// The addresses of the others' CometBFT.
    std::vector<std::string> engines() const;
};

}  // namespace bsn::node
