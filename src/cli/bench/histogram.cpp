#include "cli/bench/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace bsn::cli {
namespace {

/// Values below 2^11 have a step each; above, each power of two has 2^10 steps.
constexpr unsigned k_step_bits = 10;
constexpr std::uint64_t k_steps = 1ULL << k_step_bits;

std::size_t step_of(std::uint64_t value) {
    auto width = static_cast<unsigned>(std::bit_width(value));
    if (width <= k_step_bits + 1) return value;
    unsigned shift = width - (k_step_bits + 1);
    return (shift << k_step_bits) + (value >> shift);
}

/// The highest value that falls into a step.
std::uint64_t end_of(std::size_t step) {
    if (step < 2 * k_steps) return step;
    std::uint64_t shift = (step >> k_step_bits) - 1;
    std::uint64_t leading = k_steps + (step & (k_steps - 1));
    return ((leading + 1) << shift) - 1;
}

}  // namespace

LatencyHistogram::LatencyHistogram() : counts_(step_of(k_most_us) + 1) {}

void LatencyHistogram::record(std::uint64_t micros, std::uint64_t times) {
    if (times == 0) return;
    counts_[step_of(std::min(micros, k_most_us))] += times;
    count_ += times;
    lowest_ = std::min(lowest_, micros);
    highest_ = std::max(highest_, micros);
    sum_ += static_cast<double>(micros) * static_cast<double>(times);
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
    lowest_ = std::min(lowest_, other.lowest_);
    highest_ = std::max(highest_, other.highest_);
    sum_ += other.sum_;
}

double LatencyHistogram::mean() const {
    return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

std::uint64_t LatencyHistogram::percentile(double share) const {
    if (count_ == 0) return 0;
    // A hair less, so that 0.9 of ten values is the ninth whatever 0.9 is in binary.
    double rank = std::ceil(share * static_cast<double>(count_) - 1e-6);
    auto wanted = static_cast<std::uint64_t>(std::clamp(rank, 1.0, static_cast<double>(count_)));
    std::uint64_t passed = 0;
    for (std::size_t step = 0; step < counts_.size(); ++step) {
        passed += counts_[step];
        if (passed >= wanted) return std::clamp(end_of(step), lowest_, highest_);
    }
    return highest_;
}

}  // namespace bsn::cli
