#pragma once
// Time, behind an interface so that the same code runs in a simulator.

#include <cstdint>
#include <string>

namespace bsn {

/// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
using UnixMillis = std::uint64_t;

/// Where time comes from. Any thread may call it.
class Clock {
  public:
    virtual ~Clock() = default;
    /// The wall clock. It may jump.
    virtual UnixMillis now() const = 0;
    /// Milliseconds since some fixed start. It never goes back.
    virtual std::uint64_t monotonic() const = 0;
};

/// The clock of this machine.
class SystemClock final : public Clock {
  public:
    UnixMillis now() const override;
    std::uint64_t monotonic() const override;
};

/// Time as people read it: `2026-11-22T07:50:00.123Z`.
std::string to_iso8601(UnixMillis time);

}  // namespace bsn
