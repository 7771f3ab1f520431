#pragma once
// When a load sends: the schedule of an open loop, and the pauses of one that was told to wait.

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>

namespace bsn::cli {

using Nanos = std::chrono::nanoseconds;
using SteadyClock = std::chrono::steady_clock;

/// The transactions of an open loop, each with a time at which it is to be sent: transaction i
/// falls due i/rate after the start, whatever the network does. Latencies count from there, so a
/// network (or sender) that stalls is charged for all that fell due meanwhile (no coordinated
/// omission). One thread at a time.
class OpenSchedule {
  public:
    /// What falls due within `window` goes into one request, at most `most` transactions.
    OpenSchedule(double rate_per_s, Nanos window, std::size_t most);

    /// When a transaction falls due, from the start.
    Nanos due(std::uint64_t number) const;
    /// How many transactions fall due before a time.
    std::uint64_t due_before(Nanos time) const;

    /// Transactions that go into one request.
    struct Slot {
        std::uint64_t first = 0;
        std::size_t count = 0;
        Nanos send_at{0};  ///< when the last of them falls due
    };
    /// The next request, as of `now`: also all that should have been sent already. None once all
    /// that fall due before `end` are handed out.
    std::optional<Slot> next(Nanos now, Nanos end);
    /// The first transaction that was not handed out.
    std::uint64_t next_number() const { return next_; }

  private:
    const double nanos_per_transaction_;
    const Nanos window_;
    const std::size_t most_;
    std::uint64_t next_ = 0;
};

/// Pauses after refusals: each about twice the one before, up to `k_longest`, and of random length
/// so that many senders do not come back at once. One thread.
class Backoff {
  public:
    static constexpr std::chrono::milliseconds k_first{10};
    static constexpr std::chrono::milliseconds k_longest{1000};

    explicit Backoff(std::uint64_t seed) : random_(seed) {}

    /// How long to pause now: half to all of the current length, and at least what the node asked
    /// for.
    Nanos next(std::optional<std::chrono::seconds> retry_after);
    /// The node takes work again.
    void reset() { length_ = k_first; }

  private:
    std::minstd_rand random_;
    Nanos length_ = k_first;
};

}  // namespace bsn::cli
