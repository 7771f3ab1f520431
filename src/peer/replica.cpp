#include "peer/replica.hpp"

#include "base/log.hpp"
#include "peer/database_keys.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::peer {
namespace {

/// App channels: the control records say who may do what.
class TableAdmission final : public Admission {
  public:
    explicit TableAdmission(const AccessTable& table) : table_(table) {}
    Status authorize(const ledger::Transaction& transaction,
                     const ledger::StateReader&) const override {
        const ledger::Payload& payload = transaction.payload();
        if (transaction.dialect() != ledger::Dialect::native) {
            return table_.authorize_key(transaction.signer(), payload.contract, payload.function);
        }
        return table_.authorize(payload.creator, transaction.signer(), payload.contract,
                                payload.function);
    }

  private:
    const AccessTable& table_;
};

/// The tries' nodes of a channel as of a snapshot. Nothing is changed.
class NodesAt final : public ledger::MerkleMapNodes {
  public:
    NodesAt(const store::Database& database, const Bytes& prefix, const store::Snapshot& at)
        : database_(database), prefix_(prefix), at_(at) {}

    Result<std::optional<Bytes>> get(ByteView path) const override {
        return database_.get(store::Table::meta, map_node_key(prefix_, path), &at_);
    }
    void put(ByteView, ByteView) override { ensure(false, "a snapshot is only read"); }
    void erase(ByteView) override { ensure(false, "a snapshot is only read"); }

  private:
    const store::Database& database_;
    const Bytes& prefix_;
    const store::Snapshot& at_;
};

/// Whether an envelope was skipped for what all copies of it say. Its signatures may be wrong in a
/// copy that somebody else had ordered, and right in the one that is still to come.
bool concerns_the_core(Code skipped) {
    return skipped == Code::unavailable || skipped == Code::expired || skipped == Code::suspended ||
           skipped == Code::duplicate || skipped == Code::voided;
}

}  // namespace

Replica::Replica(const ReplicaServices& services, ChannelSetup setup,
                 const contract::Contracts& contracts, BlockObserver& observer)
    : services_(services),
      setup_(std::move(setup)),
      contracts_(contracts),
      observer_(observer),
      blocks_(services.database, setup_.prefix),
      stored_(services.database, setup_.prefix),
      own_admission_(setup_.admission ? nullptr : std::make_unique<TableAdmission>(access_)),
      admission_(setup_.admission ? setup_.admission.get() : own_admission_.get()),
      batches_(setup_.rules, blocks_, services.database, services.batch_log, services.syncer),
      void_votes_(setup_.rules.network),
      intake_(services_, setup_.rules, setup_.carriage, access_, batches_, waiters_),
      strand_(services.pool) {}

Replica::~Replica() { close(); }

void Replica::close() {
    strand_.close();
    intake_.close();
    waiters_.fail_all({Code::unavailable, "the city node is shutting down; retry the same bytes"});
}

BuilderInputs Replica::inputs(ledger::Epoch epoch, const ledger::StateReader& state) const {
    return {setup_.rules,   contracts_, *admission_,        access_,       epoch,
            state,          blocks_,    services_.database, setup_.prefix, setup_.machine.get(),
            &services_.pool};
}

Status Replica::create(const Delivery& first,
                       const std::function<void(ledger::StateOverlay&)>& prepare_state) {
    for (const ledger::ControlRecord& record : first.controls) access_.apply(record);
    BSN_TRY(built, build_first_block(inputs(0, stored_), first, prepare_state));
    return commit(std::move(built), access_.epoch());
}

void Replica::note_decision(std::uint64_t order_height) {
    std::uint64_t newest = newest_decision_;
    while (newest < order_height && !newest_decision_.compare_exchange_weak(newest, order_height)) {
    }
    // The peers take turns in asking at once, so that not all of them do; `tick` makes up for a
    // peer that is down.
    strand_.post([this] {
        std::shared_ptr<const ledger::EpochRecord> epoch = access_.epoch();
        if (!epoch) return;
        std::size_t turn = tip_.height % epoch->peers.size();
        if (epoch->peers[turn].node == services_.identity.id()) request_tick_if_idle();
    });
}

