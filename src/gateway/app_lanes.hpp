#pragma once
// Threads for apps whose chains others run.

#include "base/executor.hpp"
#include "ledger/types.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>

namespace bsn::gateway {

/// Reading such a chain waits for the programs of other machines, or for contracts that may never
/// answer. Each app waits on threads of its own, so that one which hangs holds up no other. Any
/// thread.
class AppLanes {
  public:
    /// `at_once`: threads of each app, started with its first task.
    explicit AppLanes(std::size_t at_once = 8) : at_once_(at_once) {}
    ~AppLanes() { close(); }
    AppLanes(const AppLanes&) = delete;
    AppLanes& operator=(const AppLanes&) = delete;

    /// Runs a task in the app's turn; drops it if this is closed before.
    void run(const ledger::ChannelId& app, Task task);
    /// Waits for the tasks that run, and drops the others. Not to be called from a task.
    void close();

  private:
    const std::size_t at_once_;
    std::atomic<bool> closed_ = false;
    std::mutex mutex_;
    std::map<ledger::ChannelId, std::unique_ptr<ThreadPool>> lanes_;
};

}  // namespace bsn::gateway
