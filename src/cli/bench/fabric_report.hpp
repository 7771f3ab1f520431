#pragma once
// What the comparison with Hyperledger Fabric found, for machines and people.

#include "cli/bench/histogram.hpp"
#include "cli/bench/machine.hpp"
#include "cli/bench/processes.hpp"

#include <map>

namespace bsn::cli {

/// A way for records of evidence to come on a chain.
enum class RecordPath : std::uint8_t {
    fabric_node_client,  ///< the official client for Node, at peers' gateways
    fabric_single,       ///< our gateway, a record in a transaction
    fabric_batched,      ///< our gateway, several records in a transaction
    ledger_embedded,     ///< our gateway to our own ledger, a record in a transaction and request
    ledger_cometbft,     ///< the same, ordered by CometBFT
};
/// As the report names it, such as `fabric_node_client`.
std::string_view path_name(RecordPath path);
/// For people.
std::string path_title(RecordPath path);

/// Numbers of a client and of all that it loads, between two moments.
struct PathCosts {
    std::uint64_t records = 0;                 ///< committed between them
    double client_cpu_s = 0;                   ///< of the load generator
    std::map<std::string, double> cpu_s;       ///< of the network, by program
    std::uint64_t client_rss = 0;              ///< bytes, at the end; 0: not known apart
    std::map<std::string, std::uint64_t> rss;  ///< bytes, at the end, by program
    double disk_bytes = 0;                     ///< what all nodes' data occupy more

    /// Client and network, microseconds of a record.
    double cpu_us() const;
    double disk_per_record() const;
    std::uint64_t rss_total() const;
    /// Adds what was measured later.
    PathCosts& operator+=(const PathCosts& later);
};

/// A path under a number of transactions on their way.
struct PathFigure {
    RecordPath path = RecordPath::fabric_single;
    std::size_t in_flight = 0;  ///< transactions
    std::size_t records_per_transaction = 1;
    std::uint64_t records = 0;  ///< committed in the measurement
    double seconds = 0;         ///< of the measurement
    LatencyHistogram latency;   ///< of transactions, microseconds
    PathCosts costs;

    double rate() const { return seconds > 0 ? static_cast<double>(records) / seconds : 0; }
    /// Adds another round of the same.
    PathFigure& operator+=(const PathFigure& round);
};

struct FabricFigures {
    std::vector<PathFigure> paths;
    std::string fabric_version;
    std::string node_version;    ///< of Node; empty: its client was not measured
    std::string client_version;  ///< of the official client; likewise
    std::size_t metadata_bytes = 0;
    std::size_t rounds = 1;
    double duration_s = 0;  ///< of a round

    /// The most of a path among all numbers on their way; null if it was not measured.
    const PathFigure* best(RecordPath path) const;
    /// The best of one path by the best of another; 0 if one was not measured.
    double ratio(RecordPath path, RecordPath to) const;
};

Json fabric_json(const FabricFigures& figures, const Machine& machine);
void print_fabric(Output& out, const FabricFigures& figures, const Machine& machine);
/// Throughput and median latency over the number of transactions on their way.
std::string fabric_plot(const FabricFigures& figures);

}  // namespace bsn::cli
