#include "support/replica_world.hpp"

#include "base/codec.hpp"

#include <algorithm>
#include <future>

namespace bsn::testing {

using crypto::SuiteId;

namespace {

constexpr std::uint64_t k_creation_height = 1;
constexpr std::uint32_t k_first_key = 100;
constexpr std::uint64_t k_step = 100;

class NoObserver final : public peer::BlockObserver {
  public:
    void on_executed(const peer::BuiltBlock&) override {}
};
NoObserver g_no_observer;

ledger::OrdererId orderer_id() { return filled<ledger::OrdererId>(0x44); }

}  // namespace

// --- executor, syncer, log, orderer

void ManualExecutor::post(Task task) {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(task));
}

bool ManualExecutor::idle() const {
    std::lock_guard lock(mutex_);
    return queue_.empty();
}

void ManualExecutor::run(std::mt19937* order) {
    for (;;) {
        Task task;
        {
            std::lock_guard lock(mutex_);
            if (queue_.empty()) return;
            auto next = queue_.begin();
            if (order != nullptr) next += static_cast<std::ptrdiff_t>((*order)() % queue_.size());
            task = std::move(*next);
            queue_.erase(next);
        }
        task();
    }
}

ManualSyncer::~ManualSyncer() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
}

Status ManualSyncer::sync() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_; });
    return outcome_;
}

void ManualSyncer::run() {
    std::promise<void> told;
    syncer_.request([&](const Status&) { told.set_value(); });
    {
        std::lock_guard lock(mutex_);
        open_ = true;
    }
    changed_.notify_all();
    told.get_future().wait();
    std::lock_guard lock(mutex_);
    open_ = false;
}

void ManualSyncer::fail(Error why) {
    std::lock_guard lock(mutex_);
    outcome_ = std::move(why);
}

Result<store::LogPosition> FaultyLog::append(ByteView record) {
    if (!append_outcome) return append_outcome.error();
    ++appended;
    return log_->append(record);
}

Result<Bytes> FaultyLog::read(const store::LogPosition& position) const {
    auto record = log_->read(position);
    if (record && damaged) record->back() = static_cast<std::uint8_t>(record->back() ^ 1U);
    return record;
}

Status ManualOrderer::submit(Bytes envelope) {
    if (!outcome) return outcome;
    ++submitted;
    if (to_lose > 0) {
        --to_lose;
    } else {
        waiting.push_back(std::move(envelope));
    }
    return {};
}

std::optional<Code> Outcome::code() const {
    if (!answers || only().ok()) return std::nullopt;
    return only().error().code;
}

// --- world

ordering::NodeIdentity node_identity(std::size_t node) {
    std::vector<crypto::PrivateKey> keys;
    for (SuiteId suite : k_all_suites) {
        keys.push_back(make_key(suite, k_first_key + static_cast<std::uint32_t>(node)));
    }
    return ordering::NodeIdentity(std::move(keys));
}

class ReplicaWorld::Port final : public ordering::PeerNetwork {
  public:
    Port(ReplicaWorld& world, std::size_t from) : world_(world), from_(from) {}

    void send(const ledger::NodeId& to, const ledger::ChannelId&,
              ordering::Message message) override {
        for (std::size_t node = 0; node < world_.nodes_.size(); ++node) {
            if (world_.nodes_[node]->identity.id() != to) continue;
            std::lock_guard lock(world_.messages_mutex_);
            world_.messages_.push_back({from_, node, std::move(message)});
            return;
        }
    }

  private:
    ReplicaWorld& world_;
    const std::size_t from_;
};

ReplicaWorld::Node::Node(std::size_t number, ReplicaWorld& world)
    : identity(node_identity(number)), port(std::make_unique<Port>(world, number)) {}

ReplicaWorld::ReplicaWorld(WorldOptions options)
    : options_(options), generator_(options.seed.value_or(0)) {
    contract::add_builtin_contracts(contracts_);
    rules_ = {sample_network(), sample_channel(), SuiteId::secp256r1, crypto::HashId::sha256};
    epoch_ = make_epoch(rules_.channel, options_.nodes).record;
    ordered_.push_back({k_creation_height, clock.now(), {}, {}});
    orderer.height_ = k_creation_height;
    for (std::size_t i = 0; i < options_.nodes; ++i) {
        nodes_.push_back(std::make_unique<Node>(i, *this));
    }
    for (std::size_t i = 0; i < options_.nodes; ++i) restart_empty(i);
    settle();
}

ReplicaWorld::~ReplicaWorld() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        nodes_[i]->disk_held = false;
        stop(i);
    }
}

