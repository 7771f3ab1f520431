#include "peer/batch_pool.hpp"

#include "base/codec.hpp"

#include <fmt/format.h>

namespace bsn::peer {
namespace {

constexpr std::uint8_t k_stored_kind = 'D';
constexpr std::uint8_t k_stored_version = 1;

/// A batch as it lies in the log, which all channels of the node share. `admissible`: this node
/// found nothing wrong with any of its transactions.
Bytes encode_stored(const ledger::ChannelId& channel, bool admissible, ByteView batch) {
    Writer writer(3 + ledger::ChannelId::size() + batch.size());
    writer.u8(k_stored_kind);
    writer.u8(k_stored_version);
    writer.raw(channel);
    writer.u8(admissible ? 1 : 0);
    writer.raw(batch);
    return writer.take();
}

struct Stored {
    bool admissible = false;
    Bytes batch;
};

Result<Stored> decode_stored(const ledger::ChannelId& channel, ByteView record) {
    Reader reader(record);
    reader.format(k_stored_kind, k_stored_version, "stored batch");
    auto found = reader.fixed<ledger::ChannelId>();
    Stored stored;
    stored.admissible = reader.u8() == 1;
    stored.batch = to_bytes(reader.raw(reader.remaining()));
    BSN_CHECK(reader.finish("stored batch"));
    if (found != channel) return Error{Code::corrupted, "stored batch is of another channel"};
    return stored;
}

}  // namespace

BatchPool::BatchPool(const ChannelRules& rules, const ledger::BlockStore& blocks,
                     store::Database& database, store::AppendLog& log, store::Syncer& syncer)
    : rules_(rules), blocks_(blocks), database_(database), log_(log), syncer_(syncer) {}

void BatchPool::hold(Batch batch) {
    std::lock_guard lock(mutex_);
    std::size_t size = batch->bytes->size();
    if (held_.emplace(batch->digest, std::move(batch)).second) held_bytes_ += size;
    if (full()) forget_stored();
}

void BatchPool::forget_stored() {
    for (auto at = held_.begin(); at != held_.end();) {
        auto stored = blocks_.batch(at->first);
        if (stored && *stored) {
            held_bytes_ -= at->second->bytes->size();
            at = held_.erase(at);
        } else {
            ++at;
        }
    }
}

BatchPool::Batch BatchPool::held(const ledger::Hash& digest) const {
    std::lock_guard lock(mutex_);
    auto found = held_.find(digest);
    return found == held_.end() ? nullptr : found->second;
}

void BatchPool::executed(const ledger::Hash& digest) {
    std::lock_guard lock(mutex_);
    auto found = held_.find(digest);
    if (found == held_.end()) return;
    held_bytes_ -= found->second->bytes->size();
    held_.erase(found);
}

Result<std::optional<BatchPool::FromLog>> BatchPool::read(const ledger::Hash& digest) const {
    BSN_TRY(position, blocks_.batch(digest));
    if (!position) return std::optional<FromLog>{};
    Result<Bytes> record = log_.read(*position);
    if (!record && record.error().code == Code::not_found) {
        return Error{Code::corrupted, record.error().message};  // the index says it is there
    }
    if (!record) return record.error();
    auto stored = decode_stored(rules_.channel, *record);
    if (!stored) return stored.error().within(log_.place(*position));
    if (crypto::hash(rules_.hash, stored->batch) != digest) {
        return Error{Code::corrupted,
                     fmt::format("{}: not the batch {}", log_.place(*position), to_hex(digest))};
    }
    return std::optional(
        FromLog{std::make_shared<const Bytes>(std::move(stored->batch)), stored->admissible});
}

Result<std::shared_ptr<const Bytes>> BatchPool::bytes(const ledger::Hash& digest) const {
    if (Batch batch = held(digest)) return batch->bytes;
    BSN_TRY(stored, read(digest));
    return stored ? stored->bytes : nullptr;
}

Result<BatchPool::Batch> BatchPool::find(const ledger::Hash& digest) {
    if (Batch batch = held(digest)) return batch;
    BSN_TRY(stored, read(digest));
    if (!stored) return Batch{};
    BSN_TRY(parts, ledger::decode_batch(*stored->bytes));
    auto batch = std::make_shared<CheckedBatch>();
    batch->digest = digest;
    batch->bytes = stored->bytes;
    for (ByteView part : parts) {
        // The log's checksum and the digest show that these are the bytes that were checked; what
        // this node found admissible then needs no second check of its signatures.
        auto transaction = stored->admissible ? ledger::Transaction::decode(to_bytes(part))
                                              : rules_.check(to_bytes(part));
        if (transaction) {
            batch->entries.push_back({std::move(*transaction), {}, {}});
        } else {
            batch->entries.push_back(
                {std::nullopt, transaction.error().code, transaction.error().message});
        }
    }
    hold(batch);
    return Batch(batch);
}

void BatchPool::persist(const Batch& batch, std::function<void(Status)> done) {
    if (Status stored = store(batch->digest, batch->check_all().ok(), *batch->bytes); !stored) {
        done(stored.error());
        return;
    }
    syncer_.request(std::move(done));
}

Status BatchPool::keep(const ledger::Hash& digest, ByteView bytes) {
    return store(digest, false, bytes);
}

Status BatchPool::store(const ledger::Hash& digest, bool admissible, ByteView bytes) {
    // One at a time. The index must never point to a later copy of a batch that was promised
    // already: a crash could keep the index, and cut the copy.
    std::lock_guard lock(storing_);
    if (auto stored = read(digest); stored && *stored) return {};
    BSN_TRY(position, log_.append(encode_stored(rules_.channel, admissible, bytes)));
    auto changes = database_.batch();
    blocks_.put_batch(*changes, digest, position);
    return database_.write(*changes);
}

}  // namespace bsn::peer
