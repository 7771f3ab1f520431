#pragma once
// One city node as a process of its own: `bsn node run`.

#include "node/node_settings.hpp"

namespace bsn::node {

/// Runs the node, and CometBFT beside it, until SIGTERM or SIGINT. Returns once everything is
/// closed cleanly.
Status run_node(const NodeSettings& settings);

}  // namespace bsn::node
