#pragma once
// Load for a benchmark: deposits of evidence, in one of two ways.
//
// Closed loop: each connection sends a batch, waits until all of it is certified, and sends the
// next; a slower network gets less load. That finds the highest throughput.
//
// Open loop: transactions fall due at a fixed rate, whatever the network does, and each latency
// counts from when its transaction fell due. That finds the latency under a given load. At most
// connections times batch transactions are on their way; what falls due beyond that waits, and is
// told as late, or as unsent if it was never sent.

#include "cli/bench/sender.hpp"
#include "cli/bench/source.hpp"

#include <functional>

namespace bsn::cli {

struct LoadOptions {
    std::size_t connections = 4;
    std::size_t batch = 500;  ///< transactions in one request; open loop: at most
    double warmup_s = 3;
    double duration_s = 20;
    double rate = 0;       ///< transactions per second that fall due; 0: closed loop
    double window_ms = 5;  ///< open loop: what falls due within that shares a request
    double every_s = 0;    ///< length of the intervals; 0: no intervals
    double drain_s = 10;   ///< after the end, for what is late or on its way
};

/// Where a load goes.
struct LoadTarget {
    struct App {
        TransactionSource* source = nullptr;
        std::vector<net::Endpoint> endpoints;  ///< of its nodes
    };
    std::string authority;
    std::vector<App> apps;  ///< the connections are shared out among them
};

/// What the load met.
struct LoadResult {
    LoadCounts counts;
    std::vector<LoadInterval> intervals;
    double window_s = 0;       ///< from the end of the warm-up to the last answer
    std::uint64_t due = 0;     ///< open loop: transactions that fell due in the measurement
    std::uint64_t unsent = 0;  ///< open loop: those of them that were never sent
    SteadyClock::time_point measured_from;
    std::vector<ledger::Height> highest;  ///< the highest block that was answered, for each app
};

/// What happens beside the load, on the thread that runs it.
struct LoadEvents {
    std::function<void()> measuring;                    ///< the warm-up is over
    std::function<std::optional<NetworkUsage>()> look;  ///< at the end of each interval
    /// Where the run is: a title, and seconds passed and in all. Called several times a second.
    std::function<void(const char*, double, double)> progress;
};

/// Runs a load to its end, and some seconds more for what is on its way.
Result<LoadResult> run_load(const LoadOptions& options, const LoadTarget& target,
                            const LoadEvents& events);

}  // namespace bsn::cli
