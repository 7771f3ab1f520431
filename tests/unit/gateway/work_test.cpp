// Tasks for later: they hold no thread, and end with the work.
#include "gateway/work.hpp"

#include "support/eventually.hpp"

#include <gtest/gtest.h>

#include <atomic>

namespace bsn::testing {
namespace {

using std::chrono::milliseconds;

TEST(Work, RunsLaterInTheOrderOfTimes) {
    ThreadPool pool(1);
    gateway::Work work(pool);
    std::mutex mutex;
    std::string order;
    auto note = [&](char what) {
        return [&, what] {
            std::lock_guard lock(mutex);
            order += what;
        };
    };
    work.run_later(milliseconds(120), note('c'));
    work.run_later(milliseconds(10), note('a'));
    work.run_later(milliseconds(60), note('b'));
    ASSERT_TRUE(eventually([&] {
        std::lock_guard lock(mutex);
        return order == "abc";
    })) << order;
    pool.stop();
}

TEST(Work, ThousandsThatWaitLeaveTheThreadsFree) {
    ThreadPool pool(1);
    gateway::Work work(pool);
    std::atomic<int> later{0};
    std::atomic<bool> now{false};
    for (int i = 0; i < 5000; ++i) work.run_later(milliseconds(200), [&] { ++later; });
    work.run([&] { now = true; });
    ASSERT_TRUE(eventually([&] { return now.load(); }));
    EXPECT_EQ(later, 0);
    EXPECT_TRUE(eventually([&] { return later == 5000; }));
    pool.stop();
}

TEST(Work, DropsAtItsEndWhatWasForLater) {
    ThreadPool pool(1);
    auto kept = std::make_shared<int>(1);
    {
        gateway::Work work(pool);
        work.run_later(std::chrono::hours(1), [kept] { ADD_FAILURE() << "it ran"; });
        EXPECT_EQ(kept.use_count(), 2);
        work.close();
        EXPECT_EQ(kept.use_count(), 1);
        work.run_later(milliseconds(0), [kept] { ADD_FAILURE() << "it ran"; });
    }
    EXPECT_EQ(kept.use_count(), 1);
    pool.stop();
}

}  // namespace
}  // namespace bsn::testing
