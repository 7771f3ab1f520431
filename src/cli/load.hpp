#pragma once
// Load for a benchmark: deposits of evidence in a closed loop. Each connection is a thread that
// sends a batch, waits until all of it is certified, and sends the next.

#include "cli/http.hpp"
#include "cli/node_client.hpp"
#include "cli/transactions.hpp"

#include <map>

namespace bsn::cli {

struct LoadOptions {
    std::size_t connections = 4;
    std::size_t batch = 500;          ///< transactions in one request
    std::size_t payload_bytes = 256;  ///< of each transaction, exactly
    double warmup_s = 3;
    double duration_s = 20;
    bool presigned = true;
    std::size_t presigned_count = 0;  ///< transactions signed before the start
};

/// What the load met.
struct LoadResult {
    std::uint64_t committed = 0;  ///< certified, of requests sent after the warm-up
    double window_s = 0;          ///< from the end of the warm-up to the last answer
    double sign_us = 0;           ///< what making and signing one transaction takes
    ledger::Height highest = 0;   ///< the highest block that was answered
    bool exhausted = false;       ///< the presigned transactions were used up early
    std::map<std::string, std::uint64_t> errors;  ///< by code, each failed try of a transaction
    std::vector<double> latencies_ms;             ///< of requests, ascending
    std::uint64_t started_at = 0;  ///< monotonic milliseconds of the end of the warm-up
};

/// The value below which a share of the ascending values lies; 0 if there are none.
double percentile(const std::vector<double>& ascending, double share);

/// A deposit of random content whose encoded payload has exactly so many bytes; refused if that is
/// too few.
Result<ledger::Transaction> make_padded_deposit(const ChainRef& chain, const Identity& identity,
                                                std::size_t payload_bytes);

/// Runs the load over all endpoints in turn, one for each connection.
Result<LoadResult> run_load(const LoadOptions& options, const std::vector<Endpoint>& endpoints,
                            const std::string& authority, const ChainRef& chain,
                            const Identity& identity, bool show_progress);

}  // namespace bsn::cli
