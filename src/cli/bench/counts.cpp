#include "cli/bench/counts.hpp"

#include <algorithm>

namespace bsn::cli {

void LoadCounts::merge(const LoadCounts& other) {
    committed += other.committed;
    abandoned += other.abandoned;
    latency.merge(other.latency);
    for (const auto& [code, count] : other.errors) errors[code] += count;
    overloaded += other.overloaded;
    pauses += other.pauses;
    paused_s += other.paused_s;
    signed_live += other.signed_live;
    signing_s += other.signing_s;
    late += other.late;
    most_late_us = std::max(most_late_us, other.most_late_us);
}

std::uint64_t LoadCounts::error_count() const {
    std::uint64_t sum = 0;
    for (const auto& [code, count] : errors) sum += count;
    return sum;
}

LoadInterval::LoadInterval(double begin, double end, const LoadCounts& counts)
    : begin_s(begin),
      end_s(end),
      committed(counts.committed),
      p50_us(counts.latency.percentile(0.5)),
      p99_us(counts.latency.percentile(0.99)),
      highest_us(counts.latency.highest()),
      errors(counts.error_count()),
      overloaded(counts.overloaded) {}

}  // namespace bsn::cli
