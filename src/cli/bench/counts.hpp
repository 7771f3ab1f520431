#pragma once
// What a load met: summed up by each connection, and taken over at the end of each interval.

#include "cli/bench/histogram.hpp"
#include "cli/bench/resources.hpp"

#include <map>

namespace bsn::cli {

struct LoadCounts {
    // Of transactions whose time fell into the measurement:
    std::uint64_t committed = 0;  ///< certified
    std::uint64_t abandoned = 0;  ///< sent, and still without a final answer when the run ended
    LatencyHistogram latency;     ///< microseconds

    // Of the whole run:
    std::map<std::string, std::uint64_t> errors;  ///< failed tries by code, without `overloaded`
    std::uint64_t overloaded = 0;   ///< transactions that a node refused for now, each time
    std::uint64_t pauses = 0;       ///< made because of that or of an error
    double paused_s = 0;            ///< their sum over all connections
    std::uint64_t signed_live = 0;  ///< transactions signed when they were needed
    double signing_s = 0;           ///< what that took

    // Of an open loop's measurement:
    std::uint64_t late = 0;          ///< transactions that were sent late, see `k_late_us`
    std::uint64_t most_late_us = 0;  ///< the latest of all

    static constexpr std::uint64_t k_late_us = 10'000;

    void merge(const LoadCounts& other);
    /// The sum of `errors`.
    std::uint64_t error_count() const;
};

/// A part of the measurement. Small: a long run has many.
struct LoadInterval {
    LoadInterval() = default;
    LoadInterval(double begin, double end, const LoadCounts& counts);

    double begin_s = 0;  ///< from the start of the measurement
    double end_s = 0;
    std::uint64_t committed = 0;
    std::uint64_t p50_us = 0;
    std::uint64_t p99_us = 0;
    std::uint64_t highest_us = 0;
    std::uint64_t errors = 0;
    std::uint64_t overloaded = 0;
    std::optional<NetworkUsage> usage;  ///< of the network, at the end

    double rate() const {
        double length = end_s - begin_s;
        return length > 0 ? static_cast<double>(committed) / length : 0;
    }
};

}  // namespace bsn::cli
