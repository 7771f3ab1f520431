// Publishing and changing apps.

#include "registry/app_spec.hpp"
#include "registry/functions.hpp"
#include "registry/packaged_code.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace bsn::registry {
namespace {

constexpr std::size_t k_max_reason_bytes = 1024;
/// Contracts of an app, and roles: each change rewrites the app's record.
constexpr std::size_t k_max_of_app = 100;
constexpr std::size_t k_max_nodes_of_app = 1000;

/// The node key for a suite: nodes list theirs in the order of the suites' numbers.
const crypto::PublicKeyBytes& key_for(const NodeRecord& node, crypto::SuiteId suite) {
    return node.keys.at(static_cast<std::size_t>(suite) - 1);
}

/// The peers of an app on the nodes that its publisher chose; all of them if none is named.
Result<std::vector<ledger::EpochPeer>> peers_on(const Context& context,
                                                const std::vector<std::string>& names,
                                                crypto::SuiteId suite) {
    BSN_TRY(nodes, all_nodes(context));
    std::erase_if(nodes, [](const NodeRecord& node) { return node.state != NodeState::active; });
    std::vector<ledger::EpochPeer> peers;
    auto add = [&](const NodeRecord& node) {
        peers.push_back({node.id, node.name, node.operator_name, {key_for(node, suite)}});
    };
    if (names.empty()) std::for_each(nodes.begin(), nodes.end(), add);
    for (const std::string& name : names) {
        auto node = std::find_if(nodes.begin(), nodes.end(),
                                 [&](const NodeRecord& one) { return one.name == name; });
        if (node == nodes.end()) {
            std::vector<std::string> known;
            for (const NodeRecord& one : nodes) known.push_back(one.name);
            return refuse(fmt::format("there is no city node '{}'; there are {}", name,
                                      fmt::join(known, ", ")));
        }
        add(*node);
    }
    std::sort(peers.begin(), peers.end(),
              [](const auto& a, const auto& b) { return a.node < b.node; });
    auto twice = std::adjacent_find(peers.begin(), peers.end(),
                                    [](const auto& a, const auto& b) { return a.node == b.node; });
    if (twice != peers.end())
        return refuse(fmt::format("city node {} is named twice", twice->name));
    if (peers.empty()) return refuse("the network has no active city node");
    return peers;
}

Result<ledger::EpochRecord> first_epoch(const Context& context, const AppSpec& spec,
                                        const ledger::ChannelId& channel) {
    ledger::EpochRecord epoch;
    epoch.channel = channel;
    epoch.from_order_height = context.call().order_height;
    epoch.suites = {spec.suite};
    BSN_TRY(peers, peers_on(context, spec.nodes, spec.suite));
    epoch.peers = std::move(peers);
    return epoch;
}

Status require_publisher(Context& context) {
    BSN_TRY(publisher, caller(context));
    BSN_TRY(is_op, is_operator(context));
    if (is_op || publisher.may_publish) return {};
    return refuse(
        "only operators, and participants whom an operator let publish (function "
        "set_publisher), may publish apps");
}

void announce(Context& context, const AppRecord& app) {
    context.emit("app_created", {to_bytes(app.channel.view())}, app.epoch.encode());
    if (app.is_foreign()) return;  // no replica takes decisions about it
    context.decide(app.channel,
                   ledger::AppControl{app.name, app.suite, app.state_type, app.publisher});
    if (app.dialect) context.decide(app.channel, ledger::DialectControl{*app.dialect});
    context.decide(app.channel, ledger::EpochControl{app.epoch});
    for (const auto& contract : app.contracts) context.decide(app.channel, contract);
    for (const auto& role : app.roles) context.decide(app.channel, role);
    context.decide(app.channel, ledger::StateControl{});
}

/// Chain ids by default are of this size and more, above those of the known public chains.
constexpr std::uint64_t k_first_own_chain_id = 1'000'000'000'000;

/// Gives an app the chain id or group that its description leaves open, and refuses one that
/// another app has: a transaction signed for one could be executed by the other.
Status settle_chain(const Context& context, const ledger::ChannelId& channel,
                    ledger::DialectSettings& settings) {
    std::map<std::pair<std::uint64_t, std::uint64_t>, std::string> taken;  // by chain and group
    BSN_TRY(apps, all_apps(context));
    for (const AppRecord& app : apps) {
        if (!app.dialect || app.dialect->dialect != settings.dialect) continue;
        taken.emplace(std::pair(app.dialect->chain_id, app.dialect->group), app.name);
    }
    if (settings.chain_id == 0) {
        std::uint64_t low = 0;
        for (std::size_t i = 0; i < 5; ++i) low = low << 8 | channel.data()[i];
        settings.chain_id = k_first_own_chain_id + low;
    }
    const bool fisco = settings.dialect == ledger::Dialect::fisco;
    if (fisco && settings.group == 0) {
        settings.group = 1;
        while (taken.contains({settings.chain_id, settings.group})) ++settings.group;
    }
    auto found = taken.find({settings.chain_id, settings.group});
    if (found == taken.end()) return {};
    return refuse(fmt::format("app {} has {} {} already; choose another, or leave it out",
                              found->second, fisco ? "group" : "chain id",
                              fisco ? settings.group : settings.chain_id));
}

Status require_publisher_or_operator(const Context& context, const AppRecord& app) {
    BSN_TRY(is_op, is_operator(context));
    if (is_op || app.publisher == context.call().caller) return {};
    return refuse(fmt::format("only its publisher or an operator may do that to app {}", app.name));
}

Status set_state(Context& context, const std::string& name, ledger::AppState state,
                 std::string reason) {
    BSN_TRY(app, find_app(context, name));
    BSN_CHECK(require_publisher_or_operator(context, app));
    if (reason.size() > k_max_reason_bytes) {
        return refuse(fmt::format("a reason has at most {} bytes", k_max_reason_bytes));
    }
    if (app.state == state) {
        return refuse(fmt::format("app {} is {} already", name,
                                  state == ledger::AppState::active ? "active" : "suspended"));
    }
    app.state = state;
    app.reason = std::move(reason);
    context.decide(app.channel, ledger::StateControl{app.state, app.reason});
    put_app(context, app);
    return {};
}

}  // namespace

