#pragma once
// Time and order of everything that happens in a simulated network: one thread, one queue of
// events, all chance from one seed.

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "sim/random.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

namespace bsn::sim {

/// Simulated microseconds.
using Micros = std::uint64_t;
inline constexpr Micros k_millisecond = 1'000;
inline constexpr Micros k_second = 1'000'000;

/// What an event belongs to, such as a node from its start to its crash. The events of what has
/// ended never happen.
struct Life {
    bool alive = true;
};
using LifePtr = std::shared_ptr<Life>;

/// A law was broken: the run ends and its seed is reported.
class Violation : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

class Scheduler {
  public:
    /// `print`: whether the trace is written to stderr.
    Scheduler(std::uint64_t seed, bool print) : random_(seed), print_(print) {}

    Micros now() const { return now_; }
    Random& random() { return random_; }

    /// Has a task happen once that time has passed, if its life has not ended by then.
    void after(Micros delay, LifePtr life, Task task);
    /// Ends a life. What its events hold is let go of before this returns.
    void end(const LifePtr& life);
    /// Runs a task once the event that runs now is over.
    void defer(Task task) { deferred_.push_back(std::move(task)); }

    /// Runs events until the condition holds; false if it does not within the time.
    template <typename Condition>
    bool run_until(Condition condition, Micros limit) {
        const Micros end = now_ + limit;
        run_deferred();
        while (!condition()) {
            if (queue_.empty() || queue_.front().time > end) {
                now_ = end;
                return condition();
            }
            step();
        }
        return true;
    }
    void run_for(Micros time) {
        run_until([] { return false; }, time);
    }

    /// Writes a line of the trace. The hash of all lines tells whether two runs were the same.
    template <typename... Args>
    void trace(fmt::format_string<Args...> format, Args&&... args) {
        add_line(fmt::format(format, std::forward<Args>(args)...));
    }
    std::uint64_t trace_hash() const { return trace_hash_; }
    std::uint64_t events() const { return events_; }

  private:
    struct Event {
        Micros time = 0;
        std::uint64_t number = 0;  ///< events of the same time happen in the order they were made
        LifePtr life;
        Task task;

        /// For a heap whose front is the earliest.
        bool operator<(const Event& other) const {
            return std::pair(time, number) > std::pair(other.time, other.number);
        }
    };

    void step();
    void run_deferred();
    void add_line(const std::string& line);
    void mix(std::uint64_t number);

    Random random_;
    const bool print_;
    Micros now_ = 0;
    std::uint64_t events_ = 0;
    std::uint64_t made_ = 0;
    std::uint64_t trace_hash_ = 0xcbf29ce484222325;
    std::vector<Event> queue_;
    std::vector<Task> deferred_;
};

/// A pool of threads as the simulator has it: tasks begin soon, in any order.
class SimExecutor final : public Executor {
  public:
    /// `slowness`: how many times longer than usual a task may wait; may change while it runs.
    SimExecutor(Scheduler& scheduler, LifePtr life, const unsigned& slowness)
        : scheduler_(scheduler), life_(std::move(life)), slowness_(slowness) {}

    void post(Task task) override;

  private:
    Scheduler& scheduler_;
    const LifePtr life_;
    const unsigned& slowness_;
};

/// The clocks of one node: the wall clock jumps when it is told, the other never goes back.
class SimClock final : public Clock {
  public:
    /// 2026-11-22T07:50:00.000Z
    static constexpr UnixMillis k_start = 1'795'333'800'000;

    SimClock(const Scheduler& scheduler, const std::int64_t& skew)
        : scheduler_(scheduler), skew_(skew), started_(scheduler.now()) {}

    UnixMillis now() const override {
        return static_cast<UnixMillis>(static_cast<std::int64_t>(k_start + elapsed()) + skew_);
    }
    /// Begins anew with each start of a node, as after a reboot.
    std::uint64_t monotonic() const override {
        return 1'000'000 + (scheduler_.now() - started_) / k_millisecond;
    }

  private:
    std::uint64_t elapsed() const { return scheduler_.now() / k_millisecond; }

    const Scheduler& scheduler_;
    const std::int64_t& skew_;  ///< milliseconds; may change while the node runs
    const Micros started_;
};

}  // namespace bsn::sim