peer::Delivery ReplicaWorld::creation() const {
    peer::Delivery first;
    first.orderer = orderer_id();
    first.height = k_creation_height;
    first.time = ManualClock::k_start;
    first.controls_through = k_creation_height;
    first.controls = {
        ledger::AppControl{"app", SuiteId::secp256r1, ledger::StateCommitmentType::multiset_hash,
                           ledger::participant_id_of(writer_.public_key())},
        ledger::EpochControl{epoch_},
        ledger::ContractControl{"kv", "kv", 1},
        ledger::ContractControl{"evidence", "evidence", 1},
        ledger::RoleControl{"writer", false, {"kv.*", "evidence.deposit"}},
        ledger::MemberControl{ledger::participant_id_of(writer_.public_key()),
                              writer_.public_key(),
                              ledger::MemberState::active,
                              {"writer"}},
        ledger::StateControl{},
    };
    return first;
}

std::unique_ptr<peer::Replica> ReplicaWorld::make_replica(Node& node) {
    peer::ReplicaServices services{*node.database, *node.log,     node.syncer.syncer(), executor,
                                   clock,          node.identity, *node.port,           orderer};
    return std::make_unique<peer::Replica>(
        services, peer::ChannelSetup{rules_, prefix(), options_.carriage, nullptr}, contracts_,
        g_no_observer);
}

void ReplicaWorld::stop(std::size_t number) {
    Node& node = *nodes_.at(number);
    if (!node.replica) return;
    node.replica->close();
    // Nothing that runs later may touch it.
    run_tasks();
    node.syncer.run();
    run_tasks();
    node.replica.reset();
}

Status ReplicaWorld::try_restart(std::size_t number, std::uint64_t silent_through) {
    Node& node = *nodes_.at(number);
    stop(number);
    auto replica = make_replica(node);
    BSN_TRY(found, replica->open());
    if (!found) BSN_CHECK(replica->create(creation()));
    node.replica = std::move(replica);
    node.decisions_handed = node.replica->tip().controls_through;
    node.replica->start(silent_through);
    for (const Ordered& ordered : ordered_) deliver(node, ordered);
    return {};
}

void ReplicaWorld::restart(std::size_t number) {
    Status status = try_restart(number);
    ensure(status.ok(), status ? "" : status.error().message.c_str());
}

void ReplicaWorld::restart_empty(std::size_t number, std::uint64_t silent_through) {
    stop(number);
    nodes_.at(number)->database = store::make_memory_database();
    nodes_.at(number)->log = std::make_unique<FaultyLog>();
    Status status = try_restart(number, silent_through);
    ensure(status.ok(), status ? "" : status.error().message.c_str());
}

void ReplicaWorld::deliver(Node& node, const Ordered& ordered) {
    if (!node.replica || ordered.items.empty()) return;
    peer::Delivery delivery;
    delivery.orderer = orderer_id();
    delivery.height = ordered.height;
    delivery.time = ordered.time;
    delivery.items = ordered.items;
    delivery.controls = decided(node.decisions_handed, ordered.height - 1);
    node.decisions_handed = std::max(node.decisions_handed, ordered.height - 1);
    delivery.controls_through = node.decisions_handed;
    node.replica->deliver(std::move(delivery), [] {});
}

std::vector<ledger::ControlRecord> ReplicaWorld::decided(std::uint64_t after,
                                                         std::uint64_t through) const {
    std::vector<ledger::ControlRecord> records;
    for (const Ordered& ordered : ordered_) {
        if (ordered.height <= after || ordered.height > through) continue;
        records.insert(records.end(), ordered.decided.begin(), ordered.decided.end());
    }
    return records;
}

void ReplicaWorld::order() {
    Ordered ordered;
    ordered.height = ++orderer.height_;
    ordered.time = std::max(clock.now(), ordered_.back().time + 1);
    std::uint32_t index = 0;
    for (const Bytes& bytes : orderer.waiting) {
        auto decoded = ledger::Envelope::decode(bytes);
        if (decoded) ordered.items.push_back({index, std::move(*decoded)});
        ++index;
    }
    orderer.waiting.clear();
    ordered_.push_back(ordered);
    for (auto& node : nodes_) deliver(*node, ordered);
}

void ReplicaWorld::decide(std::vector<ledger::ControlRecord> records) {
    Ordered ordered;
    ordered.height = ++orderer.height_;
    ordered.time = std::max(clock.now(), ordered_.back().time + 1);
    ordered.decided = std::move(records);
    ordered_.push_back(ordered);
    for (auto& node : nodes_) {
        if (node->replica) node->replica->note_decision(ordered.height);
    }
}

void ReplicaWorld::run_tasks() { executor.run(generator()); }

bool ReplicaWorld::carry_messages() {
    std::deque<Sent> carried;
    {
        std::lock_guard lock(messages_mutex_);
        carried.swap(messages_);
    }
    if (options_.seed) std::shuffle(carried.begin(), carried.end(), generator_);
    for (Sent& sent : carried) {
        if (loses(sent) || !nodes_.at(sent.to)->replica) continue;
        delivered.push_back(sent);
        nodes_[sent.to]->replica->receive(nodes_[sent.from]->identity.id(), sent.message);
    }
    return !carried.empty();
}

