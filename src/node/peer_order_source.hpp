#pragma once
// The validators' blocks, from the nodes that serve them: the client of `proto/order.proto`.

#include "node/peer_tls.hpp"
#include "ordering/cometbft/order_source.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace bsn::node {

/// A node that serves the order.
struct OrderServer {
    ledger::NodeId id;
    std::string name;     ///< for people
    std::string address;  ///< host:port
};

struct PeerOrderOptions {
    ledger::NodeId own;
    PeerTls tls;
    /// Those to choose from; asked each time that another one is needed. Any thread.
    std::function<std::vector<OrderServer>()> servers;
    /// A server that says nothing for so long is left: validators make a block each second.
    std::chrono::milliseconds silence = std::chrono::seconds(4);
};

/// Follows one server until it fails, lags or lies; then the next one, after a pause if all have
/// failed. Which comes first depends on the node's own id, so that those who follow spread.
class PeerOrderSource final : public ordering::OrderSource {
  public:
    explicit PeerOrderSource(PeerOrderOptions options);
    ~PeerOrderSource() override;

    Result<ordering::SourcedBlock> next(std::uint64_t height) override;
    void distrust() override;
    Status submit(const std::vector<Bytes>& envelopes) override;
    std::string followed() const override;
    void stop() override;

  private:
    class Call;
    class Sender;

    /// Opens a call to the server whose turn it is.
    Status open(std::uint64_t height);
    /// Goes on to the next server.
    void leave();
    void set_sending(grpc::ClientContext* context);
    bool stopped_within(std::chrono::milliseconds time);
    /// The server at a place of a ring that begins at this node's own place.
    Result<OrderServer> server_at(std::size_t turn) const;

    const PeerOrderOptions options_;
    std::unique_ptr<Call> call_;  ///< the following thread's; set and reset under the lock
    std::uint64_t next_height_ = 0;
    std::atomic<std::size_t> turn_{0};
    unsigned failures_ = 0;  ///< in a row
    std::unique_ptr<Sender> sender_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::string followed_;
    grpc::ClientContext* sending_ = nullptr;
    bool stopping_ = false;
};

}  // namespace bsn::node
