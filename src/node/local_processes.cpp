#include "node/local_processes.hpp"

#include "base/files.hpp"
#include "base/log.hpp"
#include "node/city_node.hpp"
#include "node/cometbft_home.hpp"
#include "node/network_files.hpp"
#include "node/supervised_process.hpp"

#include <fmt/format.h>

#include <list>

namespace bsn::node {
namespace fs = std::filesystem;
namespace {

using namespace std::chrono_literals;

/// Where one node of the network is found.
struct LocalNode {
    fs::path folder;
    ledger::NodeId id;
    std::string engine_id;
    unsigned port = 0;  ///< of its API

    std::string at(const std::string& host, unsigned above) const {
        return fmt::format("{}:{}", host, port + above);
    }
};

Result<std::vector<LocalNode>> find_nodes(const LocalNetworkOptions& options) {
    std::vector<LocalNode> nodes;
    for (std::size_t number = 0; number < options.nodes; ++number) {
        LocalNode node;
        node.folder = node_folder(options.folder, number);
        BSN_TRY(identity, load_identity(node.folder));
        BSN_TRY(engine, ensure_cometbft_keys(node.folder / "cometbft"));
        node.id = identity.id();
        node.engine_id = engine.node_id;
        node.port = static_cast<unsigned>(options.first_port + number);
        nodes.push_back(std::move(node));
    }
    return nodes;
}

std::string config_of(const LocalNetworkOptions& options, const std::vector<LocalNode>& nodes,
                      const LocalNode& own) {
    std::string text = fmt::format(
        "# Written by `bsn up` at each start.\n"
        "genesis: ../genesis.json\n"
        "api:\n  address: {0}\n  port: {1}\n"
        "peers:\n  listen: {2}\n"
        "ordering:\n  listen: {3}\n  rpc: {4}\n  cometbft: {5}\n"
        "nodes:{6}\n",
        options.host, own.port, own.at(options.host, k_peers_port),
        own.at(options.host, k_ordering_port), own.at("127.0.0.1", k_rpc_port),
        options.cometbft.string(), nodes.size() == 1 ? " []" : "");
    for (const LocalNode& node : nodes) {
        if (node.id == own.id) continue;
        text += fmt::format("  - node: {}\n    peers: {}\n    ordering: {}@{}\n", to_hex(node.id),
                            node.at(options.host, k_peers_port), node.engine_id,
                            node.at(options.host, k_ordering_port));
    }
    return text;
}

}  // namespace

Status run_node_processes(const LocalNetworkOptions& options, const ledger::Genesis&,
                          const StopSignals& signals) {
    BSN_TRY(nodes, find_nodes(options));
    std::list<SupervisedProcess> processes;
    for (const LocalNode& node : nodes) {
        const fs::path config = node.folder / "node.yaml";
        BSN_CHECK(write_file_atomically(config, as_bytes(config_of(options, nodes, node))));
        processes.emplace_back(SupervisedOptions{node.folder.filename().string(),
                                                 {fs::read_symlink("/proc/self/exe").string(),
                                                  "node", "run", "--config", config.string()},
                                                 node.folder / "node.log"});
        BSN_CHECK(processes.back().start());
    }
    while (!signals.wait(1s)) {
    }
    log_info("node", "stopping");
    for (SupervisedProcess& process : processes) process.ask_to_end();
    processes.clear();
    log_info("node", "stopped");
    return {};
}

}  // namespace bsn::node
