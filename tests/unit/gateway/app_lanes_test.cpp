#include "gateway/app_lanes.hpp"

#include "support/eventually.hpp"

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
    AppLanes lanes({.at_once = 2});
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(lanes.run(app(1), [released] { released.wait(); }));
    }
    ASSERT_TRUE(lanes.run(app(2), [&] { ran.set_value(); }));
    EXPECT_EQ(ran.get_future().wait_for(20s), std::future_status::ready);
    release.set_value();
}

TEST(AppLanesTest, AnAppsTasksRunAtTheSameTime) {
    std::promise<void> release;
    std::promise<void> ran;
    AppLanes lanes({.at_once = 2});
    ASSERT_TRUE(lanes.run(app(1), [&] {
        release.get_future().wait();
        ran.set_value();
    }));
    ASSERT_TRUE(lanes.run(app(1), [&] { release.set_value(); }));
    EXPECT_EQ(ran.get_future().wait_for(20s), std::future_status::ready);
}

TEST(AppLanesTest, CloseWaitsForWhatRunsAndDropsTheRest) {
    std::promise<void> begun;
    std::promise<void> release;
    std::atomic<bool> finished = false;
    std::atomic<bool> dropped_ran = false;
    AppLanes lanes({.at_once = 1});
    ASSERT_TRUE(lanes.run(app(1), [&] {
        begun.set_value();
        release.get_future().wait();
        finished = true;
    }));
    ASSERT_TRUE(lanes.run(app(1), [&] { dropped_ran = true; }));
    begun.get_future().wait();
    auto closing = std::async(std::launch::async, [&] { lanes.close(); });
    EXPECT_EQ(closing.wait_for(100ms), std::future_status::timeout);
    release.set_value();
    closing.get();
    EXPECT_TRUE(finished);
    EXPECT_FALSE(dropped_ran);
    EXPECT_TRUE(lanes.run(app(1), [&] { dropped_ran = true; }));
    lanes.go_on(app(1), [&] { dropped_ran = true; });
    EXPECT_EQ(lanes.threads(), 0U);
    EXPECT_FALSE(dropped_ran);
}

TEST(AppLanesTest, OnlySoManyNewRequestsOfAnAppWait) {
    std::promise<void> begun;
    std::promise<void> release;
    std::promise<void> last;
    std::atomic<int> ran = 0;
    AppLanes lanes({.at_once = 1, .most_waiting = 3});
    ASSERT_TRUE(lanes.run(app(1), [&] {
        begun.set_value();
        release.get_future().wait();
    }));
    begun.get_future().wait();
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(lanes.run(app(1), [&] { ++ran; }));
    EXPECT_FALSE(lanes.run(app(1), [&] { ran += 100; }));
    EXPECT_TRUE(lanes.run(app(2), [] {})) << "another app's are counted apart";
    lanes.go_on(app(1), [&] { ++ran; });
    EXPECT_FALSE(lanes.run(app(1), [&] { ran += 100; }));
    release.set_value();
    lanes.go_on(app(1), [&] { last.set_value(); });
    ASSERT_EQ(last.get_future().wait_for(20s), std::future_status::ready);
    EXPECT_EQ(ran, 4);
    std::promise<void> again;
    ASSERT_TRUE(lanes.run(app(1), [&] { again.set_value(); })) << "there is room once more";
    EXPECT_EQ(again.get_future().wait_for(20s), std::future_status::ready);
}

TEST(AppLanesTest, ThreadsWithNothingToDoEndAndAreStartedAnew) {
    AppLanes lanes({.at_once = 4, .rest = 50ms});
    for (int round = 0; round < 3; ++round) {
        std::atomic<int> ran = 0;
        for (int i = 0; i < 20; ++i) ASSERT_TRUE(lanes.run(app(1), [&] { ++ran; }));
        EXPECT_TRUE(testing::eventually([&] { return ran == 20 && lanes.threads() == 0; }));
    }
}

}  // namespace
}  // namespace bsn::gateway
