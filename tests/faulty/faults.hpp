#pragma once
// What a faulty city node does wrong, as it is told while it runs.

#include "base/clock.hpp"

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>

namespace bsn::faulty {

enum class Way : std::uint32_t {
    garbage = 1U << 0,       ///< its signatures (availability, headers) are wrong
    contradicts = 1U << 1,   ///< signs a second header of each block, and tells some the one only
    silent = 1U << 2,        ///< sends no header votes
    withholds = 1U << 3,     ///< says that it holds batches, and gives none to who asks
    other_bytes = 1U << 4,   ///< gives other bytes to who asks for a batch
    bad_batches = 1U << 5,   ///< its batches are not what their offers say, or nobody signed them
    leaves_out = 1U << 6,    ///< offers most batches to all but one
    judges_badly = 1U << 7,  ///< takes envelopes for good that are not, and proposes them
};

inline constexpr std::size_t k_ways = 8;

/// A way by its name, such as `other-bytes`.
std::optional<Way> way_from_name(std::string_view name);

/// Any thread may read and change it.
class Faults {
  public:
    bool has(Way way) const { return (ways_ & static_cast<std::uint32_t>(way)) != 0; }
    /// Takes a command: `be WAY...` (none: honest) or `skew MS`. False: not understood.
    bool obey(std::string_view command);
    /// How often it did wrong in a way.
    std::uint64_t committed(Way way) const { return committed_[index(way)]; }
    void commit(Way way) { ++committed_[index(way)]; }
    std::int64_t skew_ms() const { return skew_ms_; }

  private:
    static std::size_t index(Way way) {
        return static_cast<std::size_t>(std::countr_zero(static_cast<std::uint32_t>(way)));
    }

    std::atomic<std::uint32_t> ways_{0};
    std::atomic<std::int64_t> skew_ms_{0};
    std::array<std::atomic<std::uint64_t>, k_ways> committed_{};
};

/// This machine's clock, put forward by the node's skew.
class SkewedClock final : public Clock {
  public:
    explicit SkewedClock(const Faults& faults) : faults_(faults) {}
    UnixMillis now() const override {
        return machine_.now() + static_cast<UnixMillis>(faults_.skew_ms());
    }
    std::uint64_t monotonic() const override { return machine_.monotonic(); }

  private:
    const Faults& faults_;
    SystemClock machine_;
};

}  // namespace bsn::faulty
