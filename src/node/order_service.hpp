#pragma once
// What a node beside a CometBFT does for nodes that follow: `proto/order.proto`.

#include "node/peer_tls.hpp"
#include "node/signed_blocks.hpp"
#include "ordering/orderer.hpp"

#include <order.grpc.pb.h>

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>

namespace bsn::node {

/// Serves at the port for other nodes (`PeerLinkOptions::further`). A call that follows has a
/// thread of the server's, which waits for the next height; one that reads slowly holds up only
/// itself.
class OrderService final : public ::bsn::order::v1::Order::Service, public ordering::OrderConsumer {
  public:
    /// Whether a node may call now: those of the permission chain that are not revoked.
    using MayTalk = std::function<bool(const ledger::NodeId&)>;

    /// `orderer` outlives it; `rpc` is where its CometBFT is asked.
    OrderService(ordering::Orderer& orderer, net::Endpoint rpc, MayTalk may_talk);

    /// Told of each height once it is committed; to be subscribed to the orderer.
    void consume(const ordering::OrderedHeight& ordered) override;
    /// Ends the calls. Before the server is shut down.
    void stop();

    grpc::Status Follow(grpc::ServerContext* context, const ::bsn::order::v1::From* from,
                        grpc::ServerWriter<::bsn::order::v1::Ordered>* writer) override;
    grpc::Status Submit(grpc::ServerContext* context, const ::bsn::order::v1::Envelopes* envelopes,
                        ::bsn::order::v1::Taken* taken) override;

  private:
    class Place;

    /// Sends heights until the caller or the node ends it.
    grpc::Status send_from(std::uint64_t height, const ledger::NodeId& caller,
                           grpc::ServerContext& context,
                           grpc::ServerWriter<::bsn::order::v1::Ordered>& writer);
    /// Waits for a height; the newest one there is then, or 0 if the call is to end.
    std::uint64_t await_height(std::uint64_t height, const grpc::ServerContext& context);
    /// A block that is committed; CometBFT may need a moment until it gives it.
    Result<std::shared_ptr<const ordering::SignedBlock>> block_at(
        std::uint64_t height, const grpc::ServerContext& context);
    Result<ledger::NodeId> caller_of(const grpc::ServerContext& context) const;

    ordering::Orderer& orderer_;
    SignedBlocks blocks_;
    const MayTalk may_talk_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::uint64_t newest_ = 0;
    std::map<ledger::NodeId, unsigned> calls_;  ///< that follow, by node
    bool stopping_ = false;
};

}  // namespace bsn::node
