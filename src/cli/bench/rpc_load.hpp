#pragma once
// Load through Ethereum's JSON-RPC, the same for every node that speaks it: so that ours and others
// are measured alike.
//
// Each connection sends one transaction a request, the next as soon as the answer is there. Beside
// them somebody watches the chain's blocks; a transaction is committed when a block with it is
// seen.

#include "cli/bench/evm_app.hpp"
#include "cli/bench/histogram.hpp"

namespace bsn::cli {

struct RpcLoadOptions {
    std::size_t connections = 8;
    std::size_t accounts = 16;  ///< of each connection, whose transactions it sends in turn
    double duration_s = 10;
    /// Transactions that may be on their way at most; then a connection waits.
    std::size_t most_pending = 2'000;
};

struct RpcLoadResult {
    std::uint64_t sent = 0;
    std::uint64_t committed = 0;
    double seconds = 0;        ///< from the first request until the last one was seen in a block
    LatencyHistogram latency;  ///< microseconds from request to block
    std::uint64_t blocks = 0;

    double rate() const { return seconds > 0 ? static_cast<double>(committed) / seconds : 0; }
};

/// Deploys the load's contract at the node, prepares the accounts, and runs the load. `funder`: a
/// key whose account pays for what the node wants to be paid; none: nothing is paid.
Result<RpcLoadResult> run_rpc_load(const std::string& url, EvmLoad load,
                                   const RpcLoadOptions& options,
                                   const std::optional<std::string>& funder);

}  // namespace bsn::cli
