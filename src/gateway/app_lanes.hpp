#pragma once
// Threads for apps whose chains others run.

#include "base/executor.hpp"
#include "ledger/types.hpp"

#include <chrono>
#include <list>
#include <map>

namespace bsn::gateway {

struct AppLanesOptions {
    std::size_t at_once = 8;                 ///< threads of each app
    std::size_t most_waiting = 256;          ///< requests of each app that no thread has taken up
    std::chrono::milliseconds rest{60'000};  ///< a thread with nothing to do ends after it
};

/// Reading such a chain waits for the programs of other machines, or for contracts that may never
/// answer. Each app waits on threads of its own, so that one which hangs holds up no other; they
/// are started when there is something to do. Any thread.
class AppLanes {
  public:
    explicit AppLanes(AppLanesOptions options = {}) : options_(options) {}
    ~AppLanes() { close(); }
    AppLanes(const AppLanes&) = delete;
    AppLanes& operator=(const AppLanes&) = delete;

    /// Runs what a new request asks, in the app's turn; drops it if this is closed before. False,
    /// and it never runs: too many of the app wait already.
    [[nodiscard]] bool run(const ledger::ChannelId& app, Task task);
    /// Runs the next part of what has begun, which whoever began it bounds; so it always has a
    /// place. Dropped as above.
    void go_on(const ledger::ChannelId& app, Task task);
    /// Waits for the tasks that run, and drops the others. Not to be called from a task.
    void close();
    /// That there are now.
    std::size_t threads() const;

  private:
    struct Waiting {
        Task task;
        bool is_new = false;
    };
    struct Lane {
        std::deque<Waiting> waiting;
        std::size_t new_ones = 0;  ///< of those
        std::size_t resting = 0;
        std::list<std::thread> threads;
        std::condition_variable wake;
    };
    using Place = std::list<std::thread>::iterator;

    /// With the lock held.
    void put(Lane& lane, Waiting waiting);
    void work(Lane& lane, Place own);

    const AppLanesOptions options_;
    mutable std::mutex mutex_;  ///< guards what follows
    bool closed_ = false;
    std::map<ledger::ChannelId, Lane> lanes_;
    std::list<std::thread> ended_;  ///< or about to, and not joined yet
};

}  // namespace bsn::gateway
