#pragma once
// The files that a network begins with: genesis, certificate authority, a folder for each node.

#include "node/network_plan.hpp"
#include "node/node_settings.hpp"

#include <filesystem>

namespace bsn::node {

/// The file with a node's master key of custody, in its folder, if `bsn up` made it.
inline constexpr std::string_view k_custody_key = "custody.key";

/// Makes the authority, the keys and certificates of the nodes and the genesis, in this order; the
/// genesis file comes last, so that a folder with one is whole.
Status make_network_files(const std::filesystem::path& folder, const NetworkPlan& plan,
                          UnixMillis now);

/// Writes what each node needs to run as a process of its own, as it follows from the plan and the
/// keys: `node.yaml` and `genesis.json`. After this a node's folder can go to another machine.
/// `cometbft` is the program that nodes run; empty: each finds its own.
Status write_node_files(const std::filesystem::path& folder, const NetworkPlan& plan,
                        const std::filesystem::path& cometbft);

/// A node's settings as its plan says; without the other nodes.
NodeSettings settings_of(const NodePlan& plan, const std::filesystem::path& cometbft);

/// Reads a genesis file.
Result<ledger::Genesis> read_genesis(const std::filesystem::path& file);

}  // namespace bsn::node
