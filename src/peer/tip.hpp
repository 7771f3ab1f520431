#pragma once
// Where a channel's replica stands: all that making the next block needs of the blocks before.

#include "ledger/header.hpp"
#include "ledger/state_commitment.hpp"

namespace bsn::peer {

/// The last block executed. A replica before its first block has none.
struct Tip {
    ledger::Height height = 0;
    ledger::Hash hash;  ///< of its header
    UnixMillis time = 0;
    std::uint64_t order_height = 0;      ///< at which its envelopes were ordered
    std::uint64_t controls_through = 0;  ///< decisions up to this ordering height are executed
    std::uint64_t transactions = 0;      ///< admitted since the channel began
    ledger::MultisetHash state;          ///< of channels with that commitment

    Bytes encode() const;
    static Result<Tip> decode(ByteView bytes);
};

}  // namespace bsn::peer
