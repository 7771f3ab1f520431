#pragma once
// Messages between the peers of nodes in different processes: gRPC over mutual TLS.

#include "base/clock.hpp"
#include "gateway/backend.hpp"
#include "node/peer_tls.hpp"
#include "ordering/messages.hpp"

#include <grpcpp/impl/service_type.h>

#include <functional>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>

namespace bsn::node {

struct PeerLinkOptions {
    ledger::NodeId own;
    std::string listen;                               ///< host:port
    std::map<ledger::NodeId, std::string> addresses;  ///< of other nodes, host:port, to begin with
    PeerTls tls;
    /// What else the other nodes may call at the same port. They outlive the links, and check for
    /// themselves who calls.
    std::vector<grpc::Service*> further = {};
};

/// Any thread may call any member once started.
///
/// For each other node whose address is known a thread sends what is queued for it, over one call
/// that is made anew when it breaks. What is queued is bounded: beyond, messages are lost, as they
/// may be.
class PeerLinks final : public ordering::PeerNetwork {
  public:
    using Receive = std::function<void(const ledger::NodeId& from, const ledger::ChannelId& channel,
                                       ordering::Message message)>;
    /// Whether a node may talk to us now: those of the permission chain that are not revoked.
    using MayTalk = std::function<bool(const ledger::NodeId&)>;

    PeerLinks(PeerLinkOptions options, Receive receive, MayTalk may_talk);
    ~PeerLinks() override;

    /// Listens, and begins to connect.
    Status start();
    void stop();

    /// From now on there are links to these nodes, at these addresses, and to no others. A link
    /// whose address has changed is made anew. By one thread.
    void set_addresses(const std::map<ledger::NodeId, std::string>& addresses);

    void send(const ledger::NodeId& to, const ledger::ChannelId& channel,
              ordering::Message message) override;
    /// The ways to the other nodes.
    std::vector<gateway::LinkStatus> status() const;
    /// Whether the call to a node stands.
    bool connected(const ledger::NodeId& to) const;
    /// Where it listens; useful if port 0 was asked for.
    int port() const { return port_; }

  private:
    class Service;
    class Link;

    const PeerLinkOptions options_;
    const Receive receive_;
    const MayTalk may_talk_;
    std::unique_ptr<Service> service_;
    mutable std::shared_mutex links_mutex_;
    std::map<ledger::NodeId, std::unique_ptr<Link>> links_;
    int port_ = 0;
};

}  // namespace bsn::node
