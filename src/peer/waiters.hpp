#pragma once
// Those who wait for what becomes of transactions that they submitted to this node.

#include "ledger/receipt.hpp"
#include "ledger/types.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace bsn::peer {

/// What became of a transaction: it is on the ledger, certified.
struct Answer {
    ledger::TxId id;
    ledger::Height height = 0;
    std::uint32_t index = 0;
    UnixMillis time = 0;  ///< of its block
    ledger::Receipt receipt;
};

using Answers = std::vector<Result<Answer>>;

/// Stands in the answer about a transaction that is not on the ledger and cannot get there any
/// more.
inline constexpr std::string_view k_never = "it never will be";

/// Several transactions submitted together, answered together. Any thread.
class Submission {
  public:
    Submission(std::size_t count, std::function<void(Answers)> done);
    /// Answers one of them; a second answer to the same one is ignored.
    void answer(std::size_t index, Result<Answer> answer);

  private:
    std::mutex mutex_;
    std::vector<std::optional<Result<Answer>>> answers_;
    std::size_t left_;
    std::function<void(Answers)> done_;
};

/// Bounded by its users: a replica admits no more than `k_max_waiting` transactions. Any thread.
class Waiters {
  public:
    static constexpr std::size_t k_max_waiting = 100'000;

    struct Ticket {
        std::shared_ptr<Submission> submission;
        std::size_t index = 0;
        std::uint64_t deadline = 0;  ///< monotonic milliseconds
    };

    /// Adds a waiter. True if it is the first for this transaction.
    bool add(const ledger::TxId& id, UnixMillis valid_until, Ticket ticket);
    bool waits_for(const ledger::TxId& id) const;
    void answer(const ledger::TxId& id, const Result<Answer>& answer);
    /// Answers `expired` where valid-until lies before a certified block time, and
    /// `unknown_outcome` where the deadline has passed; `delay`: what it waited for, if known.
    void expire(UnixMillis certified_time, std::uint64_t monotonic_now,
                const std::string& delay = {});
    /// Answers everybody, since the replica stops.
    void fail_all(const Error& why);
    std::size_t size() const;
    /// The earliest valid-until anybody waits for; none if nobody waits.
    std::optional<UnixMillis> earliest_valid_until() const;

  private:
    struct Waiting {
        UnixMillis valid_until = 0;
        std::vector<Ticket> tickets;
    };

    mutable std::mutex mutex_;
    std::unordered_map<ledger::TxId, Waiting, FixedBytesHash> waiting_;
};

}  // namespace bsn::peer
