#pragma once
// One connection of a load: sends transactions until each has a final answer, and backs off when
// the node says that it has too much.

#include "cli/bench/counts.hpp"
#include "cli/bench/pace.hpp"
#include "cli/transactions.hpp"
#include "net/http_client.hpp"

#include <atomic>
#include <chrono>
#include <mutex>

namespace bsn::cli {

/// What one connection counts. Its thread adds, the conductor of the load takes over.
class Tally {
  public:
    /// Any thread.
    template <typename Change>
    void change(Change change) {
        std::lock_guard lock(mutex_);
        change(counts_);
    }
    /// Moves what was counted since the last call into `sum`.
    void take_over(LoadCounts& sum) {
        std::lock_guard lock(mutex_);
        sum.merge(counts_);
        counts_ = LoadCounts();
    }

  private:
    std::mutex mutex_;
    LoadCounts counts_;
};

/// Transactions that travel together.
struct Shipment {
    std::vector<Bytes> transactions;
    std::vector<SteadyClock::time_point> since;  ///< from when on each one's latency counts
    bool measured = false;  ///< whether committed transactions and latencies count
};

/// One thread.
class Sender {
  public:
    Sender(net::Endpoint endpoint, const std::string& authority, const ledger::ChannelId& channel,
           std::uint64_t seed, Tally& tally);

    /// Sends the same bytes until all have a final answer, or `give_up` is set. An error: the load
    /// cannot go on.
    Status deliver(const Shipment& shipment, const std::atomic<bool>& give_up);

    /// The highest block that an answer named.
    ledger::Height highest() const { return highest_; }

  private:
    /// How one try went: what is still to be sent, and whether to pause before.
    struct Round {
        std::vector<std::size_t> again;
        std::optional<std::chrono::seconds> retry_after;
        bool overloaded = false;       ///< the node works, but has too much
        std::optional<Error> failure;  ///< what kept the others from an answer
    };
    Result<Round> try_once(const Shipment& shipment, const std::vector<std::size_t>& wanted);
    Result<Round> read_answers(const Shipment& shipment, const std::vector<std::size_t>& wanted,
                               ByteView body);
    void pause(const Round& round);

    net::HttpConnection connection_;
    const std::string target_;
    Backoff backoff_;
    Tally& tally_;
    ledger::Height highest_ = 0;
};

/// Microseconds from one moment to a later one; 0 if it is none.
std::uint64_t micros_between(SteadyClock::time_point begin, SteadyClock::time_point end);

}  // namespace bsn::cli
