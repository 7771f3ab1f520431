#pragma once
// Time stands still, so that no bucket fills but when a test wants it.

#include "gateway/metering/usage.hpp"

#include <atomic>

namespace bsn::testing {

class StillClock final : public Clock {
  public:
    UnixMillis now() const override { return 20'000 * gateway::k_day_ms; }
    std::uint64_t monotonic() const override { return monotonic_; }
    void pass(std::uint64_t milliseconds) { monotonic_ += milliseconds; }

  private:
    std::atomic<std::uint64_t> monotonic_{1};
};

}  // namespace bsn::testing
