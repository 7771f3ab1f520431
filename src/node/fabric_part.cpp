#include "node/fabric_part.hpp"

#include "node/node_metrics.hpp"
#include "node/outside_apps.hpp"

namespace bsn::node {

namespace fabric = framework::fabric;

FabricPart::FabricPart(FabricPartOptions options, const FabricSurroundings& surroundings)
    : options_(std::move(options)),
      surroundings_(surroundings),
      apps_(surroundings.view, surroundings.clock, surroundings.identity,
            options_.permission_max_age_ms),
      packages_(surroundings.view, surroundings.identity.id(), surroundings.gateways),
      joined_(options_.folder, apps_, surroundings.clock, surroundings.pool) {}

void FabricPart::start(framework::Chain& system) {
    apps_.announce_on(system);
    const ledger::NodeId& own = surroundings_.identity.id();
    fabric::ManagedNetworkOptions options;
    options.folder = options_.folder / "fabric";
    options.node = own;
    options.host = options_.host;
    options.engines = options_.engines;
    options.packages = options_.packages;
    options.fetch = [this](const ledger::Hash& digest) { return packages_.fetch(digest); };
    const auto record = surroundings_.view.node(own);
    options.node_name = record ? record->name : to_hex(own);
    managed_ = std::make_unique<fabric::ManagedFabric>(
        std::move(options), apps_,
        [this](ByteView channel, const crypto::PublicKey& signer, const std::string& contract,
               const std::string& function) {
            return apps_.may_call(channel, signer, contract, function);
        },
        surroundings_.contracts, surroundings_.clock, surroundings_.pool);
    managed_->start();
}

void FabricPart::close() {
    joined_.close();
    apps_.close();
    packages_.close();
    if (managed_) managed_->close();
}

Result<fabric::ManagedFabric*> FabricPart::managed() const {
    if (managed_) return managed_.get();
    return Error{Code::unavailable, "the node starts; try again"};
}

Result<framework::Chain*> FabricPart::chain(const registry::AppRecord& app) {
    if (app.fabric_network) return joined_.open_chain(app.channel);
    if (!app.epoch.index_of(surroundings_.identity.id())) return not_here(app);
    BSN_TRY(started, managed());
    return started->open_chain(app.channel);
}

Result<gateway::ChainCertificate> FabricPart::certificate(const registry::AppRecord& app,
                                                          const registry::Caller& caller) {
    BSN_TRY(started, managed());
    BSN_TRY(found,
            started->certificate_of(app.channel.view(), caller.participant.view(), caller.key));
    return gateway::ChainCertificate{found.channel, found.certified.msp_id,
                                     found.certified.certificate};
}

Result<std::string> FabricPart::user_certificate(const std::string& name,
                                                 const std::string& attributes,
                                                 const crypto::PublicKey& key) {
    BSN_TRY(started, managed());
    return started->issue(name, key, attributes);
}

Result<ledger::Hash> FabricPart::keep_package(ByteView package) {
    BSN_TRY(started, managed());
    return started->keep_package(package);
}

Result<Bytes> FabricPart::package(const ledger::Hash& digest) {
    BSN_TRY(started, managed());
    return started->packages().get(digest);
}

gateway::ChainStatus FabricPart::status_of(const registry::AppRecord& app) {
    gateway::ChainStatus status;
    status.app = app.name;
    status.channel = to_hex(app.channel);
    if (app.fabric) {
        status.peers = app.fabric->members.size();
        status.quorum = status.peers / 2 + 1;
    } else {
        status.peers = app.fabric_network->peers.size();
    }
    status.epoch = app.epoch.epoch;
    status.transactions.reset();
    const framework::fabric::ChannelState state = app.fabric_network ? joined_.state(app.channel)
                                                  : managed_         ? managed_->state(app.channel)
                                                             : framework::fabric::ChannelState();
    status.height = status.certified = state.height;
    for (const auto& contract : state.contracts) {
        status.contracts.push_back(
            {contract.contract, contract.language, contract.trouble, contract.restarts});
    }
    if (state.progress.open) {
        status.state = app.state == ledger::AppState::active ? "active" : "suspended";
        status.alarm = state.trouble;
        if (state.progress.contracts != app.contracts) {
            status.step = "takes up the app's new contracts";
        }
    } else {
        status.state = "opening";
    }
    if (!state.progress.step.empty()) status.step = state.progress.step;
    if (state.progress.alarming && status.alarm.empty()) status.alarm = state.progress.reason;
    return status;
}

void FabricPart::tell(gateway::NodeStatus& status) const {
    if (!managed_) return;
    status.fabric_trouble = managed_->trouble();
    for (const auto& one : managed_->programs()) {
        status.fabric_processes.push_back({std::string(one.program), std::string(one.release),
                                           one.pid && one.trouble.empty(), one.restarts,
                                           one.pid ? resident_memory(*one.pid) : 0, one.trouble});
    }
}

}  // namespace bsn::node
