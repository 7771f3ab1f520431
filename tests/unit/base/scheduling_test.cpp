#include "base/scheduling.hpp"

#include <gtest/gtest.h>

#include <sched.h>
#include <sys/resource.h>
#include <thread>

namespace bsn {
namespace {

TEST(Scheduling, AskingForShortSlicesLeavesPolicyAndNiceness) {
    std::thread([] {
        ASSERT_EQ(::setpriority(PRIO_PROCESS, 0, 5), 0);
        ask_for_short_slices();
        EXPECT_EQ(::sched_getscheduler(0), SCHED_OTHER);
        EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), 5);
    }).join();
}

int niceness_after_giving_way(int before) {
    int after = 0;
    std::thread([&] {
        ASSERT_EQ(::setpriority(PRIO_PROCESS, 0, before), 0);
        give_way_to_others();
        after = ::getpriority(PRIO_PROCESS, 0);
    }).join();
    return after;
}

TEST(Scheduling, GivingWayLowersThePriorityAndNeverRaisesIt) {
    EXPECT_EQ(niceness_after_giving_way(0), 5);
    EXPECT_EQ(niceness_after_giving_way(5), 5);
    EXPECT_EQ(niceness_after_giving_way(7), 7);
}

}  // namespace
}  // namespace bsn
