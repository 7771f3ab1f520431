#pragma once
// What a benchmark found, for machines (JSON), people (text) and the eye (charts).

#include "cli/bench/load.hpp"
#include "cli/bench/machine.hpp"
#include "cli/bench/stage.hpp"
#include "cli/bench/svg.hpp"

namespace bsn::cli {

/// How fast this machine verifies signatures, measured right before and after a load.
struct VerificationRates {
    double before = 0;  ///< signatures per second on all cores; 0: not measured
    double after = 0;

    double mean() const { return (before + after) / 2; }
};

/// What made the order.
struct NetworkShape {
    std::string ordering;
    std::size_t nodes = 0;
    std::size_t validators = 0;  ///< 0: the ordering service is no part of the nodes

    static NetworkShape of(const ledger::Genesis& genesis);
};

/// One measurement.
struct BenchRun {
    LoadOptions options;
    std::size_t payload_bytes = 0;
    std::string suite;
    std::vector<std::string> apps;
    NetworkShape network;
    std::size_t stock = 0;  ///< transactions signed beforehand
    double stock_s = 0;     ///< what that took, in seconds of one core
    LoadResult load;
    double total_s = 0;   ///< from the end of the warm-up until all peers held everything
    Agreement agreement;  ///< of the first app; reached: of all
    NetworkSample begin;  ///< at the end of the warm-up
    NetworkSample end;    ///< when all peers held everything
    VerificationRates verification;
    VerificationRates plain;  ///< the same signatures, by OpenSSL's plain verification

    bool is_open() const { return options.rate > 0; }
    double rate() const {
        return total_s > 0 ? static_cast<double>(load.counts.committed) / total_s : 0;
    }
    /// Transactions per second if the machine did nothing but verify each signature on each peer,
    /// at one of the rates above; 0: not measured.
    double bound_by(const VerificationRates& rates) const;
    double bound() const { return bound_by(verification); }
    double plain_bound() const { return bound_by(plain); }
    double share_of(double bound) const { return bound > 0 ? rate() / bound : 0; }
    double sign_us() const;
};

Json run_json(const BenchRun& run, const Machine& machine);
/// One run: its own members; several: those members in a list `runs`.
Json report_json(const std::vector<BenchRun>& runs, const Machine& machine);

/// One run at length, or several as a table.
void print_report(Output& out, const std::vector<BenchRun>& runs, const Machine& machine);

/// Latency and throughput against the rates of open loops, if there are several; else throughput
/// and latency over time of the runs with intervals.
std::string plot_of(const std::vector<BenchRun>& runs);

}  // namespace bsn::cli
