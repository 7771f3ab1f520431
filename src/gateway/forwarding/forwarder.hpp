#pragma once
// The way to other city nodes' gateways, for requests that this node cannot answer.

#include "base/result.hpp"
#include "gateway/message.hpp"
#include "ledger/types.hpp"

namespace bsn::gateway {

/// What came of handing a request to another node.
struct Forwarded {
    Result<Response> answer;
    /// The node got the request, and may have done what it asks for although there is no answer.
    bool begun = false;
};

/// Any thread may call any member.
class Forwarder {
  public:
    using Done = std::function<void(Forwarded)>;

    virtual ~Forwarder() = default;
    /// Whether a connection to the node stands.
    virtual bool reaches(const ledger::NodeId& node) const = 0;
    /// Has a node's gateway answer as if it had been asked itself, except that it asks no further
    /// one. It is given the request only once it has proven to be that node. `done` comes once,
    /// from any thread, within the time (milliseconds), and only hands over; a body that is a
    /// stream goes on after that.
    virtual void forward(const ledger::NodeId& node, std::shared_ptr<const Request> request,
                         std::uint64_t timeout_ms, Done done) = 0;
};

}  // namespace bsn::gateway
