#pragma once
// The one source of chance of a simulated run.

#include <cstdint>
#include <random>
#include <utility>
#include <vector>

namespace bsn::sim {

/// The same seed yields the same numbers on every machine.
class Random {
  public:
    explicit Random(std::uint64_t seed) : generator_(seed) {}

    std::uint64_t next() { return generator_(); }
    /// 0 … count-1.
    std::uint64_t below(std::uint64_t count) { return count == 0 ? 0 : generator_() % count; }
    /// low … high, both inclusive.
    std::uint64_t between(std::uint64_t low, std::uint64_t high) {
        return low + below(high - low + 1);
    }
    bool chance(unsigned percent) { return below(100) < percent; }
    template <typename Values>
    auto& one_of(Values& values) {
        return values[below(values.size())];
    }
    template <typename Values>
    void shuffle(Values& values) {
        for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[below(i)]);
    }

  private:
    std::mt19937_64 generator_;
};

}  // namespace bsn::sim
