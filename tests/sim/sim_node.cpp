#include "sim/sim_node.hpp"

#include "peer/database_keys.hpp"
#include "sim/own_random.hpp"
#include "support/replica_world.hpp"

#include <algorithm>
#include <array>

namespace bsn::sim {
namespace {

constexpr Micros k_tick = 100 * k_millisecond;

/// What a node's database would hold after a crash at this moment.
class DurableView final : public store::Database {
  public:
    explicit DurableView(const SimDatabase& database) : database_(database) {}

    Result<std::optional<Bytes>> get(store::Table table, ByteView key,
                                     const store::Snapshot*) const override {
        return database_.durable(table, key);
    }
    Status scan(store::Table, ByteView, ByteView, const store::Visitor&,
                const store::Snapshot*) const override {
        return only_get();
    }
    Status scan_reverse(store::Table, ByteView, ByteView, const store::Visitor&,
                        const store::Snapshot*) const override {
        return only_get();
    }
    std::unique_ptr<store::WriteBatch> batch() const override { return database_.batch(); }
    Status write(store::WriteBatch&) override { return only_get(); }
    Status sync() override { return only_get(); }
    std::unique_ptr<store::Snapshot> snapshot() const override { return database_.snapshot(); }

  private:
    static Status only_get() { return Error{Code::internal, "the durable view can only be asked"}; }

