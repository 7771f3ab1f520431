#pragma once
// Welch's t-test on times of two classes, as dudect does it (O. Reparaz, J. Balasch and
// I. Verbauwhede, Dude, is my code constant time?, 2017).

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace bsn::crypto::sm2 {

/// Mean and variance of a class, kept as values come (B. P. Welford, 1962).
class RunningMean {
  public:
    void add(double value) {
        ++count_;
        const double difference = value - mean_;
        mean_ += difference / static_cast<double>(count_);
        squares_ += difference * (value - mean_);
    }
    double mean() const { return mean_; }
    /// The variance of the mean; of less than two values it says nothing.
    double error() const {
        const auto count = static_cast<double>(count_);
        return count_ < 2 ? 0 : squares_ / (count - 1) / count;
    }
    std::uint64_t count() const { return count_; }

  private:
    std::uint64_t count_ = 0;
    double mean_ = 0;
    double squares_ = 0;
};

/// How far the means of two classes are apart, in standard deviations of that distance. Values
/// beyond 4.5 are no chance.
inline double welch_t(const RunningMean& a, const RunningMean& b) {
    const double error = std::sqrt(a.error() + b.error());
    return error > 0 ? (a.mean() - b.mean()) / error : 0;
}

/// Times of one call each, of two classes in turn by chance.
struct Times {
    std::vector<std::uint64_t> ticks;
    std::vector<bool> of_second;
};

/// The t that is farthest from zero of all times and of those below some percentiles: what else a
/// machine does makes few calls much longer, and hides small differences.
inline double farthest_t(const Times& times) {
    std::vector<std::uint64_t> sorted = times.ticks;
    std::sort(sorted.begin(), sorted.end());
    double farthest = 0;
    for (double share : {1.0, 0.99, 0.95, 0.9, 0.75, 0.5, 0.25}) {
        const auto last = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1));
        RunningMean classes[2];
        for (std::size_t i = 0; i < times.ticks.size(); ++i) {
            if (times.ticks[i] > sorted[last]) continue;
            classes[times.of_second[i] ? 1 : 0].add(static_cast<double>(times.ticks[i]));
        }
        const double t = welch_t(classes[0], classes[1]);
        if (std::abs(t) > std::abs(farthest)) farthest = t;
    }
    return farthest;
}

}  // namespace bsn::crypto::sm2
