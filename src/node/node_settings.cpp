#include "node/node_settings.hpp"

#include "base/config.hpp"
#include "net/http_client.hpp"
#include "node/network_plan.hpp"
#include "registry/packaged_code.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <sys/un.h>
#include <tuple>

namespace bsn::node {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t k_engine_id_digits = 40;
/// What the longest path in a node's folder that is a socket's takes.
constexpr std::string_view k_socket = "cometbft/app.sock";

Result<net::Endpoint> parse_address(std::string_view text) {
    // A port must be named: that of HTTP would be taken otherwise.
    const std::size_t colon = text.rfind(':');
    if (colon != std::string_view::npos && text.find(']', colon) == std::string_view::npos) {
        if (auto endpoint = net::parse_endpoint(fmt::format("http://{}", text))) return endpoint;
    }
    return Error{Code::invalid_argument,
                 fmt::format("\"{}\" is no address; write HOST:PORT, such as 0.0.0.0:7280 or "
                             "[2001:db8::1]:7280",
                             text)};
}

std::string read_address(YamlNode node, std::string_view key) {
    std::string text = node.text(key);
    auto good = parse_address(text);
    if (!text.empty() && !good) node.fail(key, good.error().message);
    return text;
}

/// `ID@host:port`
std::string read_engine_address(YamlNode node, std::string_view key) {
    std::string text = node.text_or(key, "");
    const std::size_t at = text.find('@');
    const bool digits = at == k_engine_id_digits && text.substr(0, at).find_first_not_of(
                                                        "0123456789abcdef") == std::string::npos;
    if (!text.empty() && (!digits || !parse_address(text.substr(at + 1)))) {
        node.fail(key, fmt::format("\"{}\" is no address of a CometBFT; write ID@HOST:PORT, with "
                                   "the {} hexadecimal digits that `bsn network init` wrote",
                                   text, k_engine_id_digits));
    }
    return text;
}

constexpr std::uint64_t k_most_age_ms = 86'400'000;
constexpr std::uint64_t k_most_connections = 1'000'000;

/// A name that has a letter, so that it is no misspelt address.
bool is_host_name(std::string_view text) {
    constexpr std::string_view k_letters = "abcdefghijklmnopqrstuvwxyz";
    return text.find_first_of(k_letters) != std::string_view::npos && !text.starts_with('.') &&
           !text.ends_with('.') &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") ==
               std::string_view::npos;
}

void read_callbacks(YamlNode callbacks, NodeSettings& settings) {
    for (const std::string& text : callbacks.texts("allow")) {
        auto network = net::IpNetwork::parse(text);
        if (!network) {
            callbacks.fail("allow", network.error().message);
        } else {
            settings.callbacks.rules.allow.push_back(*network);
        }
    }
    for (const std::string& text : callbacks.texts("deny")) {
        gateway::CallbackRules& rules = settings.callbacks.rules;
        if (auto network = net::IpNetwork::parse(text)) {
            rules.deny.push_back(*network);
        } else if (is_host_name(text)) {
            rules.deny_hosts.push_back(text);
        } else {
            callbacks.fail("deny", fmt::format("{}; nor is it a host's name in small letters",
                                               network.error().message));
        }
    }
    if (auto file = callbacks.optional_text("authority")) {
        settings.callbacks.authority = settings.folder / *file;
    }
}

constexpr std::uint64_t k_most_mb = 1U << 20;
constexpr std::uint64_t k_least_mb = 64;
constexpr std::uint64_t k_most_build_seconds = 86'400;

void read_packages(YamlNode packages, NodeSettings& settings) {
    framework::fabric::PackageSettings& own = settings.packages;
    own.languages = packages.texts("languages");
    for (const std::string& language : own.languages) {
        const auto& known = registry::k_package_languages;
        if (std::find(known.begin(), known.end(), language) != known.end()) continue;
        packages.fail("languages", fmt::format("\"{}\" is no language of packages; there are {}",
                                               language, fmt::join(known, ", ")));
    }
    own.isolation =
        packages.choice_or("isolation", {"required", "if_possible"}, "required") == "required"
            ? framework::fabric::Isolation::required
            : framework::fabric::Isolation::if_possible;
    own.memory_mb = packages.number_or("memory_mb", own.memory_mb, k_least_mb, k_most_mb);
    own.build_memory_mb =
        packages.number_or("build_memory_mb", own.build_memory_mb, k_least_mb, k_most_mb);
    own.build_seconds =
        packages.number_or("build_seconds", own.build_seconds, 1, k_most_build_seconds);
    own.build_disk_mb =
        packages.number_or("build_disk_mb", own.build_disk_mb, k_least_mb, k_most_mb);
    if (auto cache = packages.optional_text("cache")) own.cache = settings.folder / *cache;
}

/// Indented as a part of `fabric`; what is by default is left out.
std::string packages_yaml(const framework::fabric::PackageSettings& packages) {
    if (packages.languages.empty()) return "";
    const framework::fabric::PackageSettings usual;
    std::string text = "  packages:\n    languages:\n";
    for (const std::string& language : packages.languages) {
        text += fmt::format("      - {}\n", language);
    }
    if (packages.isolation != usual.isolation) text += "    isolation: if_possible\n";
    for (const auto& [key, value, otherwise] :
         {std::tuple("memory_mb", packages.memory_mb, usual.memory_mb),
          std::tuple("build_memory_mb", packages.build_memory_mb, usual.build_memory_mb),
          std::tuple("build_seconds", packages.build_seconds, usual.build_seconds),
          std::tuple("build_disk_mb", packages.build_disk_mb, usual.build_disk_mb)}) {
        if (value != otherwise) text += fmt::format("    {}: {}\n", key, value);
    }
    if (!packages.cache.empty()) {
        text += fmt::format("    cache: {}\n", yaml_quoted(packages.cache.string()));
    }
    return text;
}

void read_fabric(YamlNode fabric, NodeSettings& settings) {
    settings.fabric_host = fabric.text_or("host", settings.fabric_host);
    if (auto folder = fabric.optional_text("engines")) settings.engines = settings.folder / *folder;
    if (auto packages = fabric.optional_map("packages")) read_packages(*packages, settings);
}

std::string fabric_yaml(const NodeSettings& settings) {
    const bool is_default = settings.fabric_host == NodeSettings{}.fabric_host;
    const std::string packages = packages_yaml(settings.packages);
    if (is_default && settings.engines.empty() && packages.empty()) return "";
    std::string text = "fabric:\n";
    if (!is_default) text += fmt::format("  host: {}\n", yaml_quoted(settings.fabric_host));
    if (!settings.engines.empty()) {
        text += fmt::format("  engines: {}\n", yaml_quoted(settings.engines.string()));
    }
    return text + packages;
}

std::string callbacks_yaml(const gateway::CallbackSettings& callbacks) {
    const gateway::CallbackRules& rules = callbacks.rules;
    std::vector<std::string> deny = rules.deny_hosts;
    for (const net::IpNetwork& network : rules.deny) deny.push_back(network.text());
    if (rules.allow.empty() && deny.empty() && callbacks.authority.empty()) return "";
    std::string text = "  callbacks:\n";
    if (!rules.allow.empty()) text += "    allow:\n";
    for (const net::IpNetwork& network : rules.allow) {
        text += fmt::format("      - {}\n", yaml_quoted(network.text()));
    }
    if (!deny.empty()) text += "    deny:\n";
    for (const std::string& one : deny) text += fmt::format("      - {}\n", yaml_quoted(one));
    if (!callbacks.authority.empty()) {
        text += fmt::format("    authority: {}\n", yaml_quoted(callbacks.authority.string()));
    }
    return text;
}

void read_api(YamlNode api, NodeSettings& settings) {
    auto listen = parse_address(read_address(api, "listen"));
    if (listen) {
        settings.http.address = listen->host;
        settings.http.port = listen->port;
    }
    auto certificate = api.optional_text("certificate");
    auto key = api.optional_text("key");
    if (certificate.has_value() != key.has_value()) {
        api.fail(certificate ? "certificate" : "key",
                 "TLS needs both `certificate` and `key`; add the other one, or remove this");
    }
    if (certificate) settings.http.tls_certificate = settings.folder / *certificate;
    if (key) settings.http.tls_key = settings.folder / *key;
    settings.http.rpc.origins = api.texts("rpc_origins");
    settings.http.published_mac = api.flag_or("published_mac", true);
    settings.http.max_connections =
        api.number_or("max_connections", settings.http.max_connections, 16, k_most_connections);
    if (api.has("max_connections_per_address")) {
        settings.http.max_connections_per_address =
            api.number_or("max_connections_per_address", 0, 0, k_most_connections);
    }
    if (api.has("refused_per_second")) {
        settings.http.refused_per_second =
            api.number_or("refused_per_second", 0, 0, k_most_connections);
    }
    settings.permission_max_age_ms =
        api.number_or("permission_max_age_ms", settings.permission_max_age_ms, 0, k_most_age_ms);
    if (auto callbacks = api.optional_map("callbacks")) read_callbacks(*callbacks, settings);
}

/// The key under `fisco` for each suite.
constexpr std::array<std::pair<std::string_view, crypto::SuiteId>, 2> k_channels{
    {{"channel", crypto::SuiteId::secp256k1}, {"sm_channel", crypto::SuiteId::sm2}}};

void read_fisco(YamlNode fisco, NodeSettings& settings) {
    const bool once_needed = fisco.flag_or("once_needed", false);
    for (const auto& [key, suite] : k_channels) {
        auto text = fisco.optional_text(key);
        if (!text) continue;
        auto address = parse_address(*text);
        if (!address) {
            fisco.fail(key, address.error().message);
            continue;
        }
        settings.fisco.push_back({suite, address->host, address->port, once_needed});
    }
}

std::string fisco_yaml(const std::vector<FiscoEndpoint>& endpoints) {
    if (endpoints.empty()) return "";
    std::string text = "fisco:\n";
    for (const FiscoEndpoint& endpoint : endpoints) {
        for (const auto& [key, suite] : k_channels) {
            if (suite != endpoint.suite) continue;
            text += fmt::format("  {}: {}\n", key,
                                yaml_quoted(host_and_port(endpoint.address, endpoint.port)));
        }
    }
    if (endpoints.front().once_needed) text += "  once_needed: true\n";
    return text;
}

void read_custody(YamlNode custody, NodeSettings& settings) {
    gateway::MasterKeySettings& master = settings.custody;
    if (auto file = custody.optional_text("file")) master.file = settings.folder / *file;
    master.environment = custody.text_or("environment", "");
    if (auto token = custody.optional_map("pkcs11")) {
        gateway::Pkcs11Settings pkcs11;
        pkcs11.module = token->text("module");
        pkcs11.token = token->text("token");
        pkcs11.key = token->text("key");
        if (auto pin = token->optional_text("pin_file")) pkcs11.pin_file = settings.folder / *pin;
        pkcs11.pin_environment = token->text_or("pin_environment", "");
        if (pkcs11.pin_file.empty() == pkcs11.pin_environment.empty()) {
            token->fail("pin_file", "name either `pin_file` or `pin_environment`");
        }
        master.pkcs11 = std::move(pkcs11);
    }
    if ((master.file.empty() ? 0 : 1) + (master.environment.empty() ? 0 : 1) +
            (master.pkcs11 ? 1 : 0) !=
        1) {
        custody.fail("file", "name one master key: `file`, `environment` or `pkcs11`");
    }
}

std::string custody_yaml(const gateway::MasterKeySettings& master) {
    if (!master.configured()) return "";
    std::string text = "custody:\n";
    if (!master.file.empty()) text += "  file: " + yaml_quoted(master.file.string()) + "\n";
    if (!master.environment.empty()) {
        text += "  environment: " + yaml_quoted(master.environment) + "\n";
    }
    if (!master.pkcs11) return text;
    const gateway::Pkcs11Settings& token = *master.pkcs11;
    text += fmt::format("  pkcs11:\n    module: {}\n    token: {}\n    key: {}\n",
                        yaml_quoted(token.module.string()), yaml_quoted(token.token),
                        yaml_quoted(token.key));
    const bool file = !token.pin_file.empty();
    return text + fmt::format("    {}: {}\n", file ? "pin_file" : "pin_environment",
                              yaml_quoted(file ? token.pin_file.string() : token.pin_environment));
}

void read_ordering(YamlNode ordering, NodeSettings& settings) {
    settings.follows = ordering.flag_or("follow", false);
    if (settings.follows) return;  // then nothing else may stand there
    settings.ordering_listen = read_address(ordering, "listen");
    settings.ordering_rpc = read_address(ordering, "rpc");
    if (auto program = ordering.optional_text("cometbft")) {
        settings.cometbft = settings.folder / *program;
    }
}

void read_others(YamlNode& root, NodeSettings& settings) {
    std::set<ledger::NodeId> known;
    for (YamlNode& one : root.list("nodes")) {
        NodeAddress other;
        auto id = fixed_from_hex<ledger::NodeId>(one.text("node"));
        if (!id) {
            one.fail("node", "no node id of 64 hexadecimal digits");
        } else if (!known.insert(*id).second) {
            one.fail("node", "this node is listed twice; remove one of the two");
        } else {
            other.id = *id;
        }
        other.name = one.text_or("name", "");
        other.peers = read_address(one, "peers");
        other.ordering = read_engine_address(one, "ordering");
        settings.others.push_back(std::move(other));
    }
}

Status check_folder(const fs::path& folder) {
    const std::size_t most = sizeof(sockaddr_un::sun_path) - k_socket.size() - 2;
    if (folder.string().size() <= most) return {};
    return Error{Code::invalid_argument,
                 fmt::format("the path {} is longer than {} letters, too long for the socket in "
                             "it; move the node's folder to a shorter path",
                             folder.string(), most)};
}

}  // namespace