void Replica::note_peers(ChannelPeers peers) {
    // In the order of the deliveries: those before were executed, or dropped, as it was then.
    strand_.post([this, peers = std::move(peers)]() mutable {
        {
            std::lock_guard lock(view_mutex_);
            newest_peers_ = std::move(peers);
        }
        // A delivery that waits for a batch may have the next epoch's record in the table already.
        const bool within_block = !queue_.empty() && queue_.front().prepared;
        if (!within_block) left_ = has_left();
    });
}

ChannelPeers Replica::newest_peers() const {
    std::lock_guard lock(view_mutex_);
    return newest_peers_;
}

bool Replica::has_left() const {
    const ChannelPeers peers = newest_peers();
    if (!peers.newest || peers.newest->index_of(services_.identity.id())) return false;
    // Who was a peer in between, and has not come so far yet, is needed to hand over.
    std::shared_ptr<const ledger::EpochRecord> now = access_.epoch();
    return now && (!peers.last_own || now->epoch > *peers.last_own);
}

std::set<ledger::NodeId> Replica::others_with(const ledger::EpochRecord& epoch) const {
    std::set<ledger::NodeId> others;
    for (const ledger::EpochPeer& peer : epoch.peers) others.insert(peer.node);
    if (auto newest = newest_peers().newest) {
        for (const ledger::EpochPeer& peer : newest->peers) others.insert(peer.node);
    }
    others.erase(services_.identity.id());
    return others;
}

void Replica::start(std::uint64_t silent_through) {
    strand_.post([this, silent_through] {
        started_ = true;
        silent_through_ = silent_through;
        check_executed_against_votes();
        for (Uncertified& block : uncertified_) {
            if (block.durable) vote(block, true);
        }
        certify_ready();
    });
}

void Replica::deliver(Delivery delivery, std::function<void()> done) {
    // A stopped replica goes on from its last block after a restart, so nothing is done here.
    if (stopped_) return;
    ++queued_count_;
    strand_.post([this, delivery = std::move(delivery), done = std::move(done)]() mutable {
        note_void_votes(delivery);
        queue_.push_back({std::move(delivery), std::move(done), false, nullptr});
        check_executed_against_votes();
        pump();
    });
}

void Replica::pump() {
    while (!stopped_ && !queue_.empty()) {
        Result<bool> ran = run_front_safely();
        if (!ran && ran.error().code == Code::no_space) return wait_for_space(ran.error());
        if (!ran) return stop(ran.error());
        if (!*ran) return fetch_ahead();
        space_is_there();
        std::function<void()> done = std::move(queue_.front().done);
        queue_.pop_front();
        --queued_count_;
        done();
    }
}

void Replica::prepare(Queued& queued) {
    if (queued.prepared) return;
    queued.epoch = signers_of(queued.delivery.controls, access_.epoch());
    for (const ledger::ControlRecord& record : queued.delivery.controls) access_.apply(record);
    queued.prepared = true;
}

Result<bool> Replica::run_front_safely() {
    try {
        return run_front();
    } catch (const InvariantViolation& bug) {
        // What was ordered meets the same bug again after every restart: it must not take the
        // node's other channels with it.
        return Error{Code::internal, std::string("a bug was met: ") + bug.what()};
    }
}

