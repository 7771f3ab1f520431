#pragma once
// The nodes of a network on this machine as processes of their own.

#include "node/network_plan.hpp"
#include "node/stop_signals.hpp"

#include <filesystem>

namespace bsn::node {

/// Runs `bsn node run` for each node of the network in `folder`, and starts those again that end,
/// until a signal comes.
Status run_node_processes(const std::filesystem::path& folder, const NetworkPlan& plan,
                          const StopSignals& signals);

}  // namespace bsn::node
