#pragma once
// A city node: its keys and data, its part of every channel, its HTTP API.

#include "framework/ledger/ledger_framework.hpp"
#include "gateway/backend.hpp"
#include "gateway/http_server.hpp"
#include "gateway/published/enrolments.hpp"
#include "node/app_metering.hpp"
#include "node/custody_files.hpp"
#include "node/fabric_part.hpp"
#include "node/fisco_channels.hpp"
#include "node/node_callbacks.hpp"
#include "node/node_metrics.hpp"
#include "node/order_meter.hpp"
#include "node/outside_apps.hpp"
#include "store/append_log.hpp"
#include "store/syncer.hpp"

#include <atomic>
#include <filesystem>
#include <functional>
#include <shared_mutex>

namespace bsn::node {

/// What a node shares with others of its process.
struct NodeSurroundings {
    const ledger::Genesis& genesis;
    const std::string& genesis_json;
    ordering::Orderer& orderer;
    ordering::PeerNetwork& network;
    Executor& pool;
    const Clock& clock;
    peer::CopySource* copies = nullptr;      ///< null: channels are executed from the order only
    gateway::Forwarder* gateways = nullptr;  ///< null: requests are not handed on
};

struct CityNodeOptions {
    std::filesystem::path folder;  ///< `keys/` and `data/`
    gateway::HttpServerOptions http;
    /// Adds what the process knows beside the node: links, the ordering engine. May be empty.
    std::function<void(gateway::NodeStatus&)> complete_status = {};
    /// Where others of the process measure, too; null: the node has its own.
    MetricsRegistry* metrics = nullptr;
    /// Where SDKs of FISCO BCOS are served.
    std::vector<FiscoEndpoint> fisco = {};
    /// How long ago the permission chain may have been seen last for writes to be taken,
    /// milliseconds; 0: however long.
    std::uint64_t permission_max_age_ms = 60'000;
    /// Of users' keys; not configured: custody is off.
    gateway::MasterKeySettings custody = {};
    gateway::CallbackSettings callbacks = {};
    /// How other nodes reach this one's peer and orderer of Fabric.
    std::string fabric_host = "127.0.0.1";
    /// Where programs of frameworks may be installed; empty: nowhere of its own.
    std::filesystem::path engines = {};
    /// What packages of contracts may do here.
    framework::fabric::PackageSettings packages = {};
};

/// Reads a node's three keys from its folder.
Result<ordering::NodeIdentity> load_identity(const std::filesystem::path& folder);

/// Where the syncs of one of a node's stores are timed.
Histogram& fsync_seconds(MetricsRegistry& metrics, const char* store);

/// Opened, then started, then closed, by one thread; `receive` and the backend by any.
class CityNode final : public gateway::Backend {
  public:
    CityNode(CityNodeOptions options, const NodeSurroundings& surroundings,
             ordering::NodeIdentity identity);
    ~CityNode() override;

    /// Opens the data, and asks the orderer for what was ordered since.
    Status open();
    /// Signs blocks from here on. After the orderer has started; if the node knows no past of its
    /// own (`LedgerFramework::knows_no_past`), once it has all that was ordered before it began.
    Status start();
    /// Opens the HTTP API, and the ports for SDKs of FISCO BCOS.
    Status serve();
    /// Ends these, so that nothing new comes in.
    void stop_serving();
    /// Ends all work. After the orderer has stopped, before the pool does.
    void close();

    void receive(const ledger::NodeId& from, const ledger::ChannelId& channel,
                 ordering::Message message);
    /// Gives another peer a copy of a channel (`LedgerFramework::write_copy`).
    Status write_copy(const ledger::NodeId& to, const ledger::ChannelId& channel,
                      const peer::CopySink& sink) const;
    /// Answers a request that another node's gateway hands on, by this node alone. `reply` as that
    /// of `HttpServer::answer_forwarded`.
    void answer_forwarded(gateway::Request request, const gateway::Reply& reply);
    /// Called about every 100 ms.
    void tick();

    const ledger::NodeId& id() const { return identity_.id(); }
    const ordering::NodeIdentity* identity() const override { return &identity_; }
    /// Once opened.
    framework::LedgerFramework& framework() { return *framework_; }
    std::string url() const { return server_ ? server_->url() : ""; }

    const ledger::NetworkId& network() const override { return network_id_; }
    const std::string& genesis_json() const override { return surroundings_.genesis_json; }
    const registry::View& registry() const override { return view_; }
    Result<framework::Chain*> chain(std::string_view app) override;
    gateway::NodeStatus status() const override;
    gateway::Forwarder* forwarder() override { return surroundings_.gateways; }
    Status serves(const registry::App& app, bool writes) override;
    Result<std::string> user_certificate(const registry::App& app, const std::string& name,
                                         const std::string& attributes,
                                         const crypto::PublicKey& key) override;
    Result<gateway::ChainCertificate> certificate(const registry::App& app,
                                                  const registry::Caller& caller) override;
    Result<ledger::Hash> keep_package(ByteView package) override;
    Result<Bytes> package(const ledger::Hash& digest) override;
    MetricsRegistry& metrics() override { return metrics_; }
    void refresh_metrics() override;
    UnixMillis now() const override { return surroundings_.clock.now(); }
    gateway::Metering* metering() override { return &app_metering_.metering(); }
    gateway::UserKeys* user_keys() override { return custody(); }
    gateway::published::Enrolments* enrolments() override { return enrolments_.get(); }
    gateway::published::EventRegistrations* event_registrations() override {
        return callbacks_ ? &callbacks_->callbacks : nullptr;
    }
    gateway::Custody* custody() override { return custody_ ? custody_->custody.get() : nullptr; }

  private:
    /// Refuses keys and data of another node or network.
    Status check_whose_data();
    gateway::ChainStatus status_of(const ledger::ChannelId& channel,
                                   const peer::Replica& replica) const;

    const CityNodeOptions options_;
    const NodeSurroundings surroundings_;
    const ordering::NodeIdentity identity_;
    const ledger::NetworkId network_id_;
    const std::uint64_t started_;  ///< monotonic milliseconds
    registry::View view_;
    contract::Contracts contracts_;
    MetricsRegistry own_metrics_;
    MetricsRegistry& metrics_;
    std::mutex refreshing_;  ///< guards the next
    NodeMetrics node_metrics_;
    std::unique_ptr<store::Database> database_;
    std::unique_ptr<store::AppendLog> batch_log_;
    std::unique_ptr<store::Syncer> syncer_;
    std::unique_ptr<CustodyFiles> custody_;
    std::unique_ptr<gateway::published::Enrolments> enrolments_;
    AppMetering app_metering_;
    std::unique_ptr<framework::LedgerFramework> framework_;
    OutsideApps outside_apps_;
    framework::fisco_network::FiscoNetwork outside_{outside_apps_};
    mutable FabricPart fabric_;  ///< to tell of a channel is to open it
    std::unique_ptr<OrderMeter> meter_;
    std::unique_ptr<NodeCallbacks> callbacks_;
    std::atomic<bool> open_{false};  ///< messages that come before are lost, and sent again
    std::shared_mutex serving_mutex_;
    bool serving_ = false;  ///< whether the server takes requests of other nodes
    std::unique_ptr<gateway::HttpServer> server_;
    std::unique_ptr<FiscoChannels> fisco_;
};

}  // namespace bsn::node