Result<bool> Replica::run_front() {
    Queued& queued = queue_.front();
    Delivery& delivery = queued.delivery;
    if (delivery.height <= tip_.order_height) return true;  // executed before a restart
    if (left_) {
        waiters_.fail_all({Code::unavailable,
                           "this city node is none of the app's any more; send "
                           "the same bytes to one of its nodes"});
        return true;
    }
    prepare(queued);
    BuilderInputs builder_inputs = inputs(queued.epoch->epoch, stored_);
    std::vector<BatchOrReason> batches;
    std::vector<Delivery::Item> items;
    std::set<ledger::Hash> digests;  // of this height
    bool waits = false;
    for (const Delivery::Item& item : delivery.items) {
        const ledger::Envelope& envelope = item.envelope;
        Status status = check_envelope(builder_inputs, *queued.epoch, delivery, envelope);
        if (envelope.kind == ledger::EnvelopeKind::tick) {
            // Late and forged ticks leave no trace: they asked for nothing that is still to be had.
            if (!status || !tick_is_current(envelope, tip_)) continue;
            batches.emplace_back(nullptr);
        } else if (!status) {
            if (is_own_trouble(status.error().code)) return status.error();
            batches.emplace_back(status.error());
        } else if (envelope.kind == ledger::EnvelopeKind::void_batch) {
            batches.emplace_back(nullptr);
        } else if (digests.contains(envelope.digest)) {
            batches.emplace_back(Error{Code::duplicate, "batch was ordered twice at this height"});
        } else {
            BSN_TRY(batch, batch_unless_void(queued, envelope));
            if (batch && *batch) digests.insert(envelope.digest);
            waits = waits || !batch;
            batches.push_back(batch ? std::move(*batch) : BatchOrReason(nullptr));
        }
        items.push_back(item);
    }
    if (waits) return false;
    bad_carried_.clear();
    if (items.empty() && delivery.controls.empty()) return true;
    delivery.items = std::move(items);
    BSN_TRY(built, build_block(builder_inputs, tip_, delivery, batches));
    BSN_CHECK(commit(std::move(built), queued.epoch));
    return true;
}

void Replica::receive(const ledger::NodeId& from, ordering::Message message) {
    if (stopped_) return;
    if (auto* offer = std::get_if<ordering::BatchOffer>(&message);
        offer != nullptr && setup_.carriage == Carriage::inside) {
        carry_for(from, *offer->batch);
    } else if (offer != nullptr) {
        intake_.receive(from, std::move(*offer));
    } else if (auto* vote = std::get_if<ordering::AvailabilityVote>(&message)) {
        intake_.receive(from, std::move(*vote));
    } else if (auto* header = std::get_if<ordering::HeaderVote>(&message)) {
        strand_.post([this, from, vote = std::move(*header)] { receive_vote(from, vote); });
    } else if (auto* request = std::get_if<ordering::BatchRequest>(&message)) {
        services_.pool.post([this, from, digest = request->digest] {
            if (!may_have(from, digest)) return;
            auto bytes = batches_.bytes(digest);
            if (bytes && *bytes) {
                services_.network.send(from, setup_.rules.channel,
                                       ordering::BatchAnswer{digest, *bytes});
            }
        });
    } else if (auto* answer = std::get_if<ordering::BatchAnswer>(&message)) {
        strand_.post([this, answer = std::move(*answer)] { check_fetched(answer); });
    }
}

Status Replica::commit(BuiltBlock built, std::shared_ptr<const ledger::EpochRecord> epoch) {
    protect_certified_state();
    BSN_CHECK(write(built));
    forget_promises_through(built.tip.order_height);
    for (const ledger::Envelope& envelope : built.block.envelopes) {
        batches_.executed(envelope.digest);
        // Voided or come by another way: a later copy of it has all its time again.
        fetching_.erase(envelope.digest);
    }
    const ledger::Header& header = built.block.header;
    decisions_taken_ = built.tip.controls_through;
    {
        std::lock_guard lock(view_mutex_);
        tip_ = built.tip;
    }
    left_ = has_left();
    tell_intake(built.block);
    observer_.on_executed(built);
    HeaderVotes votes(header, std::move(epoch));
    uncertified_.push_back({header,
                            std::move(votes),
                            false,
                            0,
                            std::move(built.admitted),
                            std::move(built.block.receipts),
                            std::move(built.refused),
                            built.tip.controls_through,
                            std::shared_ptr<const store::Snapshot>(services_.database.snapshot()),
                            executed_batches(built.block),
                            {}});
    uncertified_count_ = uncertified_.size();
    services_.syncer.request([this, height = header.height](Status durable) {
        strand_.post([this, height, durable = std::move(durable)] {
            if (durable) {
                on_durable(height);
            } else {
                stop(durable.error());
            }
        });
    });
    return {};
}

void Replica::tell_intake(const ledger::Block& block) {
    std::map<std::uint32_t, Code> skipped = skipped_whole(block);
    for (std::uint32_t i = 0; i < block.envelopes.size(); ++i) {
        std::optional<Error> why;
        if (auto found = skipped.find(i); found != skipped.end()) {
            if (!concerns_the_core(found->second)) continue;
            Status active = access_.check_active();
            why = found->second == Code::suspended && !active
                      ? active.error()
                      : Error{found->second, "the batch was ordered, but could not be executed"};
        }
        intake_.ordered(block.envelopes[i].core_hash(crypto::HashId::sha256), std::move(why));
    }
}

