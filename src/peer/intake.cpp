#include "peer/intake.hpp"

#include "base/codec.hpp"
#include "base/log.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::peer {
namespace {

/// Batches of one channel and node that gather signatures at a time: more would make smaller
/// batches, fewer would leave the wait for the others' disks unused.
constexpr std::size_t k_max_unsubmitted = 3;
/// Fewer transactions than these wait while another batch of ours is on its way, though no longer
/// than that: a block costs as much as many transactions, so small ones are better made together.
constexpr std::size_t k_worth_a_batch = 256;
constexpr std::uint64_t k_longest_company_ms = 100;
/// Ordering heights that an envelope may wait for its place.
constexpr std::uint64_t k_envelope_validity = 10'000;
constexpr std::uint64_t k_resend_offer_ms = 1'000;
constexpr std::uint64_t k_resubmit_ms = 5'000;

/// Whether a skipped batch should be tried again under the rules of now.
bool is_worth_another_try(Code skipped) {
    return skipped == Code::unavailable || skipped == Code::expired || skipped == Code::voided;
}

}  // namespace

Intake::Intake(const ReplicaServices& services, const ChannelRules& rules, Carriage carriage,
               const AccessTable& access, BatchPool& batches, Waiters& waiters)
    : services_(services),
      rules_(rules),
      carriage_(carriage),
      access_(access),
      batches_(batches),
      waiters_(waiters),
      sequence_(services.clock.now()),  // grows over restarts without being stored
      strand_(services.pool) {}

void Intake::add(std::vector<ledger::Transaction> transactions) {
    strand_.post([this, added = std::move(transactions)]() mutable {
        for (ledger::Transaction& transaction : added) queue_.add(std::move(transaction));
        pump();
    });
}

std::size_t Intake::unsubmitted() const {
    return static_cast<std::size_t>(
        std::count_if(flights_.begin(), flights_.end(),
                      [](const auto& flight) { return !flight.second.submitted; }));
}

bool Intake::waits_for_company() const {
    return queue_.size() < k_worth_a_batch && !flights_.empty() &&
           services_.clock.monotonic() - launched_ < k_longest_company_ms;
}

void Intake::pump() {
    while (!queue_.empty() && unsubmitted() < k_max_unsubmitted && !waits_for_company()) {
        BatchPool::Batch batch = make_checked_batch(rules_, queue_.take());
        batches_.hold(batch);
        launch(batch);
    }
}

ledger::Envelope Intake::make_envelope(const CheckedBatch& batch,
                                       const ledger::EpochRecord& epoch) {
    ledger::Envelope envelope;
    envelope.channel = rules_.channel;
    envelope.epoch = epoch.epoch;
    envelope.proposer = services_.identity.id();
    envelope.sequence = ++sequence_;
    envelope.digest_hash = rules_.hash;
    envelope.digest = batch.digest;
    envelope.count = static_cast<std::uint32_t>(batch.entries.size());
    envelope.bytes = static_cast<std::uint32_t>(batch.bytes->size());
    envelope.valid_until_order_height = services_.orderer.height() + k_envelope_validity;
    if (carriage_ == Carriage::inside) {
        envelope.kind = ledger::EnvelopeKind::carried;
        envelope.body = *batch.bytes;
    }
    return envelope;
}

Bytes Intake::availability_statement(const ledger::Envelope& envelope) const {
    return ledger::encode_statement(ledger::Purpose::availability, rules_.network, envelope.channel,
                                    envelope.epoch, envelope.encode_core());
}

void Intake::launch(const BatchPool::Batch& batch) {
    std::shared_ptr<const ledger::EpochRecord> epoch = access_.epoch();
    ordering::AvailabilityVotes votes(make_envelope(*batch, *epoch), epoch, rules_.network);
    ledger::Hash core_hash = votes.core_hash();
    launched_ = services_.clock.monotonic();
    auto [at, fresh] = flights_.emplace(core_hash, Flight{std::move(votes), batch, launched_});
    ensure(fresh, "each envelope has a sequence number of its own");
    flights_in_work_ = flights_.size();
    if (carriage_ == Carriage::inside) {
        submit(at->second);
        return;
    }
    offer(at->second);
    store_own(at->second);
}

void Intake::relaunch(const ledger::Hash& core_hash) {
    auto found = flights_.find(core_hash);
    BatchPool::Batch batch = std::move(found->second.batch);
    flights_.erase(found);
    batches_.hold(batch);
    launch(batch);
}

