#pragma once
// Copies of channels between nodes in different processes: gRPC over mutual TLS, at the port of the
// peers (`proto/copy.proto`). Inside the module.

#include "node/peer_tls.hpp"
#include "peer/channel_copy.hpp"

#include <copy.grpc.pb.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <set>

namespace bsn::node {

/// What others call. Each call has a thread of the server.
class CopyService final : public ::bsn::peer::v1::Copies::Service {
  public:
    /// Writes a channel for a node that asks for it (`LedgerFramework::write_copy`).
    using WriteCopy = std::function<Status(const ledger::NodeId& to, const ledger::ChannelId&,
                                           const peer::CopySink&)>;

    explicit CopyService(WriteCopy write) : write_(std::move(write)) {}

    grpc::Status Read(grpc::ServerContext* context, const ::bsn::peer::v1::CopyRequest* request,
                      grpc::ServerWriter<::bsn::peer::v1::CopyPiece>* writer) override;

  private:
    const WriteCopy write_;
    std::atomic<int> served_{0};
};

/// Reads copies from other nodes.
class CopyClient final : public peer::CopySource {
  public:
    /// `address_of`: host:port of a node's peers' port; empty: it is not known. Any thread asks.
    CopyClient(PeerTls tls, std::function<std::string(const ledger::NodeId&)> address_of)
        : tls_(std::move(tls)), address_of_(std::move(address_of)) {}

    Status read_copy(const ledger::NodeId& from, const ledger::ChannelId& channel,
                     const peer::CopySink& sink) override;
    void stop_copies() override;

  private:
    /// A call that `stop_copies` ends.
    class Stoppable;

    const PeerTls tls_;
    const std::function<std::string(const ledger::NodeId&)> address_of_;
    std::mutex mutex_;
    std::set<grpc::ClientContext*> calls_;
    bool stopped_ = false;
};

}  // namespace bsn::node
