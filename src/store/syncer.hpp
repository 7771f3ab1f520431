#pragma once
// Groups fsyncs: while one runs, the requests of all channels queue up and share the next one.

#include "base/result.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace bsn::store {

/// Makes things durable. Any thread may call `request`.
class Syncer {
  public:
    virtual ~Syncer() = default;

    /// Calls `done` (from a thread of the syncer; it should only post) after a sync that began
    /// later than this call.
    virtual void request(std::function<void(Status)> done) = 0;
};

/// A syncer with one thread.
class ThreadSyncer final : public Syncer {
  public:
    /// `sync` is called by the thread of this object, once for each group of requests.
    explicit ThreadSyncer(std::function<Status()> sync);
    /// Serves what was requested, then stops.
    ~ThreadSyncer() override;
    ThreadSyncer(const ThreadSyncer&) = delete;
    ThreadSyncer& operator=(const ThreadSyncer&) = delete;

    void request(std::function<void(Status)> done) override;

  private:
    void work();

    std::function<Status()> sync_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void(Status)>> waiting_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace bsn::store
