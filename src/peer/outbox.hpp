#pragma once
// Decisions of the permission chain, kept in its state until the channels concerned have executed
// them; and the database keys that a replica uses beside blocks and state.

#include "ledger/control.hpp"
#include "ledger/world_state.hpp"
#include "peer/void_votes.hpp"

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

/// Where (in table `meta`) a channel's tip is kept.
Bytes tip_key(ByteView channel_prefix);
/// Where (in table `meta`) a node of a channel's Merkle map is kept.
Bytes map_node_key(ByteView channel_prefix, ByteView path);
/// Where (in table `meta`) this peer keeps what it promised about an envelope, or that it is void.
Bytes void_mark_key(ByteView channel_prefix, const OrderedEnvelope& envelope);
/// What all of those begin with.
Bytes void_marks_prefix(ByteView channel_prefix);
/// The envelope of such a key.
Result<OrderedEnvelope> envelope_of_void_mark(ByteView channel_prefix, ByteView key);
/// Where (in table `meta`) it stands that the channel is to be rebuilt from the order.
Bytes rebuild_key(ByteView channel_prefix);
/// Where (in table `meta`) the ordering height stands up to which a rebuilt channel had executed.
Bytes rebuilt_through_key(ByteView channel_prefix);

}  // namespace bsn::peer
