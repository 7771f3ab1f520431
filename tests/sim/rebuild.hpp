#pragma once
// What a node holds of each channel, for comparison with a node that made it anew from the order.

#include "sim/sim_node.hpp"

#include <map>

namespace bsn::sim {

struct ChannelContent {
    ledger::ChannelId channel;
    std::vector<ledger::Hash> headers;  ///< by height
    std::map<Bytes, Bytes> state;       ///< by key without the channel's prefix
};

std::vector<ChannelContent> contents_of(SimNode& node);

/// Throws a `Violation` where what a node made anew is not what it had before.
void require_same(const std::vector<ChannelContent>& before,
                  const std::vector<ChannelContent>& after, std::size_t node);

}  // namespace bsn::sim
