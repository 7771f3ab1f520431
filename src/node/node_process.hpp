#pragma once
// One city node as a process of its own: `bsn node run`.

#include "net/http_client.hpp"
#include "node/city_node.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bsn::node {

/// What stands in a node's configuration file (docs/deployment.md).
struct NodeProcessOptions {
    std::filesystem::path folder;   ///< of the node: `keys/`, `node.crt`, `data/`, `cometbft/`
    std::filesystem::path genesis;  ///< the network's genesis file
    gateway::HttpServerOptions http;
    std::string peers_listen;                              ///< host:port
    std::map<ledger::NodeId, std::string> peer_addresses;  ///< host:port, of the other nodes
    std::filesystem::path cometbft;                        ///< the program
    std::string ordering_listen;                           ///< host:port, for other CometBFTs
    std::string ordering_rpc;                              ///< host:port, for this process only
    std::vector<std::string> ordering_peers;               ///< `ID@host:port`
};

/// Reads a configuration file; its folder is the node's.
Result<NodeProcessOptions> load_node_options(const std::filesystem::path& file);

/// Runs the node, and CometBFT beside it, until SIGTERM or SIGINT. Returns once everything is
/// closed cleanly.
Status run_node(const NodeProcessOptions& options);

}  // namespace bsn::node
