#pragma once
// Time stands still, so that no bucket fills.

#include "gateway/metering/usage.hpp"

namespace bsn::testing {

class StillClock final : public Clock {
  public:
    UnixMillis now() const override { return 20'000 * gateway::k_day_ms; }
    std::uint64_t monotonic() const override { return 1; }
};

}  // namespace bsn::testing