Result<Bytes> publish_app(Context& context) {
    BSN_CHECK(require_publisher(context));
    BSN_TRY(arguments, text_arguments(context, 1, 1));
    BSN_TRY(spec, parse_app_spec(arguments[0]));
    BSN_TRY(existing, context.get(app_key(spec.name)));
    if (existing) return refuse(fmt::format("there is an app '{}' already", spec.name));
    AppRecord app;
    app.channel = ledger::channel_created_by(context.call().network, context.call().transaction);
    app.creation = context.call().transaction;
    app.name = spec.name;
    app.description = spec.description;
    app.framework = spec.framework;
    app.suite = spec.suite;
    app.publisher = context.call().caller;
    app.open_to_join = spec.open_to_join;
    app.contracts = spec.contracts;
    app.roles = spec.roles;
    app.state_type = spec.state_type;
    app.dialect = spec.dialect;
    app.network = spec.network;
    app.fabric_network = spec.fabric_network;
    app.gateway = spec.gateway;
    if (app.dialect) BSN_CHECK(settle_chain(context, app.channel, *app.dialect));
    app.created = context.call().time;
    BSN_TRY(epoch, first_epoch(context, spec, app.channel));
    app.epoch = std::move(epoch);
    if (spec.fabric) {
        BSN_TRY(fabric, settle_fabric(context, *spec.fabric, spec.nodes, app.epoch));
        app.fabric = std::move(fabric);
    }
    put_app(context, app);
    announce(context, app);
    MemberRecord publisher{app.publisher, MembershipState::approved, {}};
    for (const auto& role : app.roles) {
        if (!role.is_public) publisher.roles.push_back(role.name);
    }
    if (context.call().signer.suite == app.suite) {
        BSN_CHECK(put_member(context, app, publisher));
    }
    return to_bytes(to_hex(app.channel));
}

/// Other code of a package is another type, in the same language.
bool keeps_type(const ledger::ContractControl& before, const ledger::ContractControl& after) {
    const auto old_code = packaged_code(before.type);
    const auto new_code = packaged_code(after.type);
    if (old_code && new_code) return old_code->language == new_code->language;
    return before.type == after.type;
}

