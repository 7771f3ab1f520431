#pragma once
// `node.yaml`: what a city node of its own process is told. docs/deployment.md explains each line.

#include "framework/fabric/packages/package_settings.hpp"
#include "gateway/callbacks/callbacks.hpp"
#include "gateway/custody/master_key.hpp"
#include "gateway/http_server.hpp"
#include "ledger/types.hpp"
#include "node/fisco_channels.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace bsn::node {

/// Another node of the network, as this one finds it.
struct NodeAddress {
    ledger::NodeId id;
    std::string name;      ///< for people
    std::string peers;     ///< host:port
    std::string ordering;  ///< of its CometBFT, `ID@host:port`; empty: it runs none
};

struct NodeSettings {
    std::filesystem::path folder;   ///< of the node: `keys/`, `node.crt`, `data/`, `cometbft/`
    std::filesystem::path genesis;  ///< the network's genesis file
    gateway::HttpServerOptions http;
    std::vector<FiscoEndpoint> fisco;              ///< where SDKs of FISCO BCOS are served
    std::uint64_t permission_max_age_ms = 60'000;  ///< see `CityNodeOptions`
    gateway::MasterKeySettings custody;            ///< of users' keys; none: custody is off
    gateway::CallbackSettings callbacks;
    std::string fabric_host = "127.0.0.1";        ///< see `CityNodeOptions`
    std::filesystem::path engines;                ///< the same; empty: nowhere of its own
    framework::fabric::PackageSettings packages;  ///< the same
    std::string peers_listen;                     ///< host:port
    bool follows = false;                         ///< it runs no CometBFT: it follows nodes that do
    std::string ordering_listen;      ///< host:port, for other CometBFTs; empty if it follows
    std::string ordering_rpc;         ///< host:port, for this process only; empty if it follows
    std::filesystem::path cometbft;   ///< the program; empty: to be found (`find_cometbft`)
    std::vector<NodeAddress> others;  ///< all other nodes of the network

    /// The file's text; paths stay as they are, and the folder is not in it.
    std::string to_yaml() const;
    /// Reads a file; its folder is the node's, and paths in it are taken from there.
    static Result<NodeSettings> load(const std::filesystem::path& file);
};

}  // namespace bsn::node
