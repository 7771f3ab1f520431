#pragma once
// Tasks on an executor that is not ours, with an end: after `close()` none of them runs.

#include "base/executor.hpp"

#include <chrono>
#include <memory>
#include <mutex>

namespace bsn::gateway {

/// What the server runs elsewhere because it may take time. Any thread may call `run`; what bounds
/// it is that each connection has at most one task here.
class Work {
  public:
    explicit Work(Executor& executor);
    ~Work();
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

    /// Runs a task on the executor; drops it if this is closed.
    void run(Task task) const;
    /// The same after a while, which holds no thread.
    void run_later(std::chrono::milliseconds pause, Task task) const;
    /// Refuses further tasks, and waits for those that were given. Not to be called from a task.
    void close() const;

  private:
    struct State;
    struct Job;
    void keep_time() const;

    std::shared_ptr<State> state_;
};

}  // namespace bsn::gateway
