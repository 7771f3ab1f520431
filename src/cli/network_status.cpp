#include "cli/network_status.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

namespace bsn::cli {
namespace {

constexpr std::uint64_t k_answer_ms = 3'000;

/// What stands in an alarm, and what to do then. The first that fits.
constexpr std::array<std::pair<std::string_view, std::string_view>, 19> k_advice{{
    {"identity on the Fabric network", "do so there; the node goes on by itself"},
    {"are not installed", "install them there; the node goes on by itself"},
    {"needed are programs of Fabric", "install those there; the node goes on by itself"},
    {"there is no program", "install Fabric there anew; the node goes on by itself"},
    {"data of this channel is gone", "restore the node's backup; see docs/operations.md, alarms"},
    {"renews it", "restart the node at a time that suits you"},
    {"certificate authority of this node's Fabric", "see docs/operations.md, alarms"},
    {"peer of Fabric", "see fabric/peer/log in the node's folder"},
    {"orderer of Fabric", "see fabric/orderer/log in the node's folder"},
    {"free space", "free space on its disk; writes go on by themselves then"},
    {"takes no more records", "check its disk and the system log, then restart the node"},
    {"cannot write any more", "check its disk and the system log, then restart the node"},
    {"voided a batch", "restart the node: it makes the channel anew"},
    {"peers disagree", "wait a minute; if it stays, keep the nodes' folders and report it"},
    {"diverged", "keep a copy of its folder and report it, then move its data/ away and restart"},
    {"damaged", "move its data away, or restore a backup, and restart (one node at a time)"},
    {"nothing has been ordered", "start the nodes that are down, and look at the links"},
    {"CometBFT does not answer", "see cometbft/cometbft.log in the node's folder"},
    {"cometbft ", "see cometbft/cometbft.log in the node's folder"},
}};

NodeAnswer ask(NodeClient& api, std::size_t number) {
    NodeAnswer answer;
    answer.url = api.endpoints()[number].url();
    // The first call opens the connection, which would count as part of the way.
    auto status = api.get_from(number, "/v1/status", k_answer_ms);
    const SystemClock clock;
    const UnixMillis asked = clock.now();
    if (status) status = api.get_from(number, "/v1/status", k_answer_ms);
    const UnixMillis answered = clock.now();
    if (!status) {
        answer.failure = status.error().message;
    } else if (text_of(*status, "network") != to_hex(api.network().view())) {
        answer.failure = "belongs to another network than the pinned genesis file";
    } else {
        answer.status = std::move(*status);
        const UnixMillis theirs = number_of(answer.status, "time");
        if (theirs != 0) answer.clock = ClockOffset::of(theirs, asked, answered);
    }
    return answer;
}

void find_alarms(const NodeAnswer& node, std::vector<Finding>& findings) {
    for (const Json& chain : node.status.value("chains", Json::array())) {
        std::string alarm = text_of(chain, "alarm");
        if (alarm.empty()) continue;
        findings.push_back({node.name(), fmt::format("{}: {}", text_of(chain, "app"), alarm),
                            alarm_advice(alarm), true});
    }
}

/// Chains that are on their way.
void find_steps(const NodeAnswer& node, std::vector<Finding>& findings) {
    for (const Json& chain : node.status.value("chains", Json::array())) {
        const std::string step = text_of(chain, "step");
        if (step.empty() || !text_of(chain, "alarm").empty()) continue;
        findings.push_back({node.name(), fmt::format("{}: {}", text_of(chain, "app"), step),
                            "wait; the node goes on by itself"});
    }
}

/// Each node may have seen it; it is told of once.
void find_double_signers(const std::vector<NodeAnswer>& nodes, std::vector<Finding>& findings) {
    std::map<std::string, std::uint64_t> last;
    for (const NodeAnswer& node : nodes) {
        if (!node.is_up() || !node.status.contains("order")) continue;
        for (const Json& one : node.status["order"].value("double_signers", Json::array())) {
            std::uint64_t& height = last[text_of(one, "node")];
            height = std::max(height, number_of(one, "height"));
        }
    }
    for (const auto& [node, height] : last) {
        findings.push_back(
            {node, fmt::format("its validator signed two blocks for ordering height {}", height),
             "two programs have its key, or it lies: stop them, find out which, or revoke the node",
             true});
    }
}

/// That nobody can reach a node which is down need not be said again.
void find_broken_links(const NodeAnswer& node, const std::set<std::string>& up,
                       std::vector<Finding>& findings) {
    for (const Json& link : node.status.value("links", Json::array())) {
        if (link.value("connected", false) || !up.contains(text_of(link, "node"))) continue;
        findings.push_back({node.name(),
                            fmt::format("has no connection to {}", text_of(link, "name")),
                            "is its address in node.yaml right, and its port open?"});
    }
}

}  // namespace

ClockOffset ClockOffset::of(UnixMillis theirs, UnixMillis asked, UnixMillis answered) {
    const std::uint64_t way = answered - std::min(asked, answered);
    const auto middle = static_cast<std::int64_t>(asked + way / 2);
    return {static_cast<std::int64_t>(theirs) - middle, (way + 1) / 2};
}

std::string NodeAnswer::name() const {
    std::string known = is_up() ? text_of(status, "name") : "";
    return known.empty() ? url : known;
}

const Json* NodeAnswer::chain(const std::string& app) const {
    if (!is_up() || !status.contains("chains")) return nullptr;
    for (const Json& one : status["chains"]) {
        if (text_of(one, "app") == app) return &one;
    }
    return nullptr;
}

const NodeAnswer* NetworkStatus::first_up() const {
    auto found = std::find_if(nodes.begin(), nodes.end(), [](auto& node) { return node.is_up(); });
    return found == nodes.end() ? nullptr : &*found;
}

const NodeAnswer* NetworkStatus::first_down() const {
    auto found = std::find_if(nodes.begin(), nodes.end(), [](auto& node) { return !node.is_up(); });
    return found == nodes.end() ? nullptr : &*found;
}

std::vector<std::string> NetworkStatus::apps() const {
    std::vector<std::string> apps;
    for (const NodeAnswer& node : nodes) {
        if (!node.is_up()) continue;
        for (const Json& chain : node.status.value("chains", Json::array())) {
            std::string app = text_of(chain, "app");
            if (std::find(apps.begin(), apps.end(), app) == apps.end()) apps.push_back(app);
        }
    }
    return apps;
}

std::uint64_t NetworkStatus::highest_certified(const std::string& app) const {
    std::uint64_t highest = 0;
    for (const NodeAnswer& node : nodes) {
        if (const Json* chain = node.chain(app)) {
            highest = std::max(highest, number_of(*chain, "certified"));
        }
    }
    return highest;
}

std::optional<std::uint64_t> NetworkStatus::lag(const NodeAnswer& node,
                                                const std::string& app) const {
    const Json* chain = node.chain(app);
    if (chain == nullptr) return std::nullopt;
    return highest_certified(app) - number_of(*chain, "certified");
}

std::optional<std::uint64_t> NetworkStatus::lag(const NodeAnswer& node) const {
    std::optional<std::uint64_t> most;
    for (const std::string& app : apps()) most = std::max(most, lag(node, app));
    return most;
}

std::uint64_t NetworkStatus::order_lag(const NodeAnswer& node) const {
    std::uint64_t highest = 0;
    for (const NodeAnswer& one : nodes) {
        if (one.is_up()) highest = std::max(highest, number_of(one.status, "order_height"));
    }
    return node.is_up() ? highest - number_of(node.status, "order_height") : 0;
}

std::uint64_t NetworkStatus::clock_skew_ms() const {
    std::int64_t most = 0;
    for (const NodeAnswer& one : nodes) {
        for (const NodeAnswer& other : nodes) {
            if (!one.clock || !other.clock) continue;
            const auto error =
                static_cast<std::int64_t>(one.clock->error_ms + other.clock->error_ms);
            most = std::max(most, one.clock->ms - other.clock->ms - error);
        }
    }
    return static_cast<std::uint64_t>(most);
}

std::vector<Finding> NetworkStatus::findings() const {
    std::set<std::string> up;
    for (const NodeAnswer& node : nodes) {
        if (node.is_up()) up.insert(text_of(node.status, "node"));
    }
    std::vector<Finding> findings;
    for (const NodeAnswer& node : nodes) {
        if (!node.is_up()) {
            findings.push_back(
                {node.name(), "down: " + node.failure, "look into its log, or start it anew"});
            continue;
        }
        find_alarms(node, findings);
        find_steps(node, findings);
        find_broken_links(node, up, findings);
    }
    find_double_signers(nodes, findings);
    if (clock_skew_ms() > k_most_clock_skew_ms) {
        findings.push_back({"clocks",
                            fmt::format("the nodes' clocks are {} ms apart, more than {} ms",
                                        clock_skew_ms(), k_most_clock_skew_ms),
                            "let NTP set the clocks of the nodes' machines"});
    }
    return findings;
}

NetworkStatus ask_all_nodes(NodeClient& api) {
    NetworkStatus status;
    for (std::size_t i = 0; i < api.endpoints().size(); ++i) status.nodes.push_back(ask(api, i));
    return status;
}

std::string alarm_advice(std::string_view alarm) {
    for (const auto& [part, advice] : k_advice) {
        if (alarm.find(part) != std::string_view::npos) return std::string(advice);
    }
    return "see docs/operations.md, alarms, and the node's log";
}

}  // namespace bsn::cli
