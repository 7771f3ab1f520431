#include "base/clock.hpp"

#include <fmt/format.h>

#include <chrono>

namespace bsn {
namespace {

template <typename Time>
std::uint64_t millis_of(Time time) {
    auto since = time.time_since_epoch();
    auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(since).count();
    return static_cast<std::uint64_t>(millis);
}

}  // namespace

UnixMillis SystemClock::now() const { return millis_of(std::chrono::system_clock::now()); }

std::uint64_t SystemClock::monotonic() const { return millis_of(std::chrono::steady_clock::now()); }

std::string to_iso8601(UnixMillis time) {
    // Block times come from others and may be any number; the calendar ends with year 9999.
    constexpr UnixMillis k_last = 253'402'300'799'999;
    if (time > k_last) time = k_last;
    std::chrono::sys_time<std::chrono::milliseconds> point{std::chrono::milliseconds(time)};
    auto day = std::chrono::floor<std::chrono::days>(point);
    std::chrono::year_month_day date(day);
    std::chrono::hh_mm_ss clock(point - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                       clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                       clock.subseconds().count());
}

}  // namespace bsn
