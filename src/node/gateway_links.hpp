#pragma once
// Requests from one node's gateway to another's, in different processes: gRPC over mutual TLS, at
// the port of the peers (`proto/gateway.proto`). Inside the module.

#include "gateway/forwarding/forwarder.hpp"
#include "node/peer_tls.hpp"

#include <gateway.grpc.pb.h>

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <set>

namespace bsn::node {

/// What others call. No call holds a thread.
class GatewayService final : public ::bsn::gateway::v1::Gateway::CallbackService {
  public:
    /// Answers a request (`CityNode::answer_forwarded`).
    using Answerer = std::function<void(gateway::Request, const gateway::Reply&)>;
    /// Whether a node may ask us now: those of the permission chain that are not revoked.
    using MayTalk = std::function<bool(const ledger::NodeId&)>;

    GatewayService(Answerer answer, MayTalk may_talk)
        : answer_(std::move(answer)), may_talk_(std::move(may_talk)) {}

    grpc::ServerBidiReactor<::bsn::gateway::v1::RequestPiece, ::bsn::gateway::v1::AnswerPiece>*
    Answer(grpc::CallbackServerContext* context) override;

  private:
    class Call;

    const Answerer answer_;
    const MayTalk may_talk_;
    std::atomic<std::size_t> calls_{0};
    std::atomic<std::size_t> receiving_bytes_{0};  ///< of requests that are not whole yet
};

/// Asks other nodes.
class GatewayClient final : public gateway::Forwarder {
  public:
    /// `address_of`: host:port of a node's peers' port; empty: it is not known. `connected`:
    /// whether the link to a node stands. Any thread asks.
    GatewayClient(PeerTls tls, std::function<std::string(const ledger::NodeId&)> address_of,
                  std::function<bool(const ledger::NodeId&)> connected)
        : tls_(std::move(tls)),
          address_of_(std::move(address_of)),
          connected_(std::move(connected)) {}
    /// Whoever takes a body of this client has let go of it by then.
    ~GatewayClient() override;

    bool reaches(const ledger::NodeId& node) const override { return connected_(node); }
    void forward(const ledger::NodeId& node, std::shared_ptr<const gateway::Request> request,
                 std::uint64_t timeout_ms, Done done) override;
    /// Ends all calls, and waits until they have ended; later ones end at once.
    void stop();

  private:
    class Use;
    class Call;
    class Body;
    /// The connection to a node.
    struct Way {
        std::string address;
        std::unique_ptr<::bsn::gateway::v1::Gateway::Stub> stub;
    };

    /// Null: the client has stopped.
    std::shared_ptr<Call> begin(const ledger::NodeId& node, const std::string& address,
                                std::shared_ptr<const gateway::Request> request, Done done);
    void forget(const std::shared_ptr<Call>& call);

    const PeerTls tls_;
    const std::function<std::string(const ledger::NodeId&)> address_of_;
    const std::function<bool(const ledger::NodeId&)> connected_;
    std::mutex mutex_;
    std::condition_variable ended_;
    std::map<ledger::NodeId, std::shared_ptr<Way>> ways_;
    std::set<std::shared_ptr<Call>> calls_;  ///< that go on
    std::size_t uses_ = 0;                   ///< calls that are there still
    bool stopped_ = false;
};

}  // namespace bsn::node
