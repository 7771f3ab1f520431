#pragma once
// Latencies of a run of any length in constant memory: the layout of HdrHistogram.
//
// Each power of two is cut into the same number of steps, so a value is kept to within 1/1024 of
// itself, from microseconds to hours. Highest, lowest and sum are exact.

#include <cstdint>
#include <vector>

namespace bsn::cli {

/// One thread at a time.
class LatencyHistogram {
  public:
    LatencyHistogram();

    /// Counts a latency, `times` times. Beyond `k_most_us` only the highest value stays exact.
    void record(std::uint64_t micros, std::uint64_t times = 1);
    void merge(const LatencyHistogram& other);

    std::uint64_t count() const { return count_; }
    std::uint64_t highest() const { return highest_; }
    std::uint64_t lowest() const { return count_ == 0 ? 0 : lowest_; }
    double mean() const;

    /// The smallest recorded value (rounded up to the end of its step, at most the highest) that
    /// at least this share of all values does not exceed; 0 without values.
    std::uint64_t percentile(double share) const;

    /// Two hours.
    static constexpr std::uint64_t k_most_us = 7'200'000'000;

  private:
    std::vector<std::uint64_t> counts_;
    std::uint64_t count_ = 0;
    std::uint64_t lowest_ = UINT64_MAX;
    std::uint64_t highest_ = 0;
    double sum_ = 0;
};

}  // namespace bsn::cli