void Replica::protect_certified_state() {
    std::lock_guard lock(view_mutex_);
    if (certified_snapshot_ || recovering_) return;
    certified_snapshot_ = services_.database.snapshot();
}

CertifiedView Replica::view() const {
    std::lock_guard lock(view_mutex_);
    std::shared_ptr<const store::Snapshot> snapshot = certified_snapshot_;
    if (!snapshot) snapshot = services_.database.snapshot();
    const bool readable = !recovering_ && certified_.hash != ledger::Hash();
    return {snapshot, certified_.height, certified_.time, readable,
            ledger::StoredState(services_.database, setup_.prefix, snapshot.get())};
}

Result<CertifiedView> Replica::view_at(ledger::Height height) const {
    CertifiedView newest = view();
    if (newest.height == height) return newest;
    std::lock_guard lock(view_mutex_);
    auto found = std::find_if(past_.begin(), past_.end(),
                              [&](const PastView& past) { return past.height == height; });
    if (found == past_.end()) {
        return Error{Code::not_found,
                     fmt::format("the state as of block {} is not kept any more", height)};
    }
    return CertifiedView{
        found->snapshot, height, found->time, newest.readable,
        ledger::StoredState(services_.database, setup_.prefix, found->snapshot.get())};
}

Result<ledger::AccountProof> Replica::prove_account(const CertifiedView& view,
                                                    const ledger::Address& address,
                                                    const std::vector<ledger::Word>& slots) const {
    if (access_.app().state_type != ledger::StateCommitmentType::merkle_patricia) {
        return Error{Code::unsupported_version,
                     "this channel's state has no Merkle Patricia root; publish the app with evm: "
                     "state: merkle_patricia for proofs of values"};
    }
    NodesAt nodes(services_.database, setup_.prefix, *view.snapshot);
    return ledger::MerklePatricia(nodes).prove(address, slots);
}

Tip Replica::tip() const {
    std::lock_guard lock(view_mutex_);
    return tip_;
}

void Replica::tick() {
    bool busy = uncertified_count_ > 0 || queued_count_ > 0 || waiters_.size() > 0 ||
                intake_.busy() || decisions_wait();
    if (!busy || stopped_) return;
    strand_.post([this] { tick_on_strand(); });
    intake_.tick();
}

void Replica::stop(const Error& why) {
    if (stopped_.exchange(true)) return;
    {
        std::lock_guard lock(view_mutex_);
        alarms_.stopped = why.message;
        if (why.code == Code::no_space) alarms_.stopped += "; free space, then restart the node";
    }
    log_error("peer", "channel stopped channel={} height={}: {}", to_hex(setup_.rules.channel),
              tip_.height, why.message);
    waiters_.fail_all(stopped_error());
}

void Replica::wait_for_space(const Error& why) {
    // Nothing was written: what is to be written stays where it is, and `tick` tries again.
    if (waits_for_space_.exchange(true)) return;
    std::lock_guard lock(view_mutex_);
    alarms_.space = why.message + "; the app goes on by itself once there is space";
    log_error("peer", "channel waits channel={} height={}: {}", to_hex(setup_.rules.channel),
              tip_.height, why.message);
}

void Replica::space_is_there() {
    if (!waits_for_space_.exchange(false)) return;
    std::lock_guard lock(view_mutex_);
    alarms_.space.clear();
    log_info("peer", "channel goes on channel={}", to_hex(setup_.rules.channel));
}

ReplicaStatus Replica::status() const {
    ReplicaStatus status;
    status.pending = waiters_.size();
    status.voided = voided_count_;
    std::lock_guard lock(view_mutex_);
    status.height = tip_.height;
    status.certified = certified_.height;
    status.certified_hash = certified_.hash;
    status.transactions = tip_.transactions;
    status.alarm = alarms_.gravest();
    status.left = left_;
    status.settled = newest_decision_ <= certified_.controls_through;
    return status;
}

}  // namespace bsn::peer