void ReplicaWorld::settle() {
    for (;;) {
        run_tasks();
        for (auto& node : nodes_) {
            if (!node->disk_held) node->syncer.run();
        }
        bool carried = carry_messages();
        bool ordered = ordering && !orderer.waiting.empty();
        if (ordered) order();
        if (!carried && !ordered && executor.idle()) return;
    }
}

void ReplicaWorld::pass(std::uint64_t milliseconds) {
    settle();
    for (std::uint64_t passed = 0; passed < milliseconds; passed += k_step) {
        clock.advance(k_step);
        for (auto& node : nodes_) {
            if (node->replica) node->replica->tick();
        }
        settle();
    }
}

// --- submitting

ledger::Payload ReplicaWorld::payload(const std::string& key, const std::string& value) {
    ledger::Payload payload = sample_payload(writer_, next_nonce_++);
    payload.valid_until = clock.now() + 600'000;
    payload.contract = "kv";
    payload.function = "set";
    payload.arguments = {
        to_bytes(R"({"baseKey":")" + key + R"(","baseValue":")" + value + R"("})")};
    return payload;
}

ledger::Transaction ReplicaWorld::set(const std::string& key, const std::string& value) {
    return ledger::Transaction::sign(payload(key, value), writer_);
}

std::shared_ptr<Outcome> ReplicaWorld::submit(std::size_t node, std::vector<Bytes> transactions,
                                              std::uint64_t timeout) {
    auto outcome = std::make_shared<Outcome>();
    replica(node).submit(std::move(transactions), timeout, [outcome](peer::Answers answers) {
        ++outcome->calls;
        outcome->answers = std::move(answers);
    });
    return outcome;
}

ledger::Envelope ReplicaWorld::envelope(std::size_t proposer, ByteView batch,
                                        const std::vector<std::size_t>& signers) {
    ledger::Envelope envelope;
    envelope.channel = rules_.channel;
    envelope.epoch = epoch_.epoch;
    envelope.proposer = identity(proposer).id();
    envelope.sequence = next_sequence_++;
    envelope.digest_hash = rules_.hash;
    envelope.digest = crypto::hash(rules_.hash, batch);
    envelope.count = static_cast<std::uint32_t>(ledger::decode_batch(batch).value().size());
    envelope.bytes = static_cast<std::uint32_t>(batch.size());
    envelope.valid_until_order_height = orderer.height_ + 1'000;
    ledger::Certificate certificate;
    Bytes statement = availability_statement(envelope);
    for (std::size_t signer : signers) {
        certificate.signatures.push_back({epoch_.index_of(identity(signer).id()).value(),
                                          identity(signer).sign(SuiteId::secp256r1, statement)});
    }
    std::sort(certificate.signatures.begin(), certificate.signatures.end());
    if (!signers.empty()) envelope.availability = {certificate};
    return envelope;
}

void ReplicaWorld::offer(std::size_t from, std::size_t to,
                         const std::vector<ledger::Transaction>& batch) {
    auto bytes = std::make_shared<const Bytes>(sample_batch(batch));
    nodes_.at(from)->port->send(
        identity(to).id(), rules_.channel,
        ordering::BatchOffer{envelope(from, *bytes, {}).encode_core(), bytes});
}

// --- seeing

namespace {

std::optional<std::string> value_of(const ledger::StateReader& state, const std::string& key) {
    auto found = state.get("kv", as_bytes("base_key_" + key));
    if (!found || !*found) return std::nullopt;
    return to_text(**found);
}

}  // namespace

std::optional<std::string> ReplicaWorld::stored(std::size_t node, const std::string& key) {
    peer::CertifiedView view = replica(node).view();
    if (!view.readable) return std::nullopt;
    return value_of(view.state, key);
}

std::optional<std::string> ReplicaWorld::executed(std::size_t node, const std::string& key) {
    return value_of(replica(node).latest_state(), key);
}

ledger::Block ReplicaWorld::block(std::size_t node, ledger::Height height) {
    auto found = replica(node).blocks().block(height).value();
    ensure(found.has_value(), "the node has no such block");
    return std::move(*found);
}

bool ReplicaWorld::agree() {
    std::optional<ledger::Hash> head;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
        if (!runs(i)) continue;
        peer::ReplicaStatus status = replica(i).status();
        if (status.height != status.certified) return false;
        if (head && *head != status.certified_hash) return false;
        head = status.certified_hash;
    }
    return head.has_value();
}

ledger::EpochRecord ReplicaWorld::epoch_without(std::size_t node) const {
    ledger::EpochRecord next = epoch_;
    next.epoch += 1;
    next.from_order_height = orderer.height_ + 2;
    std::erase_if(next.peers, [&](const ledger::EpochPeer& peer) {
        return peer.node == nodes_.at(node)->identity.id();
    });
    next.revoked.push_back({nodes_.at(node)->identity.id(), next.from_order_height});
    return next;
}

}  // namespace bsn::testing
