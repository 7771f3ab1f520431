#pragma once
// Looks transactions and blocks of a channel up: among the blocks that were followed lately, and at
// peers.

#include "framework/fabric/client/channel_follower.hpp"

#include <deque>
#include <mutex>
#include <optional>

namespace bsn::framework::fabric {

/// A transaction in its block.
struct FoundTransaction {
    ChannelFollower::BlockPtr block;
    std::size_t index = 0;

    TransactionView view() const { return transaction_view(*block, index); }
};

/// Any thread may call any member.
class ChainLookup {
  public:
    explicit ChainLookup(std::shared_ptr<PeerGroup> peers) : peers_(std::move(peers)) {}

    /// The channel has one more block.
    void followed(const ChannelFollower::BlockPtr& block);
    /// A transaction as first executed, and not what repeats its id; `not_found` if there is none.
    /// Waits for a peer, whose block the follower checks, unless the block was followed lately.
    Result<FoundTransaction> find(ByteView id, const ChannelFollower& follower) const;
    /// The block whose header has this hash; otherwise as `find`.
    Result<ChannelFollower::BlockPtr> block(ByteView hash, const ChannelFollower& follower) const;

  private:
    std::optional<FoundTransaction> find_recent(const std::string& transaction_id) const;
    ChannelFollower::BlockPtr recent_block(ByteView hash) const;

    const std::shared_ptr<PeerGroup> peers_;
    mutable std::mutex mutex_;                      ///< guards what follows
    std::deque<ChannelFollower::BlockPtr> recent_;  ///< the last ones that were followed
};

}  // namespace bsn::framework::fabric
