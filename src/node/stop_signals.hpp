#pragma once
// SIGTERM and SIGINT as something to wait for.

#include <chrono>
#include <csignal>

namespace bsn::node {

/// The signals that end a process: blocked in the thread that makes this, and in those it starts
/// from then on, and taken by `wait`.
class StopSignals {
  public:
    StopSignals() {
        sigemptyset(&set_);
        sigaddset(&set_, SIGTERM);
        sigaddset(&set_, SIGINT);
        pthread_sigmask(SIG_BLOCK, &set_, &before_);
    }
    ~StopSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    /// Waits for the given time; true if a signal came.
    bool wait(std::chrono::nanoseconds time) const {
        timespec limit{static_cast<time_t>(time.count() / 1'000'000'000),
                       static_cast<long>(time.count() % 1'000'000'000)};
        return sigtimedwait(&set_, nullptr, &limit) > 0;
    }

  private:
    sigset_t set_{};
    sigset_t before_{};
};

}  // namespace bsn::node
