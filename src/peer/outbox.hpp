#pragma once
// Decisions of the permission chain, kept in its state until the channels concerned have executed
// them.

#include "ledger/control.hpp"
#include "ledger/world_state.hpp"

#include <vector>

namespace bsn::peer {

/// The contract name under which decisions are part of the permission chain's state.
inline constexpr std::string_view k_outbox_namespace = "_outbox";

/// Keeps the `index`th decision of an ordering height.
void put_decision(ledger::StateOverlay& state, const ledger::ChannelId& channel,
                  std::uint64_t order_height, std::uint32_t index,
                  const ledger::ControlRecord& record);

/// Decisions for a channel's next block.
struct Decisions {
    std::vector<ledger::ControlRecord> records;
    std::uint64_t through = 0;  ///< all up to this ordering height
};

/// The decisions about a channel made above ordering height `after`, up to and with `through`, but
/// not beyond a second change of its peers: a block hands over to one epoch only.
Result<Decisions> decisions_about(const ledger::StateReader& state,
                                  const ledger::ChannelId& channel, std::uint64_t after,
                                  std::uint64_t through);

}  // namespace bsn::peer
