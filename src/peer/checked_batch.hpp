#pragma once
// Batches whose transactions this node has checked itself.

#include "base/executor.hpp"
#include "peer/channel_rules.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace bsn::peer {

/// A batch and this node's verdict on each of its transactions. Immutable.
struct CheckedBatch {
    struct Entry {
        std::optional<ledger::Transaction> transaction;  ///< none: inadmissible whatever the state
        Code refusal = Code::invalid_argument;           ///< why, then
        std::string reason;
    };

    ledger::Hash digest;
    std::shared_ptr<const Bytes> bytes;
    std::vector<Entry> entries;

    /// The first inadmissible transaction, as an error; success if there is none.
    Status check_all() const;
};

/// Makes the batch of transactions that this node has already checked.
std::shared_ptr<const CheckedBatch> make_checked_batch(
    const ChannelRules& rules, std::vector<ledger::Transaction> transactions);

using BatchChecked = std::function<void(Result<std::shared_ptr<const CheckedBatch>>)>;

/// Checks a batch in pieces on the pool, then calls `done` from there. A batch that cannot be taken
/// apart is an error; single bad transactions are noted in their entries.
void check_batch(Executor& pool, const ChannelRules& rules, std::shared_ptr<const Bytes> bytes,
                 BatchChecked done);

/// Runs `work` for 0 … count−1 in pieces on the pool, then `done` from there.
void for_each_parallel(Executor& pool, std::size_t count, std::size_t piece,
                       std::function<void(std::size_t)> work, std::function<void()> done);

}  // namespace bsn::peer