void Intake::store_own(Flight& flight) {
    ledger::Hash core_hash = flight.votes.core_hash();
    batches_.persist(flight.batch, [this, core_hash](Status durable) {
        strand_.post([this, core_hash, durable = std::move(durable)] {
            auto found = flights_.find(core_hash);
            if (found == flights_.end()) return;
            if (durable) {
                vote_for_own(found->second);
            } else {
                give_up(core_hash, durable.error());
            }
        });
    });
}

void Intake::give_up(const ledger::Hash& core_hash, const Error& why) {
    log_error("peer", "batch not taken: {}", why.message);
    auto found = flights_.find(core_hash);
    if (found->second.submitted) return;
    BatchPool::Batch batch = std::move(found->second.batch);
    flights_.erase(found);
    flights_in_work_ = flights_.size();
    batches_.executed(batch->digest);
    for (const CheckedBatch::Entry& entry : batch->entries) {
        waiters_.answer(entry.transaction->id(), why);
    }
    pump();
}

void Intake::offer(Flight& flight) {
    flight.sent = services_.clock.monotonic();
    Bytes core = flight.votes.envelope().encode_core();
    for (const ledger::EpochPeer& peer : flight.votes.epoch().peers) {
        if (peer.node == services_.identity.id() || flight.votes.has_vote_of(peer.node)) continue;
        services_.network.send(peer.node, rules_.channel,
                               ordering::BatchOffer{core, flight.batch->bytes});
    }
}

void Intake::vote_for_own(Flight& flight) {
    auto signatures = services_.identity.sign_all(flight.votes.epoch(), flight.votes.statement());
    if (Status added = flight.votes.add(services_.identity.id(), signatures); !added) {
        // A node that is not of the epoch can still have the others' batches ordered.
        log_debug("peer", "own availability vote: {}", added.error().message);
    }
    if (!flight.submitted && flight.votes.complete()) submit_in_turn(flight);
    pump();
}

void Intake::submit_in_turn(Flight& flight) {
    if (!rules_.dialect) return submit(flight);
    std::vector<Flight*> waiting;
    for (auto& [core_hash, one] : flights_) {
        if (!one.submitted) waiting.push_back(&one);
    }
    std::sort(waiting.begin(), waiting.end(), [](const Flight* a, const Flight* b) {
        return a->votes.envelope().sequence < b->votes.envelope().sequence;
    });
    for (Flight* one : waiting) {
        if (!one->votes.complete()) return;
        submit(*one);
        if (!one->submitted) return;
    }
}

void Intake::submit(Flight& flight) {
    ledger::Envelope envelope;
    if (carriage_ == Carriage::inside) {
        envelope = flight.votes.envelope();
        crypto::SuiteId suite = flight.votes.epoch().suites.front();
        std::optional<std::uint16_t> index = flight.votes.epoch().index_of(services_.identity.id());
        if (!index) return ask_to_carry(flight);
        ledger::Certificate certificate{
            suite, {{*index, services_.identity.sign(suite, flight.votes.statement())}}};
        envelope.availability = {std::move(certificate)};
    } else {
        envelope = flight.votes.certified();
    }
    flight.sent = services_.clock.monotonic();
    if (Status status = services_.orderer.submit(envelope.encode()); !status) {
        log_warn("peer", "envelope not taken: {}", status.error().message);
        if (status.error().code == Code::overloaded) return;  // `tick` tries again
        strand_.post([this, core_hash = flight.votes.core_hash(), why = status.error()] {
            if (flights_.contains(core_hash)) give_up(core_hash, why);
        });
        return;
    }
    flight.submitted = true;
}

void Intake::ask_to_carry(Flight& flight) {
    const std::uint64_t now = services_.clock.monotonic();
    if (flight.sent != 0 && now - flight.sent < k_resend_offer_ms) return;
    flight.sent = now;
    const auto& peers = flight.votes.epoch().peers;
    services_.network.send(
        peers[asked_to_carry_++ % peers.size()].node, rules_.channel,
        ordering::BatchOffer{flight.votes.envelope().encode_core(), flight.batch->bytes});
}

bool Intake::is_waited_for(const CheckedBatch& batch) const {
    return std::any_of(batch.entries.begin(), batch.entries.end(), [&](const auto& entry) {
        return entry.transaction && waiters_.waits_for(entry.transaction->id());
    });
}

