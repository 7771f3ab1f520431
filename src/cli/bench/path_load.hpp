#pragma once
// A load of single requests over one way to a chain, by one thread for all clients.
//
// Closed loop: each client sends its next request when the last one is answered. Open loop:
// requests fall due at a fixed rate; each latency counts from then, and what finds no client free
// waits (see pace.hpp).

#include "cli/bench/histogram.hpp"
#include "cli/bench/observed_node.hpp"
#include "cli/bench/source.hpp"
#include "cli/bench/submitter.hpp"

namespace bsn::cli {

struct PathLoadOptions {
    std::size_t batch = 1;  ///< transactions in a request
    double warmup_s = 1;
    double duration_s = 4;
    double rate = 0;  ///< transactions per second that fall due; 0: closed loop
};

/// What a load met. Closed loop: in requests answered in the measurement; open loop: in those that
/// fell due in it.
struct PathLoadResult {
    std::uint64_t committed = 0;
    double seconds = 0;        ///< of the measurement
    std::uint64_t all = 0;     ///< committed at any time, also before and after
    LatencyHistogram latency;  ///< of requests, microseconds
    /// What requests took beyond their time within the chain, from when they were sent,
    /// microseconds. Only where that is timed.
    LatencyHistogram beside_chain;

    double rate() const { return seconds > 0 ? static_cast<double>(committed) / seconds : 0; }
};

/// One thread. `io` is the one that the clients were made with; it is not used again afterwards.
/// `times` may be null. `progress` is told the seconds passed, several times a second. An error if
/// any transaction was not certified: such a measurement counts for nothing.
Result<PathLoadResult> run_path_load(boost::asio::io_context& io,
                                     const std::vector<std::unique_ptr<Submitter>>& clients,
                                     TransactionSource& source, const PathLoadOptions& options,
                                     ChainTimes* times,
                                     const std::function<void(double)>& progress);

}  // namespace bsn::cli
