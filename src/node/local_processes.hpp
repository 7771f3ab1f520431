#pragma once
// The nodes of a network on this machine as processes of their own.

#include "node/local_network.hpp"
#include "node/stop_signals.hpp"

namespace bsn::node {

// Ports of a node lie so far above that of its API.
inline constexpr std::uint16_t k_peers_port = 100;
inline constexpr std::uint16_t k_ordering_port = 200;
inline constexpr std::uint16_t k_rpc_port = 300;

/// Writes each node's configuration, runs `bsn node run` for each, and starts those again that end,
/// until a signal comes.
Status run_node_processes(const LocalNetworkOptions& options, const ledger::Genesis& genesis,
                          const StopSignals& signals);

}  // namespace bsn::node
