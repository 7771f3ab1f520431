#include "peer/checked_batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>

namespace bsn::peer {
namespace {

/// Signatures checked by one task: about a millisecond, so that other channels get their turn.
constexpr std::size_t k_piece = 24;

CheckedBatch::Entry check_entry(const ChannelRules& rules, ByteView bytes) {
    auto transaction = rules.check(to_bytes(bytes));
    if (transaction) return {std::move(*transaction), {}, {}};
    return {std::nullopt, transaction.error().code, transaction.error().message};
}

}  // namespace

Status CheckedBatch::check_all() const {
    for (std::size_t i = 0; i < entries.size(); ++i) {
        if (entries[i].transaction) continue;
        return Error{entries[i].refusal,
                     fmt::format("transaction {} of the batch: {}", i, entries[i].reason)};
    }
    return {};
}

std::shared_ptr<const CheckedBatch> make_checked_batch(
    const ChannelRules& rules, std::vector<ledger::Transaction> transactions) {
    std::vector<ByteView> parts;
    parts.reserve(transactions.size());
    for (const ledger::Transaction& transaction : transactions) {
        parts.emplace_back(transaction.bytes());
    }
    auto batch = std::make_shared<CheckedBatch>();
    batch->bytes = std::make_shared<const Bytes>(ledger::encode_batch(parts));
    batch->digest = crypto::hash(rules.hash, *batch->bytes);
    batch->entries.reserve(transactions.size());
    for (ledger::Transaction& transaction : transactions) {
        batch->entries.push_back({std::move(transaction), {}, {}});
    }
    return batch;
}

void check_batch(Executor& pool, const ChannelRules& rules, std::shared_ptr<const Bytes> bytes,
                 BatchChecked done) {
    auto parts = ledger::decode_batch(*bytes);
    if (!parts) {
        done(parts.error());
        return;
    }
    auto batch = std::make_shared<CheckedBatch>();
    batch->bytes = std::move(bytes);
    batch->digest = crypto::hash(rules.hash, *batch->bytes);
    batch->entries.resize(parts->size());
    // The parts point into the batch's bytes, which the shared batch keeps alive.
    auto work = [batch, rules, parts = std::move(*parts)](std::size_t i) {
        batch->entries[i] = check_entry(rules, parts[i]);
    };
    std::size_t count = batch->entries.size();
    for_each_parallel(pool, count, k_piece, std::move(work), [batch, done = std::move(done)] {
        done(std::shared_ptr<const CheckedBatch>(batch));
    });
}

void for_each_parallel(Executor& pool, std::size_t count, std::size_t piece,
                       std::function<void(std::size_t)> work, std::function<void()> done) {
    struct Job {
        std::function<void(std::size_t)> work;
        std::function<void()> done;
        std::atomic<std::size_t> pieces_left;
    };
    std::size_t pieces = std::max<std::size_t>(1, (count + piece - 1) / piece);
    auto job = std::make_shared<Job>();
    job->work = std::move(work);
    job->done = std::move(done);
    job->pieces_left = pieces;
    for (std::size_t p = 0; p < pieces; ++p) {
        pool.post([job, begin = p * piece, end = std::min(count, (p + 1) * piece)] {
            for (std::size_t i = begin; i < end; ++i) job->work(i);
            if (--job->pieces_left == 0) job->done();
        });
    }
}

}  // namespace bsn::peer
