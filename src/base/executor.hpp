#pragma once
// Who runs a task. Production uses one pool of core-count threads for the whole process; a
// simulator runs everything in one thread, in an order of its choosing.

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace bsn {

using Task = std::function<void()>;

/// Runs tasks later, never inside `post`. Any thread may post.
class Executor {
  public:
    virtual ~Executor() = default;
    virtual void post(Task task) = 0;
};

/// A fixed number of threads over one queue, which give way to those who answer (see
/// scheduling.hpp). A task that throws ends the process: it met a bug.
/// The queue itself is unbounded; what is posted is bounded by those who post (each strand has at
/// most one task here, and submissions are refused above a stated lag).
class ThreadPool final : public Executor {
  public:
    explicit ThreadPool(std::size_t threads);
    ~ThreadPool() override;
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    void post(Task task) override;
    /// Runs what is queued, then joins the threads; later posts are dropped.
    void stop();

  private:
    void work();

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Task> queue_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

/// Runs its tasks one after another, in the order posted, on the threads of another executor.
/// Owns no thread. Tasks posted before destruction still run, so what they touch must outlive
/// them: owners call `close()` and then wait for it.
class Strand final : public Executor {
  public:
    explicit Strand(Executor& below);
    ~Strand() override;
    Strand(const Strand&) = delete;
    Strand& operator=(const Strand&) = delete;

    void post(Task task) override;
    /// Drops what has not begun, waits for what is running, and ignores later posts. Not to be
    /// called from a task of this strand.
    void close();

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace bsn
