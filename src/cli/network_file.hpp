#pragma once
// Network files: what the city nodes of a new network are, and where (YAML, docs/deployment.md).

#include "node/network_plan.hpp"

#include <filesystem>

namespace bsn::cli {

/// Reads a network file; mistakes are told with file, line and key. Operators' key files are taken
/// from the file's folder.
Result<node::NetworkPlan> load_network_file(const std::filesystem::path& file);

/// Reads the file of one node that comes later: what stands under `nodes[]` in a network file.
Result<node::NodePlan> load_node_file(const std::filesystem::path& file);

}  // namespace bsn::cli
