#pragma once
// The nodes of a network on this machine as processes of their own.

#include "node/local_network.hpp"
#include "node/stop_signals.hpp"

namespace bsn::node {

/// Writes each node's configuration, runs `bsn node run` for each, and starts those again that end,
/// until a signal comes.
Status run_node_processes(const LocalNetworkOptions& options, const ledger::Genesis& genesis,
                          const StopSignals& signals);

}  // namespace bsn::node