void Intake::receive(const ledger::NodeId& from, ordering::AvailabilityVote vote) {
    strand_.post([this, from, vote = std::move(vote)] {
        auto found = flights_.find(vote.core_hash);
        if (found == flights_.end()) return;
        if (vote.signatures.empty()) {
            log_warn("peer", "node={} refused a batch: {}", to_hex(from), in_quotes(vote.refusal));
            return;
        }
        Flight& flight = found->second;
        if (flight.submitted) return;
        if (Status added = flight.votes.add(from, vote.signatures); !added) {
            log_warn("peer", "availability vote of node={}: {}", to_hex(from),
                     added.error().message);
            return;
        }
        if (flight.votes.complete()) submit_in_turn(flight);
        pump();
    });
}

Status Intake::check_offer(const ledger::NodeId& from, const ledger::Envelope& envelope) const {
    std::shared_ptr<const ledger::EpochRecord> epoch = access_.epoch();
    if (envelope.kind != ledger::EnvelopeKind::batch || envelope.channel != rules_.channel ||
        envelope.proposer != from || envelope.digest_hash != rules_.hash) {
        return Error{Code::invalid_argument, "not an offer of a batch of this channel"};
    }
    if (envelope.epoch != epoch->epoch) {
        return Error{Code::unavailable, fmt::format("offer of epoch {}, this peer is in {}",
                                                    envelope.epoch, epoch->epoch)};
    }
    if (!epoch->index_of(services_.identity.id()) || !epoch->index_of(from)) {
        return Error{Code::forbidden, "this node or the sender is no peer of the channel"};
    }
    if (batches_.full()) return Error{Code::overloaded, "too many batches wait for execution"};
    return {};
}

void Intake::receive(const ledger::NodeId& from, ordering::BatchOffer offer) {
    auto envelope = ledger::Envelope::decode([&] {
        Bytes bytes = offer.core;
        bytes.push_back(0);  // no certificates yet
        return bytes;
    }());
    ledger::Hash core_hash = crypto::hash(crypto::HashId::sha256, offer.core);
    if (!envelope) {
        refuse_offer(from, core_hash, envelope.error());
        return;
    }
    if (Status status = check_offer(from, *envelope); !status) {
        refuse_offer(from, core_hash, status.error());
        return;
    }
    check_batch(
        services_.pool, rules_, std::move(offer.batch),
        [this, from, envelope = std::move(*envelope), core_hash](Result<BatchPool::Batch> batch) {
            answer_offer(from, envelope, core_hash, std::move(batch));
        });
}

void Intake::answer_offer(const ledger::NodeId& from, const ledger::Envelope& envelope,
                          const ledger::Hash& core_hash, Result<BatchPool::Batch> batch) {
    if (!batch) {
        refuse_offer(from, core_hash, batch.error());
        return;
    }
    const CheckedBatch& checked = **batch;
    if (checked.digest != envelope.digest || checked.entries.size() != envelope.count ||
        checked.bytes->size() != envelope.bytes) {
        refuse_offer(from, core_hash, {Code::invalid_argument, "batch is not what the offer says"});
        return;
    }
    if (Status status = checked.check_all(); !status) {
        refuse_offer(from, core_hash, status.error());
        return;
    }
    batches_.hold(*batch);
    batches_.persist(*batch, [this, from, envelope, core_hash](const Status& durable) {
        if (!durable) {
            refuse_offer(from, core_hash, durable.error());
            return;
        }
        // Signing takes time that the syncer's thread should not spend.
        services_.pool.post([this, from, envelope, core_hash] {
            auto epoch = access_.epoch();
            if (epoch->epoch != envelope.epoch) return;
            auto signatures = services_.identity.sign_all(*epoch, availability_statement(envelope));
            services_.network.send(
                from, rules_.channel,
                ordering::AvailabilityVote{core_hash, std::move(signatures), {}});
        });
    });
}

void Intake::refuse_offer(const ledger::NodeId& from, const ledger::Hash& core_hash,
                          const Error& why) {
    services_.network.send(from, rules_.channel,
                           ordering::AvailabilityVote{core_hash, {}, why.message});
}

