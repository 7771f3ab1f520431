#pragma once
// A channel on this node that is to be made anew: erased, then filled from the order or by a copy.

#include "ledger/block_store.hpp"

namespace bsn::peer {

/// Notes that the channel's data is to be made anew at the next start, and up to which ordering
/// height this node may have signed for it. The note stays until `end_rebuild`.
Status mark_for_rebuild(store::Database& database, ByteView channel_prefix);
Result<bool> is_marked_for_rebuild(const store::Database& database, ByteView channel_prefix);
/// Erases what the channel has here, but for its batches (they are checked by digest when they are
/// read) and what this node has promised about them.
Status erase_channel(store::Database& database, const ledger::BlockStore& blocks,
                     ByteView channel_prefix);
/// The channel's data is whole again, or empty and about to be filled from the order.
Status end_rebuild(store::Database& database, ByteView channel_prefix);
/// The ordering height up to which a channel had executed before it was marked; 0: it never was.
Result<std::uint64_t> rebuilt_through(const store::Database& database, ByteView channel_prefix);

}  // namespace bsn::peer
