#include "store/syncer.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <vector>

namespace bsn::store {
namespace {

/// A sync that waits to be let through, so that a test decides when it ends.
class Gate {
  public:
    Status pass() {
        std::unique_lock lock(mutex_);
        ++begun_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return permits_ > 0; });
        --permits_;
        return {};
    }
    void permit(int count) {
        std::lock_guard lock(mutex_);
        permits_ += count;
        changed_.notify_all();
    }
    void wait_for_begun(int count) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return begun_ >= count; });
    }
    int begun() {
        std::lock_guard lock(mutex_);
        return begun_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int begun_ = 0;
    int permits_ = 0;
};

TEST(SyncerTest, CallsBackAfterASync) {
    std::atomic<int> syncs{0};
    ThreadSyncer syncer([&]() -> Status {
        ++syncs;
        return {};
    });
    std::promise<int> done;
    syncer.request([&](const Status& status) { done.set_value(status.ok() ? syncs.load() : -1); });
    EXPECT_EQ(done.get_future().get(), 1);
}

TEST(SyncerTest, RequestsMadeDuringASyncShareTheNext) {
    Gate gate;
    std::atomic<int> served{0};
    {
        ThreadSyncer syncer([&] { return gate.pass(); });
        syncer.request([&](const Status&) { ++served; });
        gate.wait_for_begun(1);
        for (int i = 0; i < 100; ++i) syncer.request([&](const Status&) { ++served; });
        EXPECT_EQ(served, 0) << "nobody may be served by a sync that began before";
        gate.permit(1);
        gate.wait_for_begun(2);
        EXPECT_EQ(served, 1);
        gate.permit(1);
    }
    EXPECT_EQ(served, 101);
    EXPECT_EQ(gate.begun(), 2);
}

TEST(SyncerTest, AFailureIsToldToTheWholeGroup) {
    std::atomic<int> failures{0};
    {
        ThreadSyncer syncer([]() -> Status { return Error{Code::io_error, "disk"}; });
        for (int i = 0; i < 10; ++i) {
            syncer.request([&](const Status& status) {
                if (!status && status.error().code == Code::io_error) ++failures;
            });
        }
    }
    EXPECT_EQ(failures, 10);
}

TEST(SyncerTest, EndsWithoutARequest) {
    ThreadSyncer syncer([]() -> Status { return {}; });
}

TEST(SyncerTest, ACallbackMayRequestAgain) {
    std::promise<void> second;
    ThreadSyncer syncer([]() -> Status { return {}; });
    syncer.request(
        [&](const Status&) { syncer.request([&](const Status&) { second.set_value(); }); });
    second.get_future().get();
}

}  // namespace
}  // namespace bsn::store
