// How a replica gets past an ordered batch that it cannot get: by votes in the channel's own order.
//
// A promise is durable before the vote that tells it, and binds until the withdrawal is ordered.
// See `void_votes.hpp`.

#include "base/codec.hpp"
#include "base/log.hpp"
#include "peer/database_keys.hpp"
#include "peer/rebuild.hpp"
#include "peer/replica.hpp"

#include <algorithm>

namespace bsn::peer {
namespace {

using store::Table;

/// A batch that no peer could serve for so long is voted void.
constexpr std::uint64_t k_void_after_ms = 10'000;
constexpr std::uint64_t k_vote_again_ms = 2'000;

Error void_error() {
    return {Code::voided, "no peer could serve the batch, so it was never executed"};
}

}  // namespace

void Replica::note_void_votes(const Delivery& delivery) {
    bool noted = false;
    for (const Delivery::Item& item : delivery.items) {
        if (item.envelope.kind != ledger::EnvelopeKind::void_batch) continue;
        void_votes_.note(item.envelope, delivery.height);
        noted = true;
    }
    // What is certified cannot be voided any more.
    if (noted && queue_.empty() && uncertified_.empty()) {
        void_votes_.forget_through(tip_.order_height);
    }
}

bool Replica::is_void(const OrderedEnvelope& envelope, const ledger::EpochRecord& epoch) {
    // Copies of it that were ordered later are void as well: anybody could have them ordered.
    const bool known = std::any_of(voided_.begin(), voided_.end(), [&](const auto& one) {
        return one.core_hash == envelope.core_hash && one.order_height <= envelope.order_height;
    });
    if (known) return true;
    if (!void_votes_.is_void(envelope, epoch)) return false;
    log_warn("peer",
             "ALARM: batch voided channel={} order_height={} envelope={}: a quorum of peers could "
             "not get it",
             to_hex(setup_.rules.channel), envelope.order_height, to_hex(envelope.core_hash));
    voided_.insert(envelope);
    voided_count_ = voided_.size();
    return true;
}

Result<std::optional<Replica::BatchOrReason>> Replica::batch_unless_void(
    const Queued& queued, const ledger::Envelope& envelope) {
    using Answer = std::optional<BatchOrReason>;
    if (envelope.kind != ledger::EnvelopeKind::batch) return batch_for(envelope);
    const bool voted_on = !void_votes_.empty() || !promises_.empty() || !voided_.empty();
    OrderedEnvelope ordered{queued.delivery.height, {}};
    if (voted_on) {
        ordered.core_hash = envelope.core_hash(crypto::HashId::sha256);
        if (is_void(ordered, *queued.epoch)) return Answer(BatchOrReason(void_error()));
    }
    BSN_TRY(batch, batch_for(envelope));
    auto promise = promises_.find(ordered);
    if (promise == promises_.end()) {
        if (batch || batches_.held(envelope.digest)) return std::move(batch);
        const Fetch& fetch = fetching_.at(envelope.digest);
        if (services_.clock.monotonic() - fetch.since > k_void_after_ms) {
            ordered.core_hash = envelope.core_hash(crypto::HashId::sha256);
            promise_to_void(ordered, queued);
        }
        return Answer{};
    }
    const ledger::NodeId& own = services_.identity.id();
    if (batch && void_votes_.withdrawn(ordered, *queued.epoch, own)) return std::move(batch);
    if (!batch && void_votes_.stands(ordered, *queued.epoch, own)) return Answer{};
    if (promise->second.durable &&
        services_.clock.monotonic() - promise->second.voted > k_vote_again_ms) {
        vote_on(ordered, batch ? VoidStance::withdraw : VoidStance::promise, queued);
    }
    return Answer{};
}

void Replica::promise_to_void(const OrderedEnvelope& envelope, const Queued& queued) {
    // What a node knew before it lost its data it does not know: it may have executed the batch.
    // (Before `start` it is not known how far that reaches.)
    if (!started_ || queued.delivery.height <= std::max(silent_through_, rebuilt_through_)) return;
    if (!queued.epoch->index_of(services_.identity.id())) return;
    log_warn("peer",
             "batch cannot be had, voting to void it channel={} order_height={} envelope={}",
             to_hex(setup_.rules.channel), envelope.order_height, to_hex(envelope.core_hash));
    auto changes = services_.database.batch();
    put_void_mark(*changes, setup_.prefix, envelope, VoidMark::promised);
    if (Status kept = services_.database.write(*changes); !kept) {
        log_error("peer", "void promise not stored: {}", kept.error().message);
        return;
    }
    promises_.emplace(envelope, Promise{});
    services_.syncer.request([this, envelope](Status durable) {
        strand_.post([this, envelope, durable = std::move(durable)] {
            if (!durable) {
                stop(durable.error());
                return;
            }
            auto found = promises_.find(envelope);
            if (found == promises_.end()) return;
            found->second.durable = true;
            pump();
        });
    });
}

void Replica::vote_on(const OrderedEnvelope& envelope, VoidStance stance, const Queued& queued) {
    promises_.at(envelope).voted = services_.clock.monotonic();
    intake_.vote_to_void({stance, envelope}, queued.epoch);
}

void Replica::check_executed_against_votes() {
    if (void_votes_.empty() || stopped_) return;
    for (const Uncertified& block : uncertified_) {
        for (const OrderedEnvelope& envelope : block.executed) {
            if (!is_void(envelope, block.votes.epoch())) continue;
            // Its header can never be certified: a quorum promised not to sign it.
            auto changes = services_.database.batch();
            changes->put(Table::meta, rebuild_key(setup_.prefix), {});
            put_void_mark(*changes, setup_.prefix, envelope, VoidMark::is_void);
            const Status kept = services_.database.write(*changes);
            stop(kept ? Error{Code::unavailable,
                              "the other peers voided a batch that this replica had executed; "
                              "restart the node, which then rebuilds its copy of the channel"}
                      : kept.error());
            return;
        }
    }
}

void Replica::put_void_marks(store::WriteBatch& changes, const ledger::Block& block) const {
    const std::uint64_t height = block.header.position.height;
    for (const auto& [envelope, promise] : promises_) {
        if (envelope.order_height > height) break;
        changes.erase(Table::meta, void_mark_key(setup_.prefix, envelope));
    }
    for (auto at = voided_.lower_bound({height, {}});
         at != voided_.end() && at->order_height == height; ++at) {
        put_void_mark(changes, setup_.prefix, *at, VoidMark::is_void);
    }
}

void Replica::forget_promises_through(std::uint64_t order_height) {
    std::erase_if(promises_,
                  [&](const auto& one) { return one.first.order_height <= order_height; });
}

Status Replica::load_void_marks() {
    BSN_TRY(through, rebuilt_through(services_.database, setup_.prefix));
    rebuilt_through_ = through;
    Status failure;
    auto visit = [&](ByteView key, ByteView value) {
        auto envelope = envelope_of_void_mark(setup_.prefix, key);
        if (!envelope || value.size() != 1) {
            failure = Error{Code::corrupted, "a void mark of the channel is damaged"};
            return false;
        }
        if (value[0] == static_cast<std::uint8_t>(VoidMark::is_void)) {
            voided_.insert(*envelope);
        } else {
            promises_.emplace(*envelope, Promise{true, 0});
        }
        return true;
    };
    BSN_CHECK(services_.database.scan(Table::meta, void_marks_prefix(setup_.prefix), {}, visit));
    voided_count_ = voided_.size();
    return failure;
}

}  // namespace bsn::peer
