#pragma once
// Three nodes of our own ledger in this process, with an embedded orderer, on a temporary folder.

#include "conformance_target.hpp"
#include "framework/ledger/ledger_framework.hpp"
#include "node/city_node.hpp"
#include "node/network_files.hpp"
#include "ordering/embedded_orderer.hpp"

#include <atomic>
#include <filesystem>
#include <thread>

namespace bsn::framework::conformance {

/// The network whose files a folder gets.
node::NetworkPlan ledger_network_plan();

/// What a city node is made of, without its HTTP API.
class LedgerNode {
  public:
    LedgerNode(const std::filesystem::path& folder, const ledger::Genesis& genesis,
               ordering::Orderer& orderer, ordering::PeerNetwork& network, Executor& pool,
               const Clock& clock);

    /// After the pool has stopped. It tells those who wait, so it goes before them.
    void stop_syncer() { syncer_.reset(); }

  private:
    contract::Contracts contracts_;
    std::unique_ptr<store::Database> database_;
    std::unique_ptr<store::AppendLog> batch_log_;
    std::unique_ptr<store::Syncer> syncer_;

  public:
    const ordering::NodeIdentity identity;
    registry::View view;
    std::unique_ptr<LedgerFramework> framework;  ///< uses all of the above
};

/// The nodes of a folder while they run.
class LedgerNetwork {
  public:
    LedgerNetwork(const std::filesystem::path& folder, const ledger::Genesis& genesis);
    ~LedgerNetwork();
    LedgerNetwork(const LedgerNetwork&) = delete;
    LedgerNetwork& operator=(const LedgerNetwork&) = delete;

    std::vector<std::unique_ptr<LedgerNode>> nodes;

  private:
    class Port;

    SystemClock clock_;
    ThreadPool pool_{2};
    ordering::EmbeddedOrderer orderer_;
    std::vector<ledger::NodeId> ids_;
    std::vector<std::unique_ptr<Port>> ports_;
    std::atomic<bool> open_{false};
    std::thread ticker_;
};

}  // namespace bsn::framework::conformance