    const SimDatabase& database_;
};

Bytes channel_key(const ledger::ChannelId& channel) {
    Bytes key = to_bytes(std::string_view("node/channel/"));
    key.insert(key.end(), channel.data(), channel.data() + ledger::ChannelId::k_size);
    return key;
}

constexpr std::array k_hashes{crypto::HashId::sha256, crypto::HashId::keccak256,
                              crypto::HashId::sm3};

}  // namespace

const ordering::NodeIdentity& identity_of(std::size_t node) {
    static std::deque<ordering::NodeIdentity> identities;
    ApartFromRun apart;
    while (identities.size() <= node) {
        identities.push_back(testing::node_identity(identities.size()));
    }
    return identities[node];
}

SimNode::Running::Running(SimNode& node, const Surroundings& surroundings)
    : pool(surroundings.scheduler, life, node.slowness),
      clock(surroundings.scheduler, node.skew),
      syncer(surroundings.scheduler, life, node.disk),
      network(surroundings.network.port_of(node.number_, life)),
      orderer(surroundings.orderer.port_of(node.number_, life)),
      view(ledger::system_channel(surroundings.genesis.network())) {
    peer::ReplicaServices services{node.disk.database, node.disk.log, syncer,  pool, clock,
                                   node.identity_,     *network,      *orderer};
    framework = std::make_unique<framework::LedgerFramework>(services, surroundings.contracts,
                                                             surroundings.genesis, view);
}

SimNode::SimNode(std::size_t number, const Surroundings& surroundings)
    : number_(number), surroundings_(surroundings), identity_(identity_of(number)) {
    disk.hook = [this](std::string_view point) { at_disk_point(point); };
}

SimNode::~SimNode() {
    if (running_) surroundings_.scheduler.end(running_->life);
}

Status SimNode::start() {
    ensure(running_ == nullptr, "a node that is started is down");
    disk.recover();
    crash_in_.reset();
    running_ = std::make_unique<Running>(*this, surroundings_);
    Running& running = *running_;
    Status opened = running.framework->open();
    if (opened && running.life->alive) {
        running.orderer->subscribe(*running.framework, running.framework->first_needed_height());
        opened = running.framework->start();
        if (opened) tick_for_ever();
    }
    surroundings_.scheduler.trace("node {}: start{}{}", number_, opened ? "" : ": ",
                                  opened ? "" : opened.error().message);
    if (!opened) end();
    return opened;
}

void SimNode::tick_for_ever() {
    Micros wait = k_tick * std::min(slowness, 5U) + surroundings_.scheduler.random().below(2'000);
    surroundings_.scheduler.after(wait, running_->life, [this] {
        running_->framework->tick();
        tick_for_ever();
    });
}

void SimNode::at_disk_point(std::string_view point) {
    if (!crash_in_ || !runs()) return;
    if ((*crash_in_)-- > 0) return;
    surroundings_.scheduler.trace("node {}: crash {}", number_, point);
    crash();
}

void SimNode::crash() {
    if (!runs()) return;
    crash_in_.reset();
    disk.freeze(surroundings_.scheduler.random());
    surroundings_.scheduler.trace("node {}: crash", number_);
    end();
}

void SimNode::stop() {
    if (!runs()) return;
    surroundings_.scheduler.trace("node {}: stop", number_);
    running_->framework->close();
    (void)disk.log.finish_sync(disk.log.written());
    (void)disk.database.finish_sync(disk.database.written());
    end();
}

void SimNode::end() {
    surroundings_.scheduler.end(running_->life);
    on_end(*this);
    // Its code may be running now: it sees neither network nor disk any more, and goes afterwards.
    surroundings_.scheduler.defer([this] { running_.reset(); });
}

void SimNode::wipe() {
    ensure(running_ == nullptr, "a node that is wiped is down");
    surroundings_.scheduler.trace("node {}: its disk is lost", number_);
    disk.wipe();
    damaged = false;
    ++wipes;
}

const peer::Replica* SimNode::replica(const ledger::ChannelId& channel) const {
    for (const auto& [id, replica] : running_->framework->replicas()) {
        if (id == channel) return replica;
    }
    return nullptr;
}

std::string SimNode::alarm() const {
    if (std::string alarm = running_->framework->alarm(); !alarm.empty()) return alarm;
    for (const auto& [channel, why] : running_->framework->damaged()) return why.message;
    for (const auto& [channel, replica] : running_->framework->replicas()) {
        if (std::string alarm = replica->status().alarm; !alarm.empty()) return alarm;
    }
    for (const Status& store : {disk.log.health(), disk.database.health()}) {
        if (!store) return store.error().message;
    }
    return {};
}

std::optional<Bytes> SimNode::prefix(const ledger::ChannelId& channel) const {
    auto stored = disk.database.get(store::Table::meta, channel_key(channel));
    return stored ? *stored : std::nullopt;
}

bool SimNode::holds_durably(const ledger::ChannelId& channel, const ledger::Hash& header) const {
    std::optional<Bytes> prefix = this->prefix(channel);
    if (!prefix) return false;
    DurableView durable(disk.database);
    auto height = ledger::BlockStore(durable, *prefix).height_of(header);
    return height && height->has_value();
}

std::optional<store::LogPosition> SimNode::place_of_batch(const ledger::ChannelId& channel,
                                                          const ledger::Hash& digest) const {
    std::optional<Bytes> prefix = this->prefix(channel);
    if (!prefix) return std::nullopt;
    auto position = ledger::BlockStore(disk.database, *prefix).batch(digest);
    if (!position || !*position) return std::nullopt;
    // A crash may have taken the record and left the index, and another record may be there now.
    auto record = disk.log.read(**position);
    const bool right = record && std::any_of(k_hashes.begin(), k_hashes.end(), [&](auto id) {
                           return crypto::hash(id, *record) == digest;
                       });
    return right ? *position : std::nullopt;
}

bool SimNode::holds_promise_durably(const ledger::ChannelId& channel,
                                    const peer::OrderedEnvelope& target) const {
    std::optional<Bytes> prefix = this->prefix(channel);
    if (!prefix) return false;
    return disk.database.durable(store::Table::meta, peer::void_mark_key(*prefix, target))
        .has_value();
}

bool SimNode::holds_batch_durably(const ledger::ChannelId& channel,
                                  const ledger::Hash& digest) const {
    std::optional<Bytes> prefix = this->prefix(channel);
    if (!prefix) return false;
    DurableView durable(disk.database);
    auto position = ledger::BlockStore(durable, *prefix).batch(digest);
    return position && position->has_value() && disk.log.is_durable(**position);
}

}  // namespace bsn::sim
