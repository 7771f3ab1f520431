#include "registry/node_changes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::registry {

void put_node(Context& context, const NodeRecord& node) {
    context.put(node_key(node.id), encode(node));
}

Result<NodeRecord> find_node(const std::vector<NodeRecord>& nodes, const std::string& text) {
    const NodeRecord* found = nullptr;
    for (const NodeRecord& one : nodes) {
        if (one.name != text && to_hex(one.id) != text) continue;
        if (found == nullptr || one.is_member()) found = &one;
    }
    if (found == nullptr) return refuse(fmt::format("there is no city node '{}'", text));
    return *found;
}

Result<NodeRecord> calling_node(const Context& context) {
    const crypto::PublicKey& signer = context.call().signer;
    if (signer.suite == crypto::SuiteId::secp256r1) {
        BSN_TRY(stored, context.get(node_key(ledger::node_id_of(signer.bytes))));
        if (stored) return decode_node(*stored);
    }
    return refuse(fmt::format("{} is for city nodes, which sign with their secp256r1 keys",
                              context.call().function));
}

Status check_can_go(const NodeRecord& node) {
    if (node.state == NodeState::revoked) {
        return refuse(fmt::format("city node {} is revoked already", node.name));
    }
    if (node.state == NodeState::left) {
        return refuse(fmt::format("city node {} has left already", node.name));
    }
    return {};
}

Status check_order_without(const std::vector<NodeRecord>& nodes, const NodeRecord& node) {
    if (node.validator.empty()) return {};
    const bool others = std::any_of(nodes.begin(), nodes.end(), [&](const NodeRecord& one) {
        return one.id != node.id && one.state == NodeState::active && !one.validator.empty();
    });
    if (others) return {};
    return refuse(
        fmt::format("city node {} is the network's only validator; nothing would be "
                    "ordered without it",
                    node.name));
}

Status require_quorum_without(const ledger::EpochRecord& epoch, std::uint64_t order_height,
                              std::string_view what) {
    BSN_CHECK(require_settled(epoch, order_height, what));
    if (epoch.peers.size() - 1 >= epoch.quorum()) return {};
    return refuse(
        fmt::format("{} has {} peers and needs {} of them; give it further city nodes "
                    "before this one goes",
                    what, epoch.peers.size(), epoch.quorum()));
}

Status require_settled(const ledger::EpochRecord& epoch, std::uint64_t order_height,
                       std::string_view what) {
    if (epoch.from_order_height < order_height) return {};
    return refuse(fmt::format("the peers of {} have just changed; try again", what));
}

ledger::EpochRecord next_epoch(ledger::EpochRecord epoch, std::uint64_t from_order_height) {
    epoch.epoch += 1;
    epoch.from_order_height = from_order_height;
    return epoch;
}

Result<ledger::EpochRecord> system_epoch(const Context& context) {
    BSN_TRY(stored, context.get(system_epoch_key()));
    if (!stored) return Error{Code::corrupted, "the system epoch is missing"};
    return ledger::EpochRecord::decode(*stored);
}

void decide_system_epoch(Context& context, const ledger::EpochRecord& next) {
    context.put(system_epoch_key(), next.encode());
    context.decide(context.call().channel, ledger::EpochControl{next});
}

void insert_peer(ledger::EpochRecord& epoch, const NodeRecord& node) {
    ledger::EpochPeer peer{node.id, node.name, node.operator_name, {}};
    for (crypto::SuiteId suite : epoch.suites) {
        // Nodes list their keys in the order of the suites' numbers.
        peer.keys.push_back(node.keys.at(static_cast<std::size_t>(suite) - 1));
    }
    auto place =
        std::lower_bound(epoch.peers.begin(), epoch.peers.end(), peer,
                         [](const auto& one, const auto& other) { return one.node < other.node; });
    epoch.peers.insert(place, std::move(peer));
}

void erase_peer(ledger::EpochRecord& epoch, const ledger::NodeId& node) {
    std::erase_if(epoch.peers, [&](const auto& peer) { return peer.node == node; });
}

}  // namespace bsn::registry
