#include "cli/home.hpp"

#include "base/config.hpp"
#include "base/files.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <pwd.h>
#include <unistd.h>

namespace bsn::cli {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t k_most_local_nodes = 16;  // in one process
constexpr std::uint64_t k_most_local_processes = 64;
constexpr std::uint64_t k_most_port = 65535;

const char* environment(const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : nullptr;
}

}  // namespace

Result<Home> Home::find(const std::string& given) {
    fs::path folder = given;
    if (const char* named = environment("BSN_HOME"); folder.empty() && named) folder = named;
    if (folder.empty()) {
        const char* user_home = environment("HOME");
        if (user_home == nullptr) {
            const passwd* user = ::getpwuid(::getuid());
            user_home = user != nullptr ? user->pw_dir : nullptr;
        }
        if (user_home == nullptr) {
            return Error{Code::not_found,
                         "this user has no home folder; name one with --home or BSN_HOME"};
        }
        folder = fs::path(user_home) / ".bsn";
    }
    std::error_code failure;
    fs::path absolute = fs::absolute(folder, failure);
    if (failure) return file_error("find", folder, failure.value());
    return Home(absolute.lexically_normal());
}

Status Home::create() const {
    BSN_CHECK(make_private_folder(folder_));
    return make_private_folder(keys_folder());
}

Result<ClientConfig> ClientConfig::parse(std::string_view text, std::string_view name) {
    BSN_TRY(root, parse_yaml(text, name));
    ClientConfig config;
    config.endpoints = root.texts("endpoints");
    config.genesis = root.text_or("genesis", "genesis.json");
    config.key = root.text_or("key", "");
    if (auto local = root.optional_map("local_network")) {
        LocalNetworkConfig network;
        network.first_port = static_cast<std::uint16_t>(
            local->number_or("first_port", network.first_port, 1, k_most_port));
        network.ordering = local->choice_or("ordering", {"embedded", "cometbft"}, network.ordering);
        network.nodes = local->number_or(
            "nodes", network.nodes, 1,
            network.ordering == "cometbft" ? k_most_local_processes : k_most_local_nodes);
        config.local_network = network;
    }
    BSN_CHECK(root.finish());
    return config;
}

Result<ClientConfig> ClientConfig::load(const fs::path& file) {
    auto content = read_file(file, k_max_config_bytes);
    if (!content && content.error().code == Code::not_found) return ClientConfig{};
    if (!content) return content.error();
    return parse(as_text(*content), file.string());
}

std::string ClientConfig::to_yaml() const {
    std::string out =
        "# How this user reaches the network; `bsn up` writes it for the local one.\n";
    out += endpoints.empty() ? "endpoints: []\n" : "endpoints:\n";
    for (const std::string& endpoint : endpoints) out += "  - " + yaml_quoted(endpoint) + "\n";
    out += "genesis: " + yaml_quoted(genesis) + "\n";
    if (!key.empty()) out += "key: " + yaml_quoted(key) + "\n";
    if (local_network) {
        out +=
            fmt::format("local_network:\n  nodes: {}\n  first_port: {}\n  ordering: {}\n",
                        local_network->nodes, local_network->first_port, local_network->ordering);
    }
    return out;
}

Status ClientConfig::save(const fs::path& file) const {
    return write_file_atomically(file, as_bytes(to_yaml()), 0600);
}

std::vector<std::string> local_endpoints(const LocalNetworkConfig& network) {
    std::vector<std::string> endpoints;
    for (std::size_t i = 0; i < network.nodes; ++i) {
        endpoints.push_back(fmt::format("http://127.0.0.1:{}", network.first_port + i));
    }
    return endpoints;
}

}  // namespace bsn::cli
