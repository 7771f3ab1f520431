#include "node/city_node.hpp"

#include "base/files.hpp"
#include "framework/ledger/stored_heights.hpp"
#include "gateway/errors.hpp"
#include "node/status.hpp"
#include "registry/contract.hpp"

#include <fmt/format.h>

#include <algorithm>

#ifndef BSN_VERSION
#define BSN_VERSION "0.1.0"
#endif

namespace bsn::node {

Histogram& fsync_seconds(MetricsRegistry& metrics, const char* store) {
    return metrics.histogram("bsn_fsync_seconds", "How long these syncs took", k_latency_bounds,
                             {{"store", store}});
}

Result<ordering::NodeIdentity> load_identity(const std::filesystem::path& folder) {
    std::vector<crypto::PrivateKey> keys;
    for (crypto::SuiteId suite :
         {crypto::SuiteId::secp256r1, crypto::SuiteId::secp256k1, crypto::SuiteId::sm2}) {
        auto file = folder / "keys" / fmt::format("{}.pem", crypto::suite_name(suite));
        BSN_TRY(key, crypto::read_key_file(file, ""));
        if (key.suite() != suite) {
            return Error{Code::invalid_argument,
                         fmt::format("{} holds a key of the suite {}; restore the node's own",
                                     file.string(), crypto::suite_name(key.suite()))};
        }
        keys.push_back(std::move(key));
    }
    return ordering::NodeIdentity(std::move(keys));
}

/// With the permission chain's age limited as its ordering allows.
static CityNodeOptions with_age_limit(CityNodeOptions options, const ledger::Genesis& genesis) {
    // The orderer within the process orders nothing while there is nothing, and is always seen.
    if (genesis.ordering == ledger::OrderingType::embedded) options.permission_max_age_ms = 0;
    return options;
}

CityNode::CityNode(CityNodeOptions options, const NodeSurroundings& surroundings,
                   ordering::NodeIdentity identity)
    : options_(with_age_limit(std::move(options), surroundings.genesis)),
      surroundings_(surroundings),
      identity_(std::move(identity)),
      network_id_(surroundings.genesis.network()),
      started_(surroundings.clock.monotonic()),
      view_(ledger::system_channel(network_id_)),
      metrics_(options_.metrics != nullptr ? *options_.metrics : own_metrics_),
      node_metrics_(metrics_, options_.folder / "data"),
      app_metering_(*this, view_, surroundings.pool, surroundings.clock, metrics_),
      outside_apps_(view_, surroundings.clock, identity_.id(), options_.permission_max_age_ms),
      fabric_({options_.folder, options_.fabric_host, options_.engines, options_.packages,
               options_.permission_max_age_ms},
              {view_, identity_, contracts_, surroundings.clock, surroundings.pool,
               surroundings.gateways}) {
    contract::add_builtin_contracts(contracts_);
    contracts_.add(registry::make_registry_contract());
}

CityNode::~CityNode() {
    stop_serving();
    close();
    custody_.reset();  // while those are there who wait for its records
    // Tells those who wait for a sync, so it has to go before them; the last blocks become durable.
    syncer_.reset();
}

Status CityNode::open() {
    const auto data = options_.folder / "data";
    BSN_CHECK(make_private_folder(data));
    auto syncs_of = [this](const char* store) {
        return store::SyncMeter{
            &metrics_.counter("bsn_fsyncs_total", "Syncs of the node's data to disk",
                              {{"store", store}}),
            &fsync_seconds(metrics_, store)};
    };
    BSN_TRY(database, store::open_rocksdb(data / "state", syncs_of("state")));
    database_ = std::move(database);
    BSN_TRY(batch_log, store::open_append_log(data / "batches", store::k_log_segment_bytes,
                                              syncs_of("batches")));
    batch_log_ = std::move(batch_log);
    syncer_ = std::make_unique<store::ThreadSyncer>([this]() -> Status {
        BSN_CHECK(batch_log_->sync());
        return database_->sync();
    });
    BSN_CHECK(check_whose_data());
    enrolments_ = std::make_unique<gateway::published::Enrolments>(*database_);
    if (options_.custody.configured()) {
        auto custody =
            CustodyFiles::open(options_.folder, options_.custody, surroundings_.clock, metrics_);
        if (!custody) return custody.error().within("custody");
        custody_ = std::move(*custody);
    }
    peer::ReplicaServices services{*database_,
                                   *batch_log_,
                                   *syncer_,
                                   surroundings_.pool,
                                   surroundings_.clock,
                                   identity_,
                                   surroundings_.network,
                                   surroundings_.orderer};
    framework_ = std::make_unique<framework::LedgerFramework>(
        services, contracts_, surroundings_.genesis, view_, surroundings_.copies);
    framework_->limit_permission_age(options_.permission_max_age_ms);
    framework_->limit_transactions(app_metering_.metering());
    BSN_CHECK(framework_->open());
    BSN_CHECK(app_metering_.open(*database_, *framework_));
    auto callbacks =
        NodeCallbacks::open(*this, surroundings_.clock, options_.callbacks, *database_);
    if (!callbacks) return callbacks.error().within("callbacks");
    callbacks_ = std::move(*callbacks);
    meter_ = std::make_unique<OrderMeter>(*framework_, ledger::system_channel(network_id_),
                                          surroundings_.clock, metrics_);
    surroundings_.orderer.subscribe(*meter_, framework_->first_needed_height());
    open_ = true;
    return {};
}

Status CityNode::check_whose_data() {
    const ledger::Genesis& genesis = surroundings_.genesis;
    auto in_genesis = std::find_if(genesis.nodes.begin(), genesis.nodes.end(),
                                   [&](const auto& node) { return node.id() == identity_.id(); });
    // A node that comes later is known by the permission chain only (membership.hpp).
    const bool is_first = in_genesis != genesis.nodes.end();
    for (const auto& [suite, key] :
         {std::pair(crypto::SuiteId::secp256k1, &ledger::GenesisNode::secp256k1),
          std::pair(crypto::SuiteId::sm2, &ledger::GenesisNode::sm2)}) {
        if (!is_first || identity_.public_key(suite).bytes == (*in_genesis).*key) continue;
        return Error{Code::wrong_network,
                     fmt::format("{} is not the key that the genesis has for this city node; "
                                 "restore the node's own",
                                 (options_.folder / "keys" /
                                  fmt::format("{}.pem", crypto::suite_name(suite)))
                                     .string())};
    }
    for (const auto& [name, value] :
         {std::pair<std::string, ByteView>{"network", network_id_}, {"node", identity_.id()}}) {
        Bytes key = framework::owner_key(name);
        BSN_TRY(stored, database_->get(store::Table::meta, key));
        if (!stored) {
            auto changes = database_->batch();
            changes->put(store::Table::meta, key, value);
            BSN_CHECK(database_->write(*changes));
        } else if (!equal(*stored, value)) {
            return Error{Code::wrong_network,
                         fmt::format("the data in {} is of {} {}, not {}; restore the genesis and "
                                     "keys that belong to it, or remove it",
                                     (options_.folder / "data").string(), name, to_hex(*stored),
                                     to_hex(value))};
        }
    }
    return {};
}

Status CityNode::start() {
    std::uint64_t executed = framework_->executed_order_height();
    if (surroundings_.orderer.height() < executed) {
        auto logs = options_.folder.parent_path() / "ordering" / "*.log";
        return Error{
            Code::corrupted,
            fmt::format("{}: the ordering log ends at height {}, but {} has executed height "
                        "{}: the log was cut or lost; restore it from a backup",
                        logs.string(), surroundings_.orderer.height(), options_.folder.string(),
                        executed)};
    }
    return framework_->start();
}

Status CityNode::serve() {
    fabric_.start(framework_->system_chain());
    if (custody_) BSN_CHECK(custody_->tidy(view_));
    gateway::HttpServerOptions http = options_.http;
    http.nonces = options_.folder / "data" / "requests";
    server_ = std::make_unique<gateway::HttpServer>(std::move(http), *this, surroundings_.pool);
    BSN_CHECK(server_->start());
    {
        std::unique_lock lock(serving_mutex_);
        serving_ = true;
    }
    fisco_ = std::make_unique<FiscoChannels>(*this, surroundings_.pool, options_.folder,
                                             surroundings_.genesis.authority, options_.fisco);
    return fisco_->start();
}

void CityNode::stop_serving() {
    {
        std::unique_lock lock(serving_mutex_);
        serving_ = false;
    }
    if (fisco_) fisco_->stop();
    if (server_) server_->stop();
    if (callbacks_) callbacks_->callbacks.close();
    app_metering_.close();
    outside_.close();
    if (framework_) framework_->end_waits();
    fabric_.close();  // it may have waited, too
}

void CityNode::close() {
    if (framework_) framework_->close();
}

void CityNode::receive(const ledger::NodeId& from, const ledger::ChannelId& channel,
                       ordering::Message message) {
    if (open_) framework_->receive(from, channel, std::move(message));
}

Status CityNode::write_copy(const ledger::NodeId& to, const ledger::ChannelId& channel,
                            const peer::CopySink& sink) const {
    if (!open_) return Error{Code::unavailable, "the node is not open yet"};
    return framework_->write_copy(to, channel, sink);
}

void CityNode::answer_forwarded(gateway::Request request, const gateway::Reply& reply) {
    std::shared_lock lock(serving_mutex_);
    if (serving_) return server_->answer_forwarded(std::move(request), reply);
    reply([] {
        return gateway::error_response({Code::unavailable, "the node starts or stops; try again"});
    });
}

void CityNode::tick() {
    framework_->tick();
    if (fisco_) fisco_->tick();
    app_metering_.tick();
    // Before, the node may not know yet who is a member still.
    if (server_) callbacks_->callbacks.tick();
}

Result<framework::Chain*> CityNode::chain(std::string_view app) {
    if (app == "system" || app == to_hex(view_.system_channel())) {
        return static_cast<framework::Chain*>(&framework_->system_chain());
    }
    std::shared_ptr<const registry::App> found = view_.app(app);
    if (!found) {
        return Error{Code::not_found,
                     fmt::format("there is no app '{}'; `bsn app list` shows those "
                                 "that there are",
                                 app)};
    }
    if (found->record.network) return outside_.open_chain(found->record.channel);
    if (found->record.is_on_fabric()) return fabric_.chain(found->record);
    return framework_->open_chain(found->record.channel);
}

Status CityNode::serves(const registry::App& app, bool writes) {
    if (app.record.fabric_network) return fabric_.serves(app.record);
    if (app.record.is_foreign()) return Backend::serves(app, writes);
    BSN_CHECK(framework_->check_runs(app.record.channel, writes));
    return writes ? surroundings_.orderer.health() : Status();
}

gateway::ChainStatus CityNode::status_of(const ledger::ChannelId& channel,
                                         const peer::Replica& replica) const {
    peer::ReplicaStatus replica_status = replica.status();
    std::shared_ptr<const ledger::EpochRecord> epoch = replica.access().epoch();
    gateway::ChainStatus status;
    status.app = replica.access().app().name;
    status.channel = to_hex(channel);
    status.state = !replica_status.alarm.empty()          ? "stopped"
                   : replica.access().check_active().ok() ? "active"
                                                          : "suspended";
    status.alarm = replica_status.alarm;
    status.height = replica_status.height;
    status.certified = replica_status.certified;
    status.head = to_hex(replica_status.certified_hash);
    status.transactions = replica_status.transactions;
    status.pending = replica_status.pending;
    status.voided = replica_status.voided;
    status.peers = epoch->peers.size();
    status.quorum = epoch->quorum();
    status.epoch = epoch->epoch;
    status.settled = replica_status.settled;
    return status;
}

Result<gateway::ChainCertificate> CityNode::certificate(const registry::App& app,
                                                        const registry::Caller& caller) {
    if (!app.record.fabric) return Backend::certificate(app, caller);
    return fabric_.certificate(app.record, caller);
}

Result<std::string> CityNode::user_certificate(const registry::App& app, const std::string& name,
                                               const std::string& attributes,
                                               const crypto::PublicKey& key) {
    if (!app.record.fabric) return Backend::user_certificate(app, name, attributes, key);
    return fabric_.user_certificate(name, attributes, key);
}

Result<ledger::Hash> CityNode::keep_package(ByteView package) {
    return fabric_.keep_package(package);
}

Result<Bytes> CityNode::package(const ledger::Hash& digest) { return fabric_.package(digest); }

gateway::NodeStatus CityNode::status() const {
    gateway::NodeStatus status;
    status.network = to_hex(network_id_);
    status.network_name = surroundings_.genesis.name;
    status.node = to_hex(identity_.id());
    if (auto record = view_.node(identity_.id())) {
        status.name = record->name;
        status.city = record->city;
        status.operator_name = record->operator_name;
        status.state = registry::node_state_name(record->state);
    }
    if (status.state.empty()) status.state = "unknown";
    status.version = BSN_VERSION;
    status.ordering = ledger::ordering_name(surroundings_.genesis.ordering);
    status.order_height = surroundings_.orderer.height();
    const ordering::OrdererStatus order = surroundings_.orderer.status();
    status.order.block_age_ms = meter_->age_ms();
    status.order.validators = order.validators.size();
    status.order.waiting_bytes = order.waiting_bytes;
    if (Status ordering = surroundings_.orderer.health(); !ordering) {
        status.order.trouble = ordering.error().message;
    }
    if (options_.complete_status) options_.complete_status(status);
    for (gateway::LinkStatus& link : status.links) {
        auto id = fixed_from_hex<ledger::NodeId>(link.node);
        if (auto record = id ? view_.node(*id) : std::nullopt) link.name = record->name;
    }
    status.time = surroundings_.clock.now();
    status.uptime_ms = surroundings_.clock.monotonic() - started_;
    status.trust = trust_note(surroundings_.genesis);
    fabric_.tell(status);
    for (const auto& [channel, replica] : framework_->replicas()) {
        if (!replica->status().left) status.chains.push_back(status_of(channel, *replica));
    }
    for (const auto& app : view_.apps()) {
        if (app->record.is_on_fabric() && app->record.epoch.index_of(identity_.id())) {
            status.chains.push_back(fabric_.status_of(app->record));
        }
    }
    for (const auto& [channel, progress] : framework_->copying()) {
        std::shared_ptr<const registry::App> app = view_.app(channel);
        gateway::ChainStatus copied;
        copied.app = app ? app->record.name : to_hex(channel);
        copied.channel = to_hex(channel);
        copied.state = "copying";
        copied.height = progress.height;
        status.chains.push_back(std::move(copied));
    }
    for (const auto& [channel, why] : framework_->damaged()) {
        std::shared_ptr<const registry::App> app = view_.app(channel);
        gateway::ChainStatus damaged;
        damaged.app = app ? app->record.name : to_hex(channel);
        damaged.channel = to_hex(channel);
        damaged.state = "stopped";
        damaged.alarm = why.message;
        status.chains.push_back(std::move(damaged));
    }
    sort_for_reading(status.chains);
    // Without order nothing goes on: said where everybody looks first.
    gateway::ChainStatus& system = status.chains.front();
    if (system.alarm.empty()) system.alarm = framework_->alarm();
    if (system.alarm.empty()) system.alarm = status.order.trouble;
    for (const Status& store : {batch_log_->health(), database_->health()}) {
        if (!store && system.alarm.empty()) system.alarm = store.error().message;
    }
    if (system.alarm.empty()) system.alarm = space_note(options_.folder / "data");
    return status;
}

void CityNode::refresh_metrics() {
    const gateway::NodeStatus now = status();
    std::lock_guard lock(refreshing_);
    node_metrics_.update(now);
}

}  // namespace bsn::node
