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

}  // namespace
}  // namespace bsn
