// How a replica gets hold of the batches that its blocks are made of.

#include "base/log.hpp"
#include "peer/replica.hpp"

#include <fmt/format.h>

namespace bsn::peer {
namespace {

constexpr std::uint64_t k_fetch_again_ms = 500;
constexpr std::size_t k_batches_ahead = 8;

}  // namespace

Result<std::optional<Replica::BatchOrReason>> Replica::batch_for(const ledger::Envelope& envelope) {
    using Answer = std::optional<BatchOrReason>;
    BatchPool::Batch batch;
    if (setup_.carriage == Carriage::inside) {
        if (auto bad = bad_carried_.find(envelope.digest); bad != bad_carried_.end()) {
            return Answer(BatchOrReason(bad->second));
        }
        batch = batches_.held(envelope.digest);
    } else {
        auto found = batches_.find(envelope.digest);
        if (!found) {
            if (queue_.front().epoch->peers.size() == 1) return found.error();
            log_warn("peer", "stored batch is damaged and fetched again: {}",
                     found.error().message);
        } else {
            batch = std::move(*found);
        }
    }
    bool stored = setup_.carriage == Carriage::inside;
    if (batch && !stored) {
        BSN_TRY(position, blocks_.batch(envelope.digest));
        stored = position.has_value();
    }
    if (!batch || !stored) {
        std::uint64_t now = services_.clock.monotonic();
        auto [at, first] = fetching_.try_emplace(envelope.digest, Fetch{now, now});
        if (first || now - at->second.asked > k_fetch_again_ms) {
            at->second.asked = now;
            // A block refers to its batches, so they must be in the log before it is made.
            if (batch) {
                store_batch(batch);
            } else {
                fetch(envelope, !first);
            }
        }
        return Answer{};
    }
    if (batch->entries.size() != envelope.count || batch->bytes->size() != envelope.bytes) {
        return Answer(BatchOrReason(Error{Code::invalid_argument, "batch is not as announced"}));
    }
    return Answer(BatchOrReason(std::move(batch)));
}

void Replica::fetch(const ledger::Envelope& envelope, bool from_all) {
    if (setup_.carriage == Carriage::inside) {
        check_carried(envelope);
        return;
    }
    std::shared_ptr<const ledger::EpochRecord> epoch = queue_.front().epoch;
    std::set<ledger::NodeId> holders;
    for (const ledger::Certificate& certificate : envelope.availability) {
        for (const ledger::PeerSignature& signature : certificate.signatures) {
            holders.insert(epoch->peers[signature.peer].node);
        }
    }
    // First those who signed that they hold it; then whoever may have got it since.
    for (const ledger::NodeId& node : others_with(*epoch)) {
        if (!from_all && !holders.contains(node)) continue;
        services_.network.send(node, setup_.rules.channel, ordering::BatchRequest{envelope.digest});
    }
}

void Replica::fetch_ahead() {
    if (setup_.carriage == Carriage::inside) return;
    const std::uint64_t now = services_.clock.monotonic();
    const ledger::Epoch epoch = queue_.front().epoch->epoch;
    std::size_t ahead = 0;
    for (auto at = queue_.begin() + 1; at != queue_.end() && ahead < k_batches_ahead; ++at) {
        for (const Delivery::Item& item : at->delivery.items) {
            const ledger::Envelope& envelope = item.envelope;
            if (envelope.kind != ledger::EnvelopeKind::batch || envelope.epoch != epoch) continue;
            ++ahead;
            if (fetching_.contains(envelope.digest) || batches_.held(envelope.digest)) continue;
            auto stored = blocks_.batch(envelope.digest);
            if (!stored || *stored) continue;
            fetching_.emplace(envelope.digest, Fetch{now, now});
            fetch(envelope, false);
        }
    }
}

bool Replica::may_have(const ledger::NodeId& node, const ledger::Hash& digest) const {
    // Nodes outside the app never see its data. Who was a peer may have all up to the end of that.
    auto current = access_.epoch();
    if (current->index_of(node)) return true;
    if (auto newest = newest_peers().newest; newest && newest->index_of(node)) return true;
    auto executed = blocks_.executed(digest);
    if (!executed || !*executed) return false;
    auto block = blocks_.block((*executed)->height);
    if (!block || !*block) return false;
    for (ledger::Epoch at = (*block)->header.epoch; at < current->epoch; ++at) {
        auto epoch = epoch_record(at);
        if (epoch && (*epoch)->index_of(node)) return true;
    }
    return false;
}

void Replica::check_carried(const ledger::Envelope& envelope) {
    auto bytes = std::make_shared<const Bytes>(envelope.body);
    check_batch(services_.pool, setup_.rules, bytes,
                [this, digest = envelope.digest](Result<BatchPool::Batch> batch) {
                    strand_.post([this, digest, batch = std::move(batch)] {
                        if (!batch) {
                            bad_carried_.insert_or_assign(digest, batch.error());
                        } else if ((*batch)->digest != digest) {
                            bad_carried_.insert_or_assign(
                                digest,
                                Error{Code::invalid_argument, "batch does not have the digest"});
                        } else {
                            batches_.hold(*batch);
                        }
                        fetching_.erase(digest);
                        pump();
                    });
                });
}

void Replica::check_fetched(const ordering::BatchAnswer& answer) {
    repair_.receive(answer);
    if (!fetching_.contains(answer.digest)) return;
    check_batch(services_.pool, setup_.rules, answer.batch,
                [this, digest = answer.digest](Result<BatchPool::Batch> batch) {
                    if (!batch) return;
                    strand_.post(
                        [this, digest, batch = std::move(*batch)] { take_fetched(digest, batch); });
                });
}

void Replica::take_fetched(const ledger::Hash& digest, BatchPool::Batch batch) {
    if (!fetching_.contains(digest) || batch->digest != digest) return;
    batches_.hold(batch);
    store_batch(batch);
}

void Replica::store_batch(const BatchPool::Batch& batch) {
    batches_.persist(batch, [this, digest = batch->digest](Status durable) {
        strand_.post([this, digest, durable = std::move(durable)] {
            if (!durable && durable.error().code == Code::no_space) {
                return wait_for_space(durable.error());
            }
            if (!durable) return stop(durable.error());
            fetching_.erase(digest);
            pump();
        });
    });
}

Result<Bytes> Replica::batch_at(const ledger::Block& block, std::uint32_t envelope_index) const {
    const ledger::Envelope& envelope = block.envelopes[envelope_index];
    if (!names_batch(envelope)) return Bytes();
    if (envelope.kind == ledger::EnvelopeKind::carried) return envelope.body;
    BSN_TRY(bytes, batches_.bytes(envelope.digest));
    if (bytes) return *bytes;
    return Error{Code::corrupted, fmt::format("batch {} of block {} is missing",
                                              to_hex(envelope.digest), block.header.height)};
}

Result<std::vector<Bytes>> Replica::batches_of(const ledger::Block& block) const {
    std::vector<Bytes> batches(block.envelopes.size());
    std::map<std::uint32_t, Code> skipped = skipped_whole(block);
    for (std::uint32_t i = 0; i < block.envelopes.size(); ++i) {
        if (skipped.contains(i)) continue;
        BSN_TRY(batch, batch_at(block, i));
        batches[i] = std::move(batch);
    }
    return batches;
}

Result<std::vector<Bytes>> Replica::batches_or_repair(const ledger::Block& block) const {
    std::vector<Bytes> batches(block.envelopes.size());
    std::map<std::uint32_t, Code> skipped = skipped_whole(block);
    std::optional<Error> damage;
    for (std::uint32_t i = 0; i < block.envelopes.size(); ++i) {
        if (skipped.contains(i)) continue;
        auto batch = batch_at(block, i);
        if (batch) {
            batches[i] = std::move(*batch);
        } else {
            damage = repair_.request(block.envelopes[i].digest, *access_.epoch(), batch.error());
        }
    }
    if (damage) return *damage;
    return batches;
}

}  // namespace bsn::peer
