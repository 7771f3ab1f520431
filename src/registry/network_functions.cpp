// City nodes: what the operators decide together.

#include <algorithm>

#include <fmt/format.h>

#include "base/codec.hpp"
#include "registry/functions.hpp"

namespace bsn::registry {
namespace {

/// Notes that the calling operator agrees to this change; true once enough do.
Result<bool> enough_agree(Context& context) {
    BSN_TRY(all, settings(context));
    Writer change;
    change.text(context.call().function);
    for (const Bytes& argument : context.call().arguments) change.bytes(argument);
    Bytes key = approval_key(crypto::hash(crypto::HashId::sha256, change.view()));
    BSN_TRY(stored, context.get(key));
    std::vector<ledger::ParticipantId> agreed;
    if (stored) {
        BSN_TRY(decoded, decode_settings(*stored));
        agreed = decoded.operators;
    }
    const ledger::ParticipantId& operator_id = context.call().caller;
    if (std::find(agreed.begin(), agreed.end(), operator_id) != agreed.end()) {
        return refuse("you have agreed to this change already; other operators have to");
    }
    agreed.push_back(operator_id);
    if (agreed.size() >= all.approvals) {
        context.erase(key);
        return true;
    }
    context.put(key, encode(Settings{all.approvals, agreed}));
    return false;
}

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

/// Whether the channel's present peers can still certify the handover without the node.
Status require_quorum_without(const ledger::EpochRecord& epoch, std::string_view what) {
    if (epoch.peers.size() - 1 >= epoch.quorum()) return {};
    return refuse(fmt::format("{} has {} peers and needs {} of them; give it further city nodes "
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
    if (!agreed) return to_bytes("agreed; further operators have to");

    std::uint64_t from = context.call().order_height + 1;
    BSN_TRY(stored, context.get(system_epoch_key()));
    if (!stored) return Error{Code::corrupted, "the system epoch is missing"};
    BSN_TRY(system, ledger::EpochRecord::decode(*stored));
    BSN_CHECK(require_quorum_without(system, "the network"));
    ledger::EpochRecord next = without(system, node->id, from);
    context.put(system_epoch_key(), next.encode());
    context.decide(context.call().channel, ledger::EpochControl{next});

    BSN_TRY(apps, all_apps(context));
    for (AppRecord& app : apps) {
        if (!app.epoch.index_of(node->id)) continue;
        BSN_CHECK(require_quorum_without(app.epoch, "app " + app.name));
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
