#include "framework/ledger/ledger_framework.hpp"

#include "base/codec.hpp"
#include "base/log.hpp"
#include "framework/ledger/stored_heights.hpp"
#include "framework/ledger/trusted_state.hpp"
#include "peer/outbox.hpp"
#include "registry/contract.hpp"

#include <fmt/format.h>

namespace bsn::framework {
namespace {

/// Blocks before the last one as of which a dialect's clients may read the state; geth keeps as
/// many.
constexpr std::size_t k_past_views = 127;

using store::Table;

// More keys of table `meta` that belong to no channel (stored_heights.hpp).
constexpr std::string_view k_applied_key = "node/applied";
constexpr std::string_view k_channels_key = "node/channels";

/// App channels have no use for being told.
class NoObserver final : public peer::BlockObserver {
  public:
    void on_executed(const peer::BuiltBlock&) override {}
};
NoObserver g_no_observer;

/// Whether our own ledger runs the app: as itself, or speaking its framework's dialect.
bool is_hosted(const registry::AppRecord& app) {
    return ledger::dialect_of_framework(app.framework).has_value();
}

Bytes encode_number(std::uint64_t number) {
    Writer writer(8);
    writer.u64(number);
    return writer.take();
}

Result<std::optional<std::uint64_t>> find_number(const store::Database& database, ByteView key) {
    BSN_TRY(value, database.get(Table::meta, key));
    if (!value) return std::optional<std::uint64_t>();
    Reader reader(*value);
    std::uint64_t number = reader.u64();
    BSN_CHECK(reader.finish("number"));
    return std::optional(number);
}

Result<std::uint64_t> number_or_zero(const store::Database& database, ByteView key) {
    BSN_TRY(number, find_number(database, key));
    return number.value_or(0);
}

}  // namespace

LedgerFramework::LedgerFramework(const peer::ReplicaServices& services,
                                 const contract::Contracts& contracts,
                                 const ledger::Genesis& genesis, registry::View& view,
                                 peer::CopySource* copies)
    : services_(services),
      contracts_(contracts),
      genesis_(genesis),
      network_(genesis.network()),
      system_id_(ledger::system_channel(network_)),
      view_(view),
      copier_(copies != nullptr ? std::make_unique<ChannelCopier>(*copies) : nullptr),
      strand_(services.pool) {}

LedgerFramework::~LedgerFramework() { close(); }

Result<std::optional<Bytes>> LedgerFramework::find_prefix(const ledger::ChannelId& channel) const {
    return services_.database.get(Table::meta, channel_key(channel));
}

Result<Bytes> LedgerFramework::prefix_of(const ledger::ChannelId& channel) {
    const Bytes key = channel_key(channel);
    BSN_TRY(stored, find_prefix(channel));
    if (stored) return std::move(*stored);
    BSN_TRY(count, number_or_zero(services_.database, as_bytes(k_channels_key)));
    Writer prefix(4);
    prefix.u32(static_cast<std::uint32_t>(count + 1));
    auto changes = services_.database.batch();
    changes->put(Table::meta, key, prefix.view());
    changes->put(Table::meta, as_bytes(k_channels_key), encode_number(count + 1));
    BSN_CHECK(services_.database.write(*changes));
    return prefix.take();
}

Status LedgerFramework::open() {
    BSN_TRY(applied, number_or_zero(services_.database, as_bytes(k_applied_key)));
    applied_ = applied;
    applied_stored_ = applied;
    BSN_CHECK(open_system());
    system_through_ = applied_;
    for (const auto& app : view_.apps()) {
        BSN_TRY(held, holds(app->record));
        if (!held) continue;
        auto copied = wants_copy(app->record, 0);
        if (copied && *copied) {
            to_copy_.push_back(app->record);
            continue;
        }
        Status status = open_app(app->record);
        if (status) continue;
        // One damaged channel must not keep the others from running.
        log_error("framework", "channel not opened app={}: {}", app->record.name,
                  status.error().message);
        damaged_.emplace(app->record.channel, status.error());
    }
    return note_waiting_decisions();
}

Status LedgerFramework::note_waiting_decisions() {
    std::uint64_t now = system_->replica->tip().order_height;
    for (const auto& [id, channel] : channels_) {
        if (std::shared_ptr<const registry::App> app = view_.app(id); app && !channel->member) {
            // Of what came after its handover it takes no notice.
            if (channel->decisions_handed >= app->record.epoch.from_order_height - 1) continue;
        }
        BSN_TRY(decisions, peer::decisions_about(system_->replica->latest_state(), id,
                                                 channel->decisions_handed, now));
        if (!decisions.records.empty()) channel->replica->note_decision(now);
    }
    return {};
}

std::string LedgerFramework::alarm() const {
    std::lock_guard lock(decided_mutex_);
    return alarm_;
}

std::map<ledger::ChannelId, Error> LedgerFramework::damaged() const {
    std::lock_guard lock(decided_mutex_);
    return damaged_;
}

Status LedgerFramework::open_system() {
    BSN_TRY(prefix, prefix_of(system_id_));
    peer::ChannelSetup setup{{network_, system_id_, std::nullopt, crypto::HashId::sha256},
                             prefix,
                             peer::Carriage::inside,
                             registry::make_system_admission()};
    auto channel = std::make_unique<Channel>();
    channel->replica =
        std::make_unique<peer::Replica>(services_, std::move(setup), contracts_, *this);
    BSN_TRY(found, channel->replica->open());
    if (!found) {
        peer::Delivery first;
        first.orderer = genesis_.orderer;
        first.time = genesis_.created;
        first.controls = registry::genesis_controls(genesis_);
        BSN_CHECK(apply_again_from(0));
        BSN_CHECK(channel->replica->create(
            first, [&](ledger::StateOverlay& state) { registry::write_genesis(state, genesis_); }));
    }
    channel->decisions_handed = channel->replica->tip().controls_through;
    channel->chain =
        std::make_unique<LedgerChain>(*channel->replica, contracts_, services_, std::nullopt);
    system_ = channel.get();
    channels_.emplace(system_id_, std::move(channel));
    BSN_CHECK(view_.load(system_->replica->latest_state()));
    // What was known before the start counts as seen now: the order needs a moment to go on.
    view_.note_seen({0, 0, services_.clock.monotonic()});
    note_system_peers(view_);
    return {};
}

void LedgerFramework::note_system_peers(const registry::View& view) {
    // All nodes execute the permission chain, whether they are peers of it or not.
    system_->replica->note_peers({view.system_epoch(), std::numeric_limits<ledger::Epoch>::max()});
}

bool LedgerFramework::is_peer_of(const registry::AppRecord& app) const {
    return is_hosted(app) && app.epoch.index_of(services_.identity.id()).has_value();
}

Result<std::optional<ledger::Epoch>> LedgerFramework::last_own_epoch(
    const registry::AppRecord& app) const {
    if (is_peer_of(app)) return std::optional(app.epoch.epoch);
    std::optional<ledger::Epoch> last;
    BSN_CHECK(visit_epochs(app.channel, [&](const ledger::EpochRecord& record) {
        if (record.index_of(services_.identity.id())) last = record.epoch;
    }));
    return last;
}

Status LedgerFramework::visit_epochs(
    const ledger::ChannelId& channel,
    const std::function<void(const ledger::EpochRecord&)>& visit) const {
    const std::uint64_t now = system_->replica->tip().order_height;
    for (std::uint64_t through = 0; through < now;) {
        BSN_TRY(decisions,
                peer::decisions_about(system_->replica->latest_state(), channel, through, now));
        for (const ledger::ControlRecord& record : decisions.records) {
            const auto* change = std::get_if<ledger::EpochControl>(&record);
            if (change != nullptr) visit(change->record);
        }
        through = decisions.through;
    }
    return {};
}

Result<bool> LedgerFramework::holds(const registry::AppRecord& app) const {
    if (!is_hosted(app)) return false;
    if (is_peer_of(app)) return true;
    BSN_TRY(prefix, find_prefix(app.channel));
    return prefix.has_value();
}

peer::ChannelRules LedgerFramework::app_rules(const registry::AppRecord& app) const {
    return {network_, app.channel, app.suite, crypto::suite_hash(app.suite), app.dialect};
}

Status LedgerFramework::open_app(const registry::AppRecord& app) {
    BSN_TRY(prefix, prefix_of(app.channel));
    auto channel = std::make_unique<Channel>();
    peer::ChannelSetup setup{app_rules(app), prefix, peer::Carriage::by_digest};
    if (app.dialect) {
        setup.machine = std::make_unique<const contract::evm::Machine>(*app.dialect, app.suite);
        setup.past_views = k_past_views;
    }
    channel->replica =
        std::make_unique<peer::Replica>(services_, std::move(setup), contracts_, g_no_observer);
    BSN_TRY(found, channel->replica->open());
    if (!found) {
        BSN_TRY(first, creation_of(app));
        BSN_CHECK(apply_again_from(first.height));
        BSN_CHECK(channel->replica->create(first));
    }
    channel->decisions_handed = channel->replica->tip().controls_through;
    BSN_TRY(last_own, last_own_epoch(app));
    channel->member = is_peer_of(app);
    channel->last_own = last_own;
    const auto& replica = *channel->replica;
    channel->replica->note_peers(
        {std::make_shared<const ledger::EpochRecord>(app.epoch), channel->last_own});
    if (replica.access().epoch()->epoch < last_own.value_or(0) &&
        !replica.access().epoch()->index_of(services_.identity.id())) {
        // It was to catch up: what was ordered in between it has not had.
        BSN_CHECK(apply_again_from(replica.tip().order_height));
    }
    channel->chain = std::make_unique<LedgerChain>(
        *channel->replica, contracts_, services_,
        CreationSource{system_->chain->prover(), *system_->replica, app.creation});
    channel->chain->guard_writes([this] { return check_permissions_seen(); });
    if (limits_ != nullptr) {
        channel->chain->limit_clients(
            [limits = limits_, id = app.channel] { return limits->take_one(id); },
            [limits = limits_, id = app.channel] { limits->give_back_one(id); });
    }
    std::unique_lock lock(mutex_);
    if (started_) channel->replica->start(born_);
    channels_.emplace(app.channel, std::move(channel));
    return {};
}

Result<peer::Delivery> LedgerFramework::creation_of(const registry::AppRecord& app) const {
    BSN_TRY(place, system_->replica->blocks().find(app.creation));
    if (!place) return Error{Code::corrupted, "the creation of app " + app.name + " is missing"};
    BSN_TRY(block, system_->replica->blocks().block(place->height));
    if (!block) return Error{Code::corrupted, "a block of the permission chain is missing"};
    const ledger::Header& header = block->header;
    peer::Delivery first;
    first.orderer = header.position.orderer;
    first.era = header.position.era;
    first.height = header.position.height;
    first.time = header.time;
    BSN_TRY(decisions, peer::decisions_about(system_->replica->latest_state(), app.channel,
                                             first.height - 1, first.height));
    first.controls = std::move(decisions.records);
    first.controls_through = first.height;
    return first;
}

std::uint64_t LedgerFramework::executed_order_height() const {
    std::uint64_t height = applied_;
    for (const peer::Replica* replica : all_replicas()) {
        height = std::max(height, replica->tip().order_height);
    }
    return height;
}

Result<bool> LedgerFramework::knows_no_past() const {
    BSN_TRY(born, find_number(services_.database, as_bytes(k_born_key)));
    return !born;
}

Status LedgerFramework::start() {
    BSN_TRY(born, find_number(services_.database, as_bytes(k_born_key)));
    if (born) {
        born_ = *born;
    } else {
        born_ = services_.orderer.height();
        auto changes = services_.database.batch();
        changes->put(Table::meta, as_bytes(k_born_key), encode_number(born_));
        BSN_CHECK(services_.database.write(*changes));
    }
    {
        std::shared_lock lock(mutex_);
        started_ = true;
        for (const auto& [id, channel] : channels_) channel->replica->start(born_);
    }
    for (const registry::AppRecord& app : std::exchange(to_copy_, {})) BSN_CHECK(begin_copy(app));
    return {};
}

void LedgerFramework::end_waits() {
    {
        std::lock_guard lock(decided_mutex_);
        waits_ended_ = true;
    }
    system_went_on_.notify_all();
}

void LedgerFramework::close() {
    end_waits();
    if (copier_) copier_->stop();
    strand_.close();
    for (LedgerChain* chain : all_chains()) chain->close();
    for (peer::Replica* replica : all_replicas()) replica->close();
}

LedgerFramework::Channel* LedgerFramework::find(const ledger::ChannelId& channel) {
    std::shared_lock lock(mutex_);
    auto found = channels_.find(channel);
    return found == channels_.end() ? nullptr : found->second.get();
}

Status LedgerFramework::leave_chain(ByteView channel) {
    BSN_TRY(id, ledger::ChannelId::from(channel));
    Channel* found = find(id);
    if (found == nullptr) return {};
    found->left = true;
    found->replica->close();
    return {};
}

Result<Verified> LedgerFramework::verify(ByteView proof, ByteView trusted_state) const {
    BSN_TRY(trusted, TrustedState::decode(trusted_state));
    BSN_TRY(trust, trusted.trust());
    BSN_TRY(bundle, ledger::ReceiptBundle::from_json(as_text(proof)));
    ledger::Verification verification = ledger::verify_bundle(bundle, trust);
    if (!verification.authentic) return Error{Code::bad_signature, verification.failure()};
    BSN_TRY(transaction, ledger::Transaction::decode(bundle.proof.transaction));
    peer::Answer answer{transaction.id(), verification.header->height, bundle.proof.index,
                        verification.header->time, *verification.receipt};
    BSN_TRY(view, view_of(transaction, answer));
    return Verified{std::move(view), verification.trust_class};
}

Result<Bytes> LedgerFramework::update(ByteView trusted_state, ByteView header) const {
    BSN_CHECK(verify(header, trusted_state));
    BSN_TRY(trusted, TrustedState::decode(trusted_state));
    BSN_TRY(bundle, ledger::ReceiptBundle::from_json(as_text(header)));
    ledger::Epoch known = trusted.checkpoint ? trusted.checkpoint->epoch : 0;
    for (const ledger::Handover& handover : bundle.system_handovers) {
        if (handover.next.epoch > known) trusted.checkpoint = handover.next;
    }
    return trusted.encode();
}

void LedgerFramework::receive(const ledger::NodeId& from, const ledger::ChannelId& channel,
                              ordering::Message message) {
    if (Channel* found = find(channel)) found->replica->receive(from, std::move(message));
}

std::vector<LedgerChain*> LedgerFramework::all_chains() const {
    std::shared_lock lock(mutex_);
    std::vector<LedgerChain*> chains;
    chains.reserve(channels_.size());
    for (const auto& [id, channel] : channels_) chains.push_back(channel->chain.get());
    return chains;
}

std::vector<peer::Replica*> LedgerFramework::all_replicas() const {
    std::shared_lock lock(mutex_);
    std::vector<peer::Replica*> replicas;
    replicas.reserve(channels_.size());
    for (const auto& [id, channel] : channels_) replicas.push_back(channel->replica.get());
    return replicas;
}

void LedgerFramework::tick() {
    for (peer::Replica* replica : all_replicas()) replica->tick();
    for (LedgerChain* chain : all_chains()) chain->tick();
    std::uint64_t applied = applied_;
    // A channel that could not be opened needs the order from here on once it is mended.
    if (applied == applied_stored_ || !damaged().empty()) return;
    // Written after the blocks that it counts, so that a crash cannot keep it without them.
    // The channels tell of a disk that takes nothing; the next tick tries again.
    (void)store_applied(applied);
}

Status LedgerFramework::store_applied(std::uint64_t height) {
    auto changes = services_.database.batch();
    changes->put(Table::meta, as_bytes(k_applied_key), encode_number(height));
    BSN_CHECK(services_.database.write(*changes));
    applied_stored_ = height;
    return {};
}

Status LedgerFramework::apply_again_from(std::uint64_t height) {
    if (height >= applied_) return {};
    applied_ = height;
    return store_applied(height);
}

std::vector<std::pair<ledger::ChannelId, const peer::Replica*>> LedgerFramework::replicas() const {
    std::shared_lock lock(mutex_);
    std::vector<std::pair<ledger::ChannelId, const peer::Replica*>> replicas;
    for (const auto& [id, channel] : channels_) replicas.emplace_back(id, channel->replica.get());
    return replicas;
}

}  // namespace bsn::framework
