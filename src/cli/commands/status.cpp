// bsn status: the nodes, their chains, the order, the clocks, and what trust rests on.

#include "cli/commands/commands.hpp"
#include "cli/network_status.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

std::string uptime_text(std::uint64_t millis) {
    std::uint64_t seconds = millis / 1000;
    if (seconds < 120) return fmt::format("{} s", seconds);
    if (seconds < 7200) return fmt::format("{} min", seconds / 60);
    if (seconds < 172'800) return fmt::format("{} h", seconds / 3600);
    return fmt::format("{} d", seconds / 86'400);
}

bool has_alarm(const NodeAnswer& node) {
    for (const Json& chain : node.status.value("chains", Json::array())) {
        if (!text_of(chain, "alarm").empty()) return true;
    }
    return false;
}

void print_nodes(Output& out, const NetworkStatus& network) {
    std::vector<std::vector<std::string>> rows;
    for (const NodeAnswer& node : network.nodes) {
        if (!node.is_up()) {
            rows.push_back({"?", "", "", node.url, "", "", "", "down"});
            continue;
        }
        const Json& status = node.status;
        auto lag = network.lag(node);
        rows.push_back({text_of(status, "name"), text_of(status, "city"),
                        text_of(status, "operator"), node.url, text_of(status, "version"),
                        uptime_text(number_of(status, "uptime_ms")),
                        lag ? std::to_string(*lag) : "-", has_alarm(node) ? "ALARM" : "up"});
    }
    out.table({"NODE", "CITY", "OPERATOR", "ADDRESS", "VERSION", "UP FOR", "LAG", "STATE"}, rows);
}

std::string block_age_text(const Json& order) {
    if (!order.contains("block_age_ms")) return "-";
    return fmt::format("{:.1f} s ago",
                       static_cast<double>(number_of(order, "block_age_ms")) / 1000);
}

std::string validator_text(const Json& order) {
    const std::uint64_t validators = number_of(order, "validators");
    if (validators == 0) return "one orderer";
    if (order.contains("follows")) {
        const std::string followed = text_of(order, "follows");
        return fmt::format("no, follows {}", followed.empty() ? "nobody" : followed);
    }
    return fmt::format("{}, of {}", order.value("is_validator", false) ? "yes" : "no", validators);
}

std::string links_text(const Json& status) {
    std::size_t all = 0;
    std::size_t connected = 0;
    for (const Json& link : status.value("links", Json::array())) {
        ++all;
        if (link.value("connected", false)) ++connected;
    }
    return all == 0 ? "in one process" : fmt::format("{} of {}", connected, all);
}

std::string clock_text(const NodeAnswer& node) {
    if (!node.clock) return "-";
    return fmt::format("{:+} ms ±{}", node.clock->ms, node.clock->error_ms);
}

void print_ordering(Output& out, const NetworkStatus& network) {
    std::vector<std::vector<std::string>> rows;
    for (const NodeAnswer& node : network.nodes) {
        if (!node.is_up()) continue;
        const Json order = node.status.value("order", Json::object());
        const std::string trouble = text_of(order, "trouble");
        rows.push_back({node.name(), std::to_string(number_of(node.status, "order_height")),
                        std::to_string(network.order_lag(node)), block_age_text(order),
                        validator_text(order), links_text(node.status), clock_text(node),
                        trouble.empty() ? "good" : trouble});
    }
    out.table({"ORDER AT", "HEIGHT", "LAG", "LAST", "VALIDATOR", "LINKS", "CLOCK", "HEALTH"}, rows);
}

/// A number of each node that runs the app, in the order of the nodes.
std::string side_by_side(const NetworkStatus& network, const std::string& app, const char* key) {
    std::string text;
    for (const NodeAnswer& node : network.nodes) {
        const Json* chain = node.chain(app);
        if (!text.empty()) text += ' ';
        text += chain != nullptr ? std::to_string(number_of(*chain, key)) : "-";
    }
    return text;
}

void print_chains(Output& out, const NetworkStatus& network) {
    std::vector<std::vector<std::string>> rows;
    for (const std::string& app : network.apps()) {
        std::string state;
        std::string quorum;
        std::string transactions = "-";  // chains of others do not count them
        std::uint64_t most = 0;
        for (const NodeAnswer& node : network.nodes) {
            const Json* chain = node.chain(app);
            if (chain == nullptr) continue;
            // One node where it has stopped, or is not open yet, is what must be seen.
            const std::string here = text_of(*chain, "state");
            const bool kept = state == "stopped" || (state == "opening" && here != "stopped");
            if (!kept) state = here;
            quorum =
                fmt::format("{} of {}", number_of(*chain, "quorum"), number_of(*chain, "peers"));
            if (!chain->contains("transactions")) continue;
            most = std::max(most, number_of(*chain, "transactions"));
            transactions = std::to_string(most);
        }
        rows.push_back({app, state, quorum, side_by_side(network, app, "certified"),
                        side_by_side(network, app, "height"), transactions});
    }
    out.table({"APP", "STATE", "QUORUM", "CERTIFIED BLOCK (each node)", "EXECUTED (each node)",
               "TRANSACTIONS"},
              rows);
}

void print_findings(Output& out, const std::vector<Finding>& findings) {
    if (findings.empty()) return;
    out.text("");
    for (const Finding& one : findings) {
        out.text(fmt::format("! {}: {}", one.node, one.what));
        out.text(fmt::format("  → {}", one.advice));
    }
}

Json node_json(const NetworkStatus& network, const NodeAnswer& node) {
    Json json{{"url", node.url}, {"up", node.is_up()}};
    if (!node.is_up()) {
        json["failure"] = node.failure;
        return json;
    }
    json["lag"] = network.lag(node).value_or(0);
    json["order_lag"] = network.order_lag(node);
    if (node.clock) {
        json["clock_offset_ms"] = node.clock->ms;
        json["clock_error_ms"] = node.clock->error_ms;
    }
    json["status"] = node.status;
    return json;
}

Json to_json(const NetworkStatus& network, const std::vector<Finding>& findings) {
    Json nodes = Json::array();
    for (const NodeAnswer& node : network.nodes) nodes.push_back(node_json(network, node));
    Json found = Json::array();
    for (const Finding& one : findings) {
        found.push_back({{"node", one.node}, {"what", one.what}, {"advice", one.advice}});
    }
    return {{"nodes", nodes}, {"clock_skew_ms", network.clock_skew_ms()}, {"findings", found}};
}

Outcome status(Context& context) {
    BSN_TRY(api, context.client(Context::Signing::no));
    BSN_TRY(genesis, context.genesis());
    const NetworkStatus network = ask_all_nodes(*api);
    const std::vector<Finding> findings = network.findings();
    const NodeAnswer* up = network.first_up();
    const NodeAnswer* down = network.first_down();
    const std::string id = to_hex(api->network().view());
    Output& out = context.out();
    Json json{{"network", id},
              {"name", genesis->name},
              {"trust", up != nullptr ? text_of(up->status, "trust") : ""}};
    json.update(to_json(network, findings));
    out.json(json);
    if (up == nullptr) {
        return Error{
            Code::unavailable,
            fmt::format("no node answers ({}); start the network with `bsn up`", down->failure)};
    }
    out.fields({{"network", fmt::format("{} ({})", genesis->name, id)},
                {"trust", text_of(up->status, "trust")}});
    out.text("");
    print_nodes(out, network);
    out.text("");
    print_ordering(out, network);
    out.text("");
    print_chains(out, network);
    print_findings(out, findings);
    if (down != nullptr) {
        return Error{Code::unavailable,
                     fmt::format("{} is down ({}); look into its log, or start it anew", down->url,
                                 down->failure)};
    }
    for (const Finding& one : findings) {
        if (!one.is_alarm) continue;
        return Error{Code::corrupted, fmt::format("{}: {}; {}", one.node, one.what, one.advice)};
    }
    return Exit::done;
}

}  // namespace

void add_status_command(Commands& commands) {
    CLI::App* command =
        commands.add(nullptr, "status", "What runs, and what trust rests on", "bsn status");
    commands.on(command, [](Context& context) { return status(context); });
}

}  // namespace bsn::cli
