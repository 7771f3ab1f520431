#pragma once
// A city node's part in Hyperledger Fabric: the channels that city nodes run, and those of others.

#include "framework/fabric/network/managed_framework.hpp"
#include "gateway/backend.hpp"
#include "node/fabric_apps.hpp"
#include "node/package_exchange.hpp"

#include <filesystem>
#include <memory>

namespace bsn::node {

struct FabricPartOptions {
    std::filesystem::path folder;  ///< the node's; its Fabric is in `fabric/`
    std::string host;              ///< how other nodes reach this one's peer and orderer
    std::filesystem::path engines = {};
    framework::fabric::PackageSettings packages = {};
    std::uint64_t permission_max_age_ms = 0;  ///< see `FabricApps`
};

/// What its parts share; all outlive it.
struct FabricSurroundings {
    const registry::View& view;
    const ordering::NodeIdentity& identity;
    const contract::Contracts& contracts;
    const Clock& clock;
    Executor& pool;
    gateway::Forwarder* gateways = nullptr;  ///< null: requests are not handed on
};

/// Started, then closed, by one thread; the rest by any. Channels that city nodes run are
/// `unavailable` until it has started.
class FabricPart {
  public:
    FabricPart(FabricPartOptions options, const FabricSurroundings& surroundings);

    /// `system`: the permission chain, where it announces what it offers.
    void start(framework::Chain& system);
    void close();

    /// Of an app on Fabric.
    Result<framework::Chain*> chain(const registry::AppRecord& app);
    /// Whether an app on others' Fabric can be served.
    Status serves(const registry::AppRecord& app) { return joined_.serves(app.channel); }
    /// Of an app on channels that city nodes run: see `gateway::Backend`.
    Result<gateway::ChainCertificate> certificate(const registry::AppRecord& app,
                                                  const registry::Caller& caller);
    Result<std::string> user_certificate(const std::string& name, const std::string& attributes,
                                         const crypto::PublicKey& key);
    Result<ledger::Hash> keep_package(ByteView package);
    Result<Bytes> package(const ledger::Hash& digest);

    gateway::ChainStatus status_of(const registry::AppRecord& app);
    /// Of its programs, and why it offers none.
    void tell(gateway::NodeStatus& status) const;

  private:
    Result<framework::fabric::ManagedFabric*> managed() const;

    const FabricPartOptions options_;
    const FabricSurroundings surroundings_;
    FabricApps apps_;
    PackageExchange packages_;
    std::unique_ptr<framework::fabric::ManagedFabric> managed_;  ///< null: not started
    framework::fabric::JoinedFabric joined_;
};

}  // namespace bsn::node
