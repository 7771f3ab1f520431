// City nodes: revoked by the operators together, or active and gone by their own word.

#include "registry/node_changes.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace bsn::registry {
namespace {

/// The epoch without a node, which no longer counts from the next ordering height on.
ledger::EpochRecord without(const ledger::EpochRecord& epoch, const ledger::NodeId& node,
                            std::uint64_t from_order_height) {
    ledger::EpochRecord next = next_epoch(epoch, from_order_height);
    erase_peer(next, node);
    next.revoked.push_back({node, from_order_height});
    std::sort(next.revoked.begin(), next.revoked.end());
    return next;
}

/// Names of the apps that have the node among their peers.
std::string apps_with(const std::vector<AppRecord>& apps, const ledger::NodeId& node) {
    std::vector<std::string> names;
    for (const AppRecord& app : apps) {
        if (app.epoch.index_of(node)) names.push_back(app.name);
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

Result<Bytes> revoke_node(Context& context) {
    BSN_CHECK(require_operator(context));
    BSN_TRY(arguments, text_arguments(context, 1, 1));
    BSN_TRY(nodes, all_nodes(context));
    BSN_TRY(node, find_node(nodes, arguments[0]));
    BSN_CHECK(check_can_go(node));
    BSN_TRY(agreed, enough_agree(context));
    if (!agreed) return to_bytes(k_agreed);

    std::uint64_t from = context.call().order_height + 1;
    BSN_CHECK(check_order_without(nodes, node));
    BSN_TRY(system, system_epoch(context));
    if (system.index_of(node.id)) {
        BSN_CHECK(require_quorum_without(system, from - 1, "the network"));
        decide_system_epoch(context, without(system, node.id, from));
    }

    BSN_TRY(apps, all_apps(context));
    for (AppRecord& app : apps) {
        if (!app.epoch.index_of(node.id)) continue;
        BSN_CHECK(require_quorum_without(app.epoch, from - 1, "app " + app.name));
        app.epoch = without(app.epoch, node.id, from);
        context.decide(app.channel, ledger::EpochControl{app.epoch});
        put_app(context, app);
    }
    node.revoked_from = from;
    node.state = NodeState::revoked;
    put_node(context, node);
    context.emit("node_revoked", {to_bytes(node.id.view())}, {});
    return to_bytes("revoked");
}

Result<Bytes> activate_node(Context& context) {
    BSN_CHECK(text_arguments(context, 0, 0));
    BSN_TRY(node, calling_node(context));
    if (node.state != NodeState::admitted) {
        return refuse(fmt::format("city node {} is {}, and not admitted", node.name,
                                  node_state_name(node.state)));
    }
    const std::uint64_t from = context.call().order_height + 1;
    BSN_TRY(system, system_epoch(context));
    BSN_CHECK(require_settled(system, from - 1, "the network"));
    if (system.peers.size() >= k_max_nodes) {
        return refuse(
            fmt::format("the network has {} active city nodes already, the most that it "
                        "can have",
                        k_max_nodes));
    }
    ledger::EpochRecord next = next_epoch(system, from);
    insert_peer(next, node);
    decide_system_epoch(context, next);
    node.state = NodeState::active;
    put_node(context, node);
    context.emit("node_activated", {to_bytes(node.id.view())}, {});
    return to_bytes("active");
}

Result<Bytes> leave_node(Context& context) {
    BSN_CHECK(text_arguments(context, 0, 0));
    BSN_TRY(node, calling_node(context));
    BSN_CHECK(check_can_go(node));
    const std::uint64_t from = context.call().order_height + 1;
    BSN_TRY(apps, all_apps(context));
    if (std::string names = apps_with(apps, node.id); !names.empty()) {
        return refuse(
            fmt::format("city node {} carries the apps {}; give them other nodes first, "
                        "with `bsn app nodes`",
                        node.name, names));
    }
    BSN_TRY(nodes, all_nodes(context));
    BSN_CHECK(check_order_without(nodes, node));
    BSN_TRY(system, system_epoch(context));
    if (system.index_of(node.id)) {
        BSN_CHECK(require_quorum_without(system, from - 1, "the network"));
        ledger::EpochRecord next = next_epoch(system, from);
        erase_peer(next, node.id);
        decide_system_epoch(context, next);
    }
    node.state = NodeState::left;
    node.left_from = from;
    put_node(context, node);
    context.emit("node_left", {to_bytes(node.id.view())}, {});
    return to_bytes("left");
}

}  // namespace bsn::registry
