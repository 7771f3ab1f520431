#pragma once
// The database keys that a replica uses beside those of blocks and state.

#include "peer/void_votes.hpp"

namespace bsn::peer {

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
