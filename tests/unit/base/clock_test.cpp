#include "base/clock.hpp"

#include <gtest/gtest.h>

namespace bsn {
namespace {

TEST(ClockTest, TimeAsPeopleReadIt) {
    EXPECT_EQ(to_iso8601(0), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(to_iso8601(951'782'399'999), "2000-02-28T23:59:59.999Z");
    EXPECT_EQ(to_iso8601(951'782'400'000), "2000-02-29T00:00:00.000Z");
    EXPECT_EQ(to_iso8601(1'795'333'800'123), "2026-11-22T07:50:00.123Z");
}

TEST(ClockTest, TimesBeyondTheCalendarAreItsEnd) {
    EXPECT_EQ(to_iso8601(253'402'300'799'999), "9999-12-31T23:59:59.999Z");
    EXPECT_EQ(to_iso8601(~0ULL), "9999-12-31T23:59:59.999Z");
}

TEST(ClockTest, TheSystemClockGoesOn) {
    SystemClock clock;
    EXPECT_GT(clock.now(), 1'700'000'000'000U);
    std::uint64_t before = clock.monotonic();
    EXPECT_GE(clock.monotonic(), before);
}

}  // namespace
}  // namespace bsn
