#include "cli/network_file.hpp"

#include "base/config.hpp"
#include "cli/keyring.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace bsn::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t k_max_name_bytes = 64;  // of what stands in a certificate
constexpr std::uint64_t k_most_port = 65535;

/// A name that may also be that of a folder.
bool is_folder_name(std::string_view name) {
    constexpr std::string_view k_letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
    return !name.empty() && name.size() <= k_max_name_bytes &&
           name.find_first_not_of(k_letters) == std::string_view::npos && name[0] != '-';
}

bool is_host(std::string_view host) {
    constexpr std::string_view k_letters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:";
    return !host.empty() && host.find_first_not_of(k_letters) == std::string_view::npos &&
           std::count(host.begin(), host.end(), ':') != 1;
}

std::string read_name(YamlNode& node, std::string_view key) {
    std::string name = node.text(key);
    if (name.size() > k_max_name_bytes) {
        node.fail(key, fmt::format("a name has at most {} bytes", k_max_name_bytes));
    }
    return name;
}

void read_operators(YamlNode& root, const fs::path& folder, node::NetworkPlan& plan) {
    for (YamlNode& one : root.list("operators")) {
        ledger::GenesisOperator read;
        read.name = read_name(one, "name");
        const std::string file = one.text("key");
        if (!file.empty()) {
            auto key = read_public_key(folder / file);
            if (!key) {
                one.fail("key", fmt::format("{}; an operator's public key is the file "
                                            "keys/NAME.pub that `bsn key new NAME` makes",
                                            key.error().message));
            } else {
                read.key = *key;
            }
        }
        plan.operators.push_back(std::move(read));
    }
    if (plan.operators.empty()) root.fail("operators", "a network has at least one operator");
    const std::size_t majority = plan.operators.size() / 2 + 1;
    plan.approvals = static_cast<std::uint16_t>(
        root.number_or("approvals", majority, 1, std::max<std::size_t>(1, plan.operators.size())));
}

/// What to listen on where the file does not say: all addresses, or the machine itself only if that
/// is what the host is.
std::string default_listen(const std::string& host) {
    if (host == "localhost" || host.starts_with("127.")) return "127.0.0.1";
    if (host == "::1") return host;
    return host.find(':') == std::string::npos ? "0.0.0.0" : "::";
}

node::NodePorts read_ports(YamlNode& one) {
    node::NodePorts ports;
    auto given = one.optional_map("ports");
    if (!given) return ports;
    auto read = [&](std::string_view key, std::uint16_t& port) {
        port = static_cast<std::uint16_t>(given->number_or(key, port, 1, k_most_port));
    };
    read("api", ports.api);
    read("peers", ports.peers);
    read("ordering", ports.ordering);
    read("rpc", ports.rpc);
    return ports;
}

node::NodePlan read_node(YamlNode& one) {
    node::NodePlan node;
    node.name = one.text("name");
    if (!node.name.empty() && !is_folder_name(node.name)) {
        one.fail("name", fmt::format("\"{}\" cannot be a city node's name; take 1 to {} letters, "
                                     "digits, '-' and '_'",
                                     node.name, k_max_name_bytes));
    }
    node.folder = (fs::path("nodes") / node.name).string();
    node.city = read_name(one, "city");
    node.operator_name = read_name(one, "operator");
    node.host = one.text("host");
    if (!node.host.empty() && !is_host(node.host)) {
        one.fail("host", fmt::format("\"{}\" is no name or address of a machine; ports stand "
                                     "under `ports`",
                                     node.host));
    }
    node.listen = one.text_or("listen", default_listen(node.host));
    node.ports = read_ports(one);
    node.validator = one.flag_or("validator", true);
    return node;
}

void require_operator(YamlNode& one, const node::NodePlan& node, const node::NetworkPlan& plan) {
    const bool known =
        std::any_of(plan.operators.begin(), plan.operators.end(),
                    [&](const auto& other) { return other.name == node.operator_name; });
    if (known || node.operator_name.empty()) return;
    one.fail("operator", fmt::format("there is no operator \"{}\"; add it under `operators`",
                                     node.operator_name));
}

void read_nodes(YamlNode& root, node::NetworkPlan& plan) {
    std::set<std::string> names;
    std::map<std::pair<std::string, std::uint16_t>, std::string> taken;
    for (YamlNode& one : root.list("nodes")) {
        node::NodePlan node = read_node(one);
        require_operator(one, node, plan);
        if (!names.insert(node.name).second) {
            one.fail("name", fmt::format("two nodes are named {}", node.name));
        }
        std::vector<std::uint16_t> ports{node.ports.api, node.ports.peers};
        if (node.validator) ports.insert(ports.end(), {node.ports.ordering, node.ports.rpc});
        for (const std::uint16_t port : ports) {
            auto [other, is_new] = taken.try_emplace({node.host, port}, node.name);
            if (is_new) continue;
            one.fail("ports", fmt::format("port {} of {} is taken by {}; give this one another "
                                          "under `ports`",
                                          port, node.host, other->second));
        }
        plan.nodes.push_back(std::move(node));
    }
    if (plan.nodes.empty()) root.fail("nodes", "a network has at least one city node");
    const bool ordered = std::any_of(plan.nodes.begin(), plan.nodes.end(),
                                     [](const auto& node) { return node.validator; });
    if (!ordered) root.fail("nodes", "at least one city node must be a validator");
}

}  // namespace

Result<node::NetworkPlan> load_network_file(const fs::path& file) {
    BSN_TRY(root, load_yaml(file));
    node::NetworkPlan plan;
    plan.name = read_name(root, "name");
    read_operators(root, file.parent_path(), plan);
    read_nodes(root, plan);
    BSN_CHECK(root.finish());
    return plan;
}

Result<node::NodePlan> load_node_file(const fs::path& file) {
    BSN_TRY(root, load_yaml(file));
    node::NodePlan node = read_node(root);
    BSN_CHECK(root.finish());
    return node;
}

}  // namespace bsn::cli