void Intake::ordered(const ledger::Hash& core_hash, std::optional<Error> skipped) {
    strand_.post([this, core_hash, skipped = std::move(skipped)] {
        auto found = flights_.find(core_hash);
        if (found == flights_.end()) return;
        if (skipped && is_worth_another_try(skipped->code)) {
            relaunch(core_hash);
        } else {
            if (skipped && skipped->code != Code::duplicate) {
                for (const CheckedBatch::Entry& entry : found->second.batch->entries) {
                    waiters_.answer(entry.transaction->id(), *skipped);
                }
            }
            flights_.erase(found);
        }
        flights_in_work_ = flights_.size();
        pump();
    });
}

void Intake::request_tick(ledger::Height height) {
    strand_.post([this, height] {
        Writer body(8);
        body.u64(height);
        submit_signed(ledger::EnvelopeKind::tick, body.take(), ledger::Purpose::availability,
                      *access_.epoch());
    });
}

void Intake::vote_to_void(const VoidVote& vote, std::shared_ptr<const ledger::EpochRecord> epoch) {
    strand_.post([this, vote, epoch = std::move(epoch)] {
        submit_signed(ledger::EnvelopeKind::void_batch, vote.encode(), ledger::Purpose::void_batch,
                      *epoch);
    });
}

void Intake::submit_signed(ledger::EnvelopeKind kind, Bytes body, ledger::Purpose purpose,
                           const ledger::EpochRecord& epoch) {
    std::optional<std::uint16_t> index = epoch.index_of(services_.identity.id());
    if (!index) return;
    ledger::Envelope envelope;
    envelope.kind = kind;
    envelope.channel = rules_.channel;
    envelope.epoch = epoch.epoch;
    envelope.proposer = services_.identity.id();
    envelope.sequence = ++sequence_;
    envelope.digest_hash = rules_.hash;
    envelope.valid_until_order_height = services_.orderer.height() + k_envelope_validity;
    envelope.body = std::move(body);
    crypto::SuiteId suite = epoch.suites.front();
    Bytes statement = ledger::encode_statement(purpose, rules_.network, rules_.channel, epoch.epoch,
                                               envelope.encode_core());
    envelope.availability = {{suite, {{*index, services_.identity.sign(suite, statement)}}}};
    if (Status status = services_.orderer.submit(envelope.encode()); !status) {
        log_debug("peer", "tick or void vote not taken: {}", status.error().message);
    }
}

void Intake::note_delay(std::uint64_t now) {
    std::string delay;
    for (const auto& [core_hash, flight] : flights_) {
        if (flight.submitted || flight.votes.complete() || carriage_ == Carriage::inside) continue;
        if (now - flight.launched <= k_resend_offer_ms) continue;
        const ledger::EpochRecord& epoch = flight.votes.epoch();
        delay = fmt::format("{} of the app's {} nodes took the transactions, and {} are needed",
                            flight.votes.count(), epoch.peers.size(), epoch.quorum());
    }
    std::lock_guard lock(delay_mutex_);
    delay_ = std::move(delay);
}

std::string Intake::delay() const {
    if (!busy()) return {};
    std::lock_guard lock(delay_mutex_);
    return delay_;
}

void Intake::tick() {
    strand_.post([this] {
        std::uint64_t now = services_.clock.monotonic();
        ledger::Epoch epoch = access_.epoch()->epoch;
        std::vector<ledger::Hash> outdated;
        // What others had ordered for this node comes back in envelopes of theirs.
        if (carriage_ == Carriage::inside && !access_.epoch()->index_of(services_.identity.id())) {
            std::erase_if(flights_, [this](const auto& flight) {
                return !flight.second.submitted && !is_waited_for(*flight.second.batch);
            });
            flights_in_work_ = flights_.size();
        }
        for (auto& [core_hash, flight] : flights_) {
            if (flight.submitted) {
                // The ordering service may have lost it; a second copy in the order is skipped.
                if (now - flight.sent > k_resubmit_ms) submit(flight);
            } else if (flight.votes.epoch().epoch != epoch) {
                outdated.push_back(core_hash);
            } else if (flight.votes.complete() || carriage_ == Carriage::inside) {
                submit_in_turn(flight);
            } else if (now - flight.sent > k_resend_offer_ms) {
                offer(flight);
            }
        }
        note_delay(now);
        // Signatures of an old epoch are worth nothing; those of the new one are gathered anew.
        for (const ledger::Hash& core_hash : outdated) relaunch(core_hash);
        pump();
    });
}

}  // namespace bsn::peer
