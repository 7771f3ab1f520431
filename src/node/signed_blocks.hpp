#pragma once
// The blocks of the CometBFT beside this node, for nodes that follow.

#include "net/http_client.hpp"
#include "ordering/cometbft/light_commit.hpp"

#include <map>
#include <memory>
#include <mutex>

namespace bsn::node {

/// Asks CometBFT once for each height, however many follow: the last ones asked for are kept. Any
/// thread; one asks at a time.
class SignedBlocks {
  public:
    /// `rpc`: where CometBFT is asked.
    explicit SignedBlocks(net::Endpoint rpc) : rpc_(std::move(rpc), {}) {}

    /// `unavailable` if CometBFT does not answer, or has no such block (yet).
    Result<std::shared_ptr<const ordering::SignedBlock>> at(std::uint64_t height);

  private:
    std::mutex mutex_;
    net::HttpConnection rpc_;
    /// Shared with the calls that send them. Bounded by number and bytes, the lowest goes first.
    std::map<std::uint64_t, std::shared_ptr<const ordering::SignedBlock>> kept_;
    std::size_t kept_bytes_ = 0;
};

}  // namespace bsn::node
