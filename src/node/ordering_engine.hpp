#pragma once
// How a node process takes part in the order: with a CometBFT beside it, or following those that
// have one. Inside the module.

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "gateway/backend.hpp"
#include "node/neighbours.hpp"
#include "node/peer_tls.hpp"
#include "ordering/order_rules.hpp"
#include "ordering/orderer.hpp"
#include "store/append_log.hpp"

#include <grpcpp/impl/service_type.h>

#include <functional>
#include <memory>
#include <vector>

namespace bsn::node {

/// What an engine is made in. All but the values outlive it.
struct EngineSurroundings {
    const NodeSettings& settings;
    const ledger::Genesis& genesis;
    ordering::OrderRules& rules;
    const Clock& clock;
    MetricsRegistry& metrics;
    ledger::NodeId own;
    PeerTls tls;
    /// Whether another node may ask this one for anything now.
    std::function<bool(const ledger::NodeId&)> may_talk;
};

/// The orderer of a node process, and what runs beside it for that. One thread, but where said
/// otherwise.
class OrderingEngine {
  public:
    virtual ~OrderingEngine() = default;

    /// Of what is to run, checks all that can be checked before it does, and makes the orderer.
    virtual Status open() = 0;
    virtual ordering::Orderer& orderer() = 0;
    /// What it does for other nodes, at the port for them.
    virtual std::vector<grpc::Service*> services() { return {}; }
    /// Starts the orderer, and what it rests on; once its consumers have subscribed.
    virtual Status start() = 0;
    /// Whom the node connects to from now on. Before the start, and later.
    virtual void set_neighbours(const Neighbours& neighbours) = 0;
    /// The key with which this node agrees on the order; empty: it has none.
    virtual Bytes validator_key() const { return {}; }
    /// Ends both, and the calls of other nodes. Without effect when called again.
    virtual void stop() = 0;
    /// Whether the order has gone on since the start.
    virtual bool has_begun() const = 0;
    /// Whether this node has all that is ordered, as far as its neighbours say.
    virtual bool is_level() = 0;
    /// Adds what only the engine knows. Any thread, once started.
    virtual void complete(gateway::OrderingStatus& status) const = 0;
};

/// The engine that the settings ask for.
std::unique_ptr<OrderingEngine> make_ordering_engine(EngineSurroundings surroundings);

/// The log of what was ordered, in the node's folder.
Result<std::unique_ptr<store::AppendLog>> open_order_log(const EngineSurroundings& surroundings);

}  // namespace bsn::node
