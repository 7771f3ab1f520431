#pragma once
// The order on a node without a CometBFT: followed. Inside the module.

#include "node/ordering_engine.hpp"
#include "node/peer_order_source.hpp"
#include "ordering/cometbft/following_orderer.hpp"

#include <mutex>

namespace bsn::node {

/// Takes the order from those of the other nodes that run a CometBFT.
class FollowingEngine final : public OrderingEngine {
  public:
    explicit FollowingEngine(EngineSurroundings surroundings);

    Status open() override;
    ordering::Orderer& orderer() override { return *orderer_; }
    Status start() override { return orderer_->start(); }
    void set_neighbours(const Neighbours& neighbours) override;
    void stop() override;
    bool has_begun() const override { return orderer_->has_begun(); }
    bool is_level() override { return orderer_->behind() == 0U; }
    void complete(gateway::OrderingStatus& status) const override;

  private:
    std::vector<OrderServer> servers() const;

    const EngineSurroundings surroundings_;
    mutable std::mutex mutex_;  ///< guards the next
    Neighbours neighbours_;
    PeerOrderSource source_;
    std::unique_ptr<ordering::FollowingOrderer> orderer_;
};

}  // namespace bsn::node