Result<Bytes> upgrade_contract(Context& context) {
    BSN_TRY(arguments, text_arguments(context, 4, 4));
    BSN_TRY(app, own_app(context, arguments[0]));
    if (app.dialect || app.network) {
        return refuse(
            fmt::format("app {} is of framework {}: its contracts are deployed by "
                        "transactions of its own",
                        app.name, app.framework));
    }
    std::uint32_t version = 0;
    const std::string& number = arguments[3];
    auto [end, failure] = std::from_chars(number.data(), number.data() + number.size(), version);
    if (failure != std::errc{} || end != number.data() + number.size()) {
        return refuse(fmt::format("'{}' is no version number", number));
    }
    if (app.fabric_network) {
        return refuse(fmt::format("app {} is of framework {}, whose contracts stay as published",
                                  app.name, app.framework));
    }
    ledger::ContractControl next{arguments[1], arguments[2], version};
    BSN_CHECK(check_contract(next, app.framework));
    auto found = std::find_if(app.contracts.begin(), app.contracts.end(),
                              [&](const auto& one) { return one.name == next.name; });
    if (found == app.contracts.end()) {
        if (app.contracts.size() >= k_max_of_app) return refuse("the app has too many contracts");
        app.contracts.push_back(next);
    } else if (!keeps_type(*found, next)) {
        return refuse(fmt::format("contract {} is of type {}; an upgrade keeps the {}", next.name,
                                  found->type, packaged_code(found->type) ? "language" : "type"));
    } else if (found->version >= next.version) {
        return refuse(
            fmt::format("contract {} is in version {} already", next.name, found->version));
    } else {
        *found = next;
    }
    // The organisations of a channel of Fabric define it there; no replica takes the decision.
    if (!app.fabric) context.decide(app.channel, next);
    put_app(context, app);
    return Bytes{};
}

Result<Bytes> set_role(Context& context) {
    BSN_TRY(arguments, text_arguments(context, 2, 2));
    BSN_TRY(app, own_app(context, arguments[0]));
    BSN_TRY(role, parse_role(arguments[1]));
    auto found = std::find_if(app.roles.begin(), app.roles.end(),
                              [&](const auto& one) { return one.name == role.name; });
    if (found == app.roles.end()) {
        if (app.roles.size() >= k_max_of_app) return refuse("the app has too many roles");
        app.roles.push_back(role);
    } else {
        *found = role;
    }
    context.decide(app.channel, role);
    put_app(context, app);
    return Bytes{};
}

Result<Bytes> set_gateway(Context& context) {
    BSN_TRY(arguments, text_arguments(context, 2, 2));
    BSN_TRY(app, own_app(context, arguments[0]));
    BSN_TRY(gateway, parse_gateway(arguments[1]));
    app.gateway = gateway;
    put_app(context, app);
    return Bytes{};
}

Result<Bytes> set_nodes(Context& context) {
    BSN_TRY(arguments, text_arguments(context, 2, k_max_nodes_of_app + 1));
    BSN_TRY(app, find_app(context, arguments[0]));
    BSN_CHECK(require_publisher_or_operator(context, app));
    if (app.fabric) {
        return refuse(fmt::format(
            "app {} is of framework fabric, whose city nodes stay as published", app.name));
    }
    const std::vector<std::string> names(arguments.begin() + 1, arguments.end());
    BSN_TRY(peers, peers_on(context, names, app.suite));
    if (peers == app.epoch.peers) {
        return refuse(fmt::format("app {} is on these city nodes already", app.name));
    }
    // A block hands over to one epoch only.
    const std::uint64_t now = context.call().order_height;
    if (app.epoch.from_order_height >= now) {
        return refuse(fmt::format("the nodes of app {} have just changed; try again", app.name));
    }
    app.epoch.epoch += 1;
    app.epoch.from_order_height = now + 1;
    app.epoch.peers = std::move(peers);
    context.decide(app.channel, ledger::EpochControl{app.epoch});
    put_app(context, app);
    context.emit("app_nodes_changed", {to_bytes(app.channel.view())}, app.epoch.encode());
    return Bytes{};
}

Result<Bytes> suspend_app(Context& context) {
    BSN_TRY(arguments, text_arguments(context, 1, 2));
    BSN_CHECK(set_state(context, arguments[0], ledger::AppState::suspended,
                        arguments.size() > 1 ? arguments[1] : ""));
    return Bytes{};
}

Result<Bytes> resume_app(Context& context) {
    BSN_TRY(arguments, text_arguments(context, 1, 1));
    BSN_CHECK(set_state(context, arguments[0], ledger::AppState::active, ""));
    return Bytes{};
}

}  // namespace bsn::registry
