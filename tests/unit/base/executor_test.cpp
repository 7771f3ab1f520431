#include "base/executor.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <sys/resource.h>

namespace bsn {
namespace {

/// Runs posted tasks when told, one at a time, in the calling thread.
class ManualExecutor final : public Executor {
  public:
    void post(Task task) override { tasks_.push_back(std::move(task)); }
    void run_one() {
        Task task = std::move(tasks_.front());
        tasks_.pop_front();
        task();
    }
    void run_all() {
        while (!tasks_.empty()) run_one();
    }
    std::size_t waiting() const { return tasks_.size(); }

  private:
    std::deque<Task> tasks_;
};

TEST(ThreadPoolTest, StopRunsWhatIsQueued) {
    std::atomic<int> ran{0};
    ThreadPool pool(2);
    for (int i = 0; i < 1000; ++i) pool.post([&] { ++ran; });
    pool.stop();
    EXPECT_EQ(ran, 1000);
    pool.post([&] { ++ran; });
    pool.stop();
    EXPECT_EQ(ran, 1000);
}

TEST(ThreadPoolTest, TasksRunAtTheSameTime) {
    ThreadPool pool(2);
    std::promise<void> first;
    std::promise<void> second;
    pool.post([&] {
        first.set_value();
        second.get_future().wait();
    });
    pool.post([&] {
        first.get_future().wait();
        second.set_value();
    });
    pool.stop();
}

TEST(ThreadPoolTest, GivesWayToItsPosters) {
    const int own = ::getpriority(PRIO_PROCESS, 0);
    int of_pool = 0;
    ThreadPool pool(1);
    pool.post([&] { of_pool = ::getpriority(PRIO_PROCESS, 0); });
    pool.stop();
    EXPECT_GE(of_pool, 5);
    EXPECT_EQ(::getpriority(PRIO_PROCESS, 0), own);
}

TEST(StrandTest, KeepsTheOrderOfPosts) {
    ThreadPool pool(4);
    Strand strand(pool);
    std::vector<int> order;  // no lock: tasks of one strand never run at the same time
    std::promise<void> done;
    for (int i = 0; i < 5000; ++i) strand.post([&order, i] { order.push_back(i); });
    strand.post([&] { done.set_value(); });
    done.get_future().wait();
    ASSERT_EQ(order.size(), 5000U);
    for (int i = 0; i < 5000; ++i) ASSERT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(StrandTest, NeverRunsInsidePost) {
    ManualExecutor below;
    Strand strand(below);
    bool inner_ran = false;
    bool seen_inside = true;
    strand.post([&] {
        strand.post([&] { inner_ran = true; });
        seen_inside = inner_ran;
    });
    below.run_all();
    EXPECT_FALSE(seen_inside);
    EXPECT_TRUE(inner_ran);
}

TEST(StrandTest, ABusyStrandTakesTurnsWithOthers) {
    ManualExecutor below;
    Strand busy(below);
    Strand other(below);
    std::string order;
    for (int i = 0; i < 3; ++i) busy.post([&] { order += 'b'; });
    other.post([&] { order += 'o'; });
    EXPECT_EQ(below.waiting(), 2U) << "a strand has at most one task below";
    below.run_all();
    EXPECT_EQ(order, "bobb");
}

TEST(StrandTest, CloseDropsWhatHasNotBegun) {
    ManualExecutor below;
    int ran = 0;
    {
        Strand strand(below);
        strand.post([&] { ++ran; });
        strand.post([&] { ++ran; });
        below.run_one();
        below.run_one();
        EXPECT_EQ(ran, 2);
        strand.close();
        strand.post([&] { ++ran; });
    }
    below.run_all();
    EXPECT_EQ(ran, 2);
}

TEST(StrandTest, CloseWaitsForWhatIsRunning) {
    ThreadPool pool(1);
    Strand strand(pool);
    std::promise<void> begun;
    std::promise<void> go_on;
    std::atomic<bool> finished{false};
    std::atomic<bool> dropped_ran{false};
    strand.post([&] {
        begun.set_value();
        go_on.get_future().wait();
        finished = true;
    });
    strand.post([&] { dropped_ran = true; });
    begun.get_future().wait();
    std::thread closer([&] {
        strand.close();
        EXPECT_TRUE(finished);
    });
    go_on.set_value();
    closer.join();
    pool.stop();
    // Whether the second one began before the close is a race; it never runs after it.
    bool after_close = dropped_ran;
    strand.post([&] { dropped_ran = true; });
    EXPECT_EQ(dropped_ran, after_close);
}

TEST(StrandTest, CloseDoesNotWaitForWhatIsOnlyQueuedBelow) {
    ManualExecutor below;
    int ran = 0;
    {
        Strand strand(below);
        strand.post([&] { ++ran; });
        strand.close();
    }
    below.run_all();
    EXPECT_EQ(ran, 0);
}

TEST(StrandTest, EndsAfterThePoolBelowHasStopped) {
    ThreadPool pool(1);
    Strand strand(pool);
    pool.stop();
    strand.post([] {});
    strand.close();
}

TEST(StrandTest, MayBeClosedTwice) {
    ThreadPool pool(1);
    Strand strand(pool);
    strand.close();
    strand.close();
}

}  // namespace
}  // namespace bsn
