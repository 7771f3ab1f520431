// City nodes: what the operators decide together.

#include "registry/functions.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::registry {
namespace {

/// The epoch without a node, which no longer counts from the next ordering height on.
ledger::EpochRecord without(ledger::EpochRecord epoch, const ledger::NodeId& node,
                            std::uint64_t from_order_height) {
    epoch.epoch += 1;
    epoch.from_order_height = from_order_height;
    std::erase_if(epoch.peers, [&](const auto& peer) { return peer.node == node; });
    epoch.revoked.push_back({node, from_order_height});
    std::sort(epoch.revoked.begin(), epoch.revoked.end());
    return epoch;
}

/// Whether the channel's present peers can still certify the handover without the node, and no
/// other change of them was decided at this ordering height: a block hands over once.
Status require_quorum_without(const ledger::EpochRecord& epoch, std::uint64_t order_height,
                              std::string_view what) {
    if (epoch.from_order_height >= order_height) {
        return refuse(fmt::format("the peers of {} have just changed; try again", what));
    }
    if (epoch.peers.size() - 1 >= epoch.quorum()) return {};
    return refuse(
        fmt::format("{} has {} peers and needs {} of them; give it further city nodes "
                    "before this one is revoked",
                    what, epoch.peers.size(), epoch.quorum()));
}

}  // namespace

Result<Bytes> revoke_node(Context& context) {
    BSN_CHECK(require_operator(context));
    BSN_TRY(arguments, text_arguments(context, 1, 1));
    BSN_TRY(nodes, all_nodes(context));
    auto node = std::find_if(nodes.begin(), nodes.end(), [&](const NodeRecord& one) {
        return one.name == arguments[0] || to_hex(one.id) == arguments[0];
    });
    if (node == nodes.end()) return refuse(fmt::format("there is no city node '{}'", arguments[0]));
    if (node->revoked_from != 0) {
        return refuse(fmt::format("city node {} is revoked already", node->name));
    }
    BSN_TRY(agreed, enough_agree(context));
    if (!agreed) return to_bytes(k_agreed);

    std::uint64_t from = context.call().order_height + 1;
    BSN_TRY(stored, context.get(system_epoch_key()));
    if (!stored) return Error{Code::corrupted, "the system epoch is missing"};
    BSN_TRY(system, ledger::EpochRecord::decode(*stored));
    BSN_CHECK(require_quorum_without(system, from - 1, "the network"));
    ledger::EpochRecord next = without(system, node->id, from);
    context.put(system_epoch_key(), next.encode());
    context.decide(context.call().channel, ledger::EpochControl{next});

    BSN_TRY(apps, all_apps(context));
    for (AppRecord& app : apps) {
        if (!app.epoch.index_of(node->id)) continue;
        BSN_CHECK(require_quorum_without(app.epoch, from - 1, "app " + app.name));
        app.epoch = without(app.epoch, node->id, from);
        context.decide(app.channel, ledger::EpochControl{app.epoch});
        put_app(context, app);
    }
    node->revoked_from = from;
    context.put(node_key(node->id), encode(*node));
    context.emit("node_revoked", {to_bytes(node->id.view())}, {});
    return to_bytes("revoked");
}

}  // namespace bsn::registry
