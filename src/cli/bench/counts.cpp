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

}  // namespace bsn::cli
