#pragma once
// One city node as a process of its own: `bsn node run`.

#include "base/clock.hpp"
#include "node/node_settings.hpp"
#include "ordering/messages.hpp"
#include "ordering/order_rules.hpp"

#include <functional>
#include <memory>

namespace bsn::node {

/// What a node meets of the world, as it is by default. Tests put faults in between.
struct NodeWorld {
    const Clock* clock = nullptr;  ///< outlives the node; null: this machine's
    /// Makes what the node sends through, from what it would send through; none: as it is.
    std::function<std::unique_ptr<ordering::PeerNetwork>(ordering::PeerNetwork&)> peers = {};
    /// Makes what judges envelopes before they are ordered, from what would judge them.
    std::function<std::unique_ptr<ordering::OrderRules>(ordering::OrderRules&)> rules = {};
};

/// Runs the node, and CometBFT beside it, until SIGTERM or SIGINT. Returns once everything is
/// closed cleanly.
Status run_node(const NodeSettings& settings, const NodeWorld& world = {});

}  // namespace bsn::node
