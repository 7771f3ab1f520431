#pragma once
// Follows the groups of a node, and tells each of their blocks to the clients.

#include "gateway/fisco/channel_session.hpp"

namespace bsn::gateway::fisco {

/// One thread: that of the server. Nothing of it is called after the mailbox was closed.
class BlockWatch {
  public:
    explicit BlockWatch(ChannelHost& host) : host_(host) {}

    /// Begins with groups that have come since. Called now and then.
    void look_for_groups();

  private:
    struct Watched {
        framework::fisco::ChainReader* chain = nullptr;
        std::uint64_t told = 0;  ///< the last block that clients were told of
    };
    void wait(std::uint64_t group);
    void on_height(std::uint64_t group);

    ChannelHost& host_;
    std::map<std::uint64_t, Watched> watched_;
};

}  // namespace bsn::gateway::fisco