std::string NodeSettings::to_yaml() const {
    std::string text = fmt::format(
        "# A city node's settings, for `bsn node run`; docs/deployment.md explains "
        "them.\n# Paths are taken from this file's folder.\n"
        "genesis: {}\n"
        "api:\n  listen: {}\n",
        yaml_quoted(genesis.string()), yaml_quoted(host_and_port(http.address, http.port)));
    if (!http.tls_certificate.empty()) {
        text += fmt::format("  certificate: {}\n  key: {}\n",
                            yaml_quoted(http.tls_certificate.string()),
                            yaml_quoted(http.tls_key.string()));
    }
    if (!http.rpc.origins.empty()) text += "  rpc_origins:\n";
    for (const std::string& origin : http.rpc.origins) {
        text += fmt::format("    - {}\n", yaml_quoted(origin));
    }
    if (!http.published_mac) text += "  published_mac: false\n";
    if (http.max_connections != gateway::HttpServerOptions().max_connections) {
        text += fmt::format("  max_connections: {}\n", http.max_connections);
    }
    if (http.max_connections_per_address) {
        text +=
            fmt::format("  max_connections_per_address: {}\n", *http.max_connections_per_address);
    }
    if (http.refused_per_second) {
        text += fmt::format("  refused_per_second: {}\n", *http.refused_per_second);
    }
    if (permission_max_age_ms != NodeSettings().permission_max_age_ms) {
        text += fmt::format("  permission_max_age_ms: {}\n", permission_max_age_ms);
    }
    text += callbacks_yaml(callbacks);
    text += fisco_yaml(fisco);
    text += custody_yaml(custody);
    text += fabric_yaml(*this);
    text += fmt::format("peers:\n  listen: {}\nordering:\n", yaml_quoted(peers_listen));
    if (follows) {
        text += "  follow: true\n";
    } else {
        text += fmt::format("  listen: {}\n  rpc: {}\n", yaml_quoted(ordering_listen),
                            yaml_quoted(ordering_rpc));
    }
    if (!cometbft.empty()) {
        text += fmt::format("  cometbft: {}\n", yaml_quoted(cometbft.string()));
    }
    text += others.empty() ? "nodes: []\n" : "nodes:\n";
    for (const NodeAddress& other : others) {
        text += fmt::format("  - node: \"{}\"\n    name: {}\n    peers: {}\n", to_hex(other.id),
                            yaml_quoted(other.name), yaml_quoted(other.peers));
        if (!other.ordering.empty()) {
            text += fmt::format("    ordering: {}\n", yaml_quoted(other.ordering));
        }
    }
    return text;
}

Result<NodeSettings> NodeSettings::load(const fs::path& file) {
    BSN_TRY(root, load_yaml(file));
    NodeSettings settings;
    settings.folder = fs::absolute(file).lexically_normal().parent_path();
    settings.genesis = settings.folder / root.text("genesis");
    read_api(root.map("api"), settings);
    if (auto fisco = root.optional_map("fisco")) read_fisco(*fisco, settings);
    if (auto custody = root.optional_map("custody")) read_custody(*custody, settings);
    if (auto fabric = root.optional_map("fabric")) read_fabric(*fabric, settings);
    settings.peers_listen = read_address(root.map("peers"), "listen");
    read_ordering(root.map("ordering"), settings);
    read_others(root, settings);
    BSN_CHECK(root.finish());
    BSN_CHECK(check_folder(settings.folder));
    return settings;
}

}  // namespace bsn::node
