#pragma once
// The order on a node with a CometBFT beside it. Inside the module.

#include "base/supervised_process.hpp"
#include "node/cometbft_dialer.hpp"
#include "node/order_service.hpp"
#include "node/ordering_engine.hpp"
#include "ordering/cometbft/cometbft_orderer.hpp"

#include <optional>

namespace bsn::node {

/// Keeps a CometBFT running, is its application, and serves its blocks to nodes that follow.
class CometbftEngine final : public OrderingEngine {
  public:
    explicit CometbftEngine(EngineSurroundings surroundings);
    ~CometbftEngine() override { stop(); }

    Status open() override;
    ordering::Orderer& orderer() override { return *orderer_; }
    std::vector<grpc::Service*> services() override { return {service_.get()}; }
    Status start() override;
    void set_neighbours(const Neighbours& neighbours) override;
    Bytes validator_key() const override { return validator_; }
    void stop() override;
    bool has_begun() const override { return orderer_->has_begun(); }
    bool is_level() override;
    void complete(gateway::OrderingStatus& status) const override;

  private:
    /// Said before anything runs: CometBFT itself would say it in its log only.
    Status check();
    /// A validator that has forgotten what it signed could sign two blocks at one height.
    Status check_signed_state() const;
    void make_process();
    Status make_orderer();
    std::filesystem::path home() const { return surroundings_.settings.folder / "cometbft"; }
    /// Where this process and CometBFT meet: in the node's folder, which nobody else may enter.
    std::string application_address() const;

    const EngineSurroundings surroundings_;
    std::filesystem::path program_;  ///< once it is found to be right
    Bytes validator_;                ///< the key with which our CometBFT agrees on the order
    std::unique_ptr<SupervisedProcess> process_;
    std::unique_ptr<ordering::CometbftOrderer> orderer_;
    std::unique_ptr<OrderService> service_;
    std::vector<std::string> others_;  ///< the addresses of the others' CometBFT
    std::unique_ptr<CometbftDialer> dialer_;
    std::unique_ptr<net::HttpConnection> rpc_;
};

}  // namespace bsn::node
