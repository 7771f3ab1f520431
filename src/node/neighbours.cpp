#include "node/neighbours.hpp"

namespace bsn::node {
namespace {

using registry::NodeRecord;
using registry::NodeState;

/// Ordering heights (some ten a second, or one) for which one that has left is still listened to.
constexpr std::uint64_t k_farewell_heights = 100;

}  // namespace

bool may_talk(const NodeRecord& node, std::uint64_t order_height) {
    if (node.is_member()) return true;
    return node.state == NodeState::left && order_height < node.left_from + k_farewell_heights;
}

Neighbours Neighbours::of(const std::vector<NodeAddress>& settings) {
    Neighbours all;
    for (const NodeAddress& other : settings) {
        all.names[other.id] = other.name;
        all.peers[other.id] = other.peers;
        if (!other.ordering.empty()) all.ordering[other.id] = other.ordering;
    }
    return all;
}

Neighbours Neighbours::of(const std::vector<NodeAddress>& settings, const registry::View& view,
                          const ledger::NodeId& own, std::uint64_t order_height) {
    Neighbours all = of(settings);
    for (const NodeRecord& node : view.nodes()) {
        all.names[node.id] = node.name;
        if (!may_talk(node, order_height)) {
            all.peers.erase(node.id);
            all.ordering.erase(node.id);
            continue;
        }
        if (!node.peers.empty()) all.peers.try_emplace(node.id, node.peers);
        if (!node.ordering.empty()) all.ordering.try_emplace(node.id, node.ordering);
    }
    all.peers.erase(own);
    all.ordering.erase(own);
    return all;
}

std::vector<std::string> Neighbours::engines() const {
    std::vector<std::string> addresses;
    addresses.reserve(ordering.size());
    for (const auto& [node, address] : ordering) addresses.push_back(address);
    return addresses;
}

}  // namespace bsn::node
