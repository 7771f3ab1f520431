#pragma once
// What an app used of this city node on one day, and how that is kept.

#include "base/clock.hpp"
#include "ledger/types.hpp"

namespace bsn::gateway {

/// A day in UTC, counted from 1970-01-01.
using Day = std::uint32_t;
inline constexpr UnixMillis k_day_ms = 86'400'000;

inline Day day_of(UnixMillis time) { return static_cast<Day>(time / k_day_ms); }
/// Such as `2026-01-31`.
std::string day_name(Day day);

/// The figures of one app on one day.
struct Usage {
    std::uint64_t transactions = 0;  ///< handed on to the app's chain, whatever came of them
    std::uint64_t refused = 0;       ///< transactions, and requests, that a limit turned away
    std::uint64_t traffic_in = 0;    ///< bytes of requests' bodies
    std::uint64_t traffic_out = 0;   ///< bytes of answers
    std::uint64_t storage = 0;       ///< bytes of the app's blocks, when last looked at
    bool recorded = false;           ///< the permission chain has these figures

    std::uint64_t traffic() const { return traffic_in + traffic_out; }

    Bytes encode() const;
    static Result<Usage> decode(ByteView bytes);
    friend bool operator==(const Usage&, const Usage&) = default;
};

/// How far an app's blocks have been counted.
struct CountedBlocks {
    std::uint64_t next = 0;   ///< the first block that is not
    std::uint64_t bytes = 0;  ///< of those before

    Bytes encode() const;
    static Result<CountedBlocks> decode(ByteView bytes);
    friend bool operator==(const CountedBlocks&, const CountedBlocks&) = default;
};

}  // namespace bsn::gateway
