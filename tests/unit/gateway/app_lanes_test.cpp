#include "gateway/app_lanes.hpp"

#include <gtest/gtest.h>

#include <future>

namespace bsn::gateway {
namespace {

using namespace std::chrono_literals;

ledger::ChannelId app(std::uint8_t number) {
    return ledger::ChannelId(std::array<std::uint8_t, 32>{number});
}

TEST(AppLanesTest, AnAppThatHangsHoldsUpNoOther) {
    std::promise<void> release;
    std::promise<void> ran;
    auto released = release.get_future().share();
    AppLanes lanes(2);
    for (int i = 0; i < 5; ++i) lanes.run(app(1), [released] { released.wait(); });
    lanes.run(app(2), [&] { ran.set_value(); });
    EXPECT_EQ(ran.get_future().wait_for(20s), std::future_status::ready);
    release.set_value();
}

TEST(AppLanesTest, AnAppsTasksRunAtTheSameTime) {
    std::promise<void> release;
    std::promise<void> ran;
    AppLanes lanes(2);
    lanes.run(app(1), [&] {
        release.get_future().wait();
        ran.set_value();
    });
    lanes.run(app(1), [&] { release.set_value(); });
    EXPECT_EQ(ran.get_future().wait_for(20s), std::future_status::ready);
}

TEST(AppLanesTest, CloseWaitsForWhatRunsAndDropsTheRest) {
    std::promise<void> begun;
    std::promise<void> release;
    std::atomic<bool> finished = false;
    std::atomic<bool> dropped_ran = false;
    AppLanes lanes(1);
    lanes.run(app(1), [&] {
        begun.set_value();
        release.get_future().wait();
        finished = true;
    });
    lanes.run(app(1), [&] { dropped_ran = true; });
    begun.get_future().wait();
    auto closing = std::async(std::launch::async, [&] { lanes.close(); });
    EXPECT_EQ(closing.wait_for(100ms), std::future_status::timeout);
    release.set_value();
    closing.get();
    EXPECT_TRUE(finished);
    EXPECT_FALSE(dropped_ran);
    lanes.run(app(1), [&] { dropped_ran = true; });
    EXPECT_FALSE(dropped_ran);
}

}  // namespace
}  // namespace bsn::gateway
