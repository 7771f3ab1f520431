#pragma once
// Groups fsyncs: while one runs, the requests of all channels queue up and share the next one.

#include "base/result.hpp"

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace bsn::store {

/// One thread that makes things durable. Any thread may call `request`.
class Syncer {
  public:
    /// `sync` is called by the thread of this object, once for each group of requests.
    explicit Syncer(std::function<Status()> sync);
    /// Serves what was requested, then stops.
    ~Syncer();
    Syncer(const Syncer&) = delete;
    Syncer& operator=(const Syncer&) = delete;

    /// Calls `done` (from the thread of this object; it should only post) after a sync that began
    /// later than this call.
    void request(std::function<void(Status)> done);

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
