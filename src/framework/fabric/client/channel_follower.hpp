#pragma once
// Follows a channel: its blocks are checked against the orderers that its configuration names, and
// the configuration by the one before.

#include "framework/fabric/client/block_stream.hpp"
#include "framework/fabric/client/checked_block.hpp"
#include "framework/fabric/client/peer_group.hpp"
#include "framework/ledger/recent_blocks.hpp"

#include <atomic>

namespace bsn::framework::fabric {

/// Any thread may call any member but `start` and `close`.
class ChannelFollower {
  public:
    using BlockPtr = std::shared_ptr<const CheckedBlock>;
    struct Handlers {
        std::function<void(const BlockPtr&)> block;            ///< each new one, in order
        std::function<void(const ChannelConfig&)> configured;  ///< a new configuration
    };

    /// `trusted` is a configuration block that somebody vouches for: the channel's first, or a
    /// later one. The peers outlive it. `invalid_argument` if it is no configuration.
    static Result<std::unique_ptr<ChannelFollower>> make(std::shared_ptr<PeerGroup> peers,
                                                         common::Block trusted, Handlers handlers);
    ~ChannelFollower();

    /// Finds the newest block and configuration, and follows from there. Waits for the network; to
    /// be called again after a failure.
    Status start();
    bool started() const { return started_; }
    /// Ends the following. Handlers are not called after it.
    void close();

    std::uint64_t height() const { return height_; }
    /// A block up to `height`, of a peer, checked. Waits for the network.
    Result<BlockPtr> block(std::uint64_t height) const;
    /// A block that a peer gave (a `common.Block`), checked; `not_found` if it is above `height`.
    Result<BlockPtr> check(const std::string& bytes) const;
    /// Of the newest block.
    ChannelConfig config() const;
    /// Whom to trust with blocks of this height.
    ChannelTrust trust_at(std::uint64_t height) const;
    /// The place of the peer that is followed, among the group's.
    std::optional<std::size_t> source() const;
    std::string trouble() const;
    /// The peer that is followed seems to hang, or to be behind.
    void leave_source();

  private:
    /// What was valid from a height on.
    struct Era {
        std::shared_ptr<const ChannelConfig> config;
        std::shared_ptr<const OrdererCheck> orderers;
    };

    ChannelFollower(std::shared_ptr<PeerGroup> peers, common::Block trusted, ChannelConfig config,
                    Handlers handlers);
    static Era era_of(ChannelConfig config);
    Status take(const common::Block& block);
    Status read_configurations(const common::Block& newest);
    Result<common::Block> fetch(std::uint64_t height) const;
    Result<std::size_t> check_signatures(const common::Block& block) const;
    Era era_before(std::uint64_t height) const;

    const std::shared_ptr<PeerGroup> peers_;
    const common::Block trusted_;
    const crypto::HashId hash_;
    const Handlers handlers_;
    std::atomic<std::uint64_t> height_{0};
    std::atomic<bool> started_{false};
    crypto::Hash last_hash_;  ///< of the stream's thread, once started
    mutable RecentBlocks<CheckedBlock> recent_;
    mutable std::mutex mutex_;  ///< guards what follows
    std::vector<Era> eras_;     ///< never empty; the oldest first
    std::unique_ptr<BlockStream> stream_;
};

}  // namespace bsn::framework::fabric
