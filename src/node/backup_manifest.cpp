#include "node/backup_manifest.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

namespace bsn::node {
namespace fs = std::filesystem;
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view k_format = "bsn-node-backup 1";

/// A path that stays below the folder it is put behind, and is one that we would have written.
bool is_safe(const std::string& path) {
    const fs::path parsed(path);
    if (path.empty() || parsed.is_absolute() || parsed.lexically_normal() != parsed) return false;
    return std::none_of(parsed.begin(), parsed.end(),
                        [](const fs::path& part) { return part == ".." || part == "."; }) &&
           belongs_to_backup(path);
}

// --- of Hyperledger Fabric: paths below `fabric/` ------------------------------------------------

constexpr std::string_view k_fabric = "fabric/";
/// Keys and certificates of the node's organisation. Both lines of releases have the same; what has
/// a suffix, such as `peer-3/`, are data, settings and logs.
constexpr std::array<std::string_view, 7> k_organisation{
    "authority/", "tls-authority/", "admin/",      "peer/msp/",
    "peer/tls/",  "orderer/msp/",   "orderer/tls/"};

bool is_of_organisation(std::string_view path) {
    return std::any_of(k_organisation.begin(), k_organisation.end(),
                       [&](std::string_view folder) { return path.starts_with(folder); });
}

/// Of `contracts/NAME/tls/`, what a contract's package names. The rest of it is made from that.
bool is_of_contract(std::string_view path) {
    constexpr std::string_view k_contracts = "contracts/";
    if (!path.starts_with(k_contracts)) return false;
    path.remove_prefix(k_contracts.size());
    path.remove_prefix(std::min(path.find('/'), path.size()));
    return path.starts_with("/tls/authority/") || path.starts_with("/tls/client/");
}

bool is_key_of_fabric(std::string_view path) {
    if (path.starts_with("identities/")) return path.ends_with(".json");
    return (is_of_organisation(path) || is_of_contract(path)) && path.ends_with("/key.pem");
}

/// Peers and orderers have their blocks from others again; settings and builds are made anew.
bool is_kept_of_fabric(std::string_view path) {
    if (path == "msp-id" || path == "ports.json" || is_key_of_fabric(path)) return true;
    if (path.starts_with("packages/")) return path.ends_with(".tar.gz");
    // By these an orderer knows that it has lost its data, and must not begin anew.
    if (path.starts_with("orderer/joined/") || path.starts_with("orderer-3/joined/")) return true;
    if (path.starts_with("participants/") || is_of_contract(path)) return path.ends_with(".pem");
    return is_of_organisation(path) && (path.ends_with(".pem") || path.ends_with("/config.yaml"));
}

}  // namespace

bool is_key_of_node(const std::string& path) {
    if (path.starts_with(k_fabric)) return is_key_of_fabric(path.substr(k_fabric.size()));
    return path.starts_with("keys/") || path == "custody.key" ||
           path == "cometbft/config/node_key.json" ||
           path == "cometbft/config/priv_validator_key.json";
}

bool belongs_to_backup(const std::string& path) {
    const std::string name = fs::path(path).filename().string();
    if (name == "in-use" || name == "LOCK") return false;
    if (path.starts_with(k_fabric)) return is_kept_of_fabric(path.substr(k_fabric.size()));
    if (is_key_of_node(path)) return true;
    if (path.find('/') == std::string::npos) {
        return name.ends_with(".yaml") || name == "node.crt" || name == "genesis.json";
    }
    // Users' keys are sealed; what opens them is a key of the node, or elsewhere.
    if (path.starts_with("data/") || path.starts_with("custody/")) return true;
    return path.starts_with("cometbft/data/") && !path.starts_with("cometbft/data/cs.wal/") &&
           name != k_signed_state_name;
}

std::uint64_t BackupManifest::bytes() const {
    std::uint64_t all = 0;
    for (const BackupFile& file : files) all += file.bytes;
    return all;
}

std::string BackupManifest::to_json() const {
    Json heights = Json::array();
    for (const BackupChain& chain : chains) {
        heights.push_back({{"channel", chain.channel}, {"height", chain.height}});
    }
    Json list = Json::array();
    for (const BackupFile& file : files) {
        list.push_back({{"path", file.path}, {"bytes", file.bytes}, {"sha256", file.sha256}});
    }
    const Json json{{"format", k_format},           {"network", network}, {"node", node},
                    {"version", version},           {"made", made},       {"with_keys", with_keys},
                    {"order_height", order_height}, {"chains", heights},  {"files", list}};
    return json.dump(1) + "\n";
}

Result<BackupManifest> BackupManifest::from_json(std::string_view text) try {
    const Json json = Json::parse(text);
    if (json.at("format") != k_format) {
        return Error{Code::unsupported_version,
                     "a backup of a format that this program does not "
                     "know; use the release that made it"};
    }
    BackupManifest manifest;
    manifest.network = json.at("network").get<std::string>();
    manifest.node = json.at("node").get<std::string>();
    manifest.version = json.at("version").get<std::string>();
    manifest.made = json.at("made").get<UnixMillis>();
    manifest.with_keys = json.at("with_keys").get<bool>();
    manifest.order_height = json.at("order_height").get<std::uint64_t>();
    for (const Json& chain : json.at("chains")) {
        manifest.chains.push_back(
            {chain.at("channel").get<std::string>(), chain.at("height").get<std::uint64_t>()});
    }
    std::set<std::string> paths;
    for (const Json& file : json.at("files")) {
        manifest.files.push_back({file.at("path").get<std::string>(),
                                  file.at("bytes").get<std::uint64_t>(),
                                  file.at("sha256").get<std::string>()});
        const std::string& path = manifest.files.back().path;
        if (is_safe(path) && paths.insert(path).second) continue;
        return Error{Code::invalid_argument,
                     fmt::format("no backup has a file \"{}\", or has it twice", path)};
    }
    return manifest;
} catch (const nlohmann::json::exception& problem) {
    return Error{Code::invalid_argument,
                 fmt::format("no manifest of a backup: {}", problem.what())};
}

}  // namespace bsn::node
