#include "gateway/work.hpp"

#include <condition_variable>
#include <map>
#include <thread>

namespace bsn::gateway {

using SteadyClock = std::chrono::steady_clock;

struct Work::State {
    explicit State(Executor& executor) : below(executor) {}

    void leave() {
        std::lock_guard lock(mutex);
        if (--pending == 0) idle.notify_all();
    }

    Executor& below;
    std::mutex mutex;
    std::condition_variable idle;
    std::size_t pending = 0;
    bool closed = false;

    /// Tasks for later, by when; the thread is there once there was one.
    std::multimap<SteadyClock::time_point, Task> later;
    std::condition_variable sooner;
    std::thread timer;
};

/// A task that counts as pending until it is gone, whether it ran or was dropped.
struct Work::Job {
    Job(std::shared_ptr<State> owner, Task what) : state(std::move(owner)), task(std::move(what)) {}
    ~Job() {
        task = nullptr;
        state->leave();
    }
    Job(const Job&) = delete;
    Job& operator=(const Job&) = delete;

    std::shared_ptr<State> state;
    Task task;
};

Work::Work(Executor& executor) : state_(std::make_shared<State>(executor)) {}

Work::~Work() { close(); }

void Work::run(Task task) const {
    {
        std::lock_guard lock(state_->mutex);
        if (state_->closed) return;
        ++state_->pending;
    }
    state_->below.post([job = std::make_shared<Job>(state_, std::move(task))] { job->task(); });
}

void Work::run_later(std::chrono::milliseconds pause, Task task) const {
    std::lock_guard lock(state_->mutex);
    if (state_->closed) return;
    state_->later.emplace(SteadyClock::now() + pause, std::move(task));
    state_->sooner.notify_all();
    if (!state_->timer.joinable()) state_->timer = std::thread([this] { keep_time(); });
}

void Work::keep_time() const {
    State& state = *state_;  // `close` waits for this thread
    std::unique_lock lock(state.mutex);
    while (!state.closed) {
        if (state.later.empty()) {
            state.sooner.wait(lock);
            continue;
        }
        const auto first = state.later.begin();
        if (first->first > SteadyClock::now()) {
            const auto until = first->first;
            state.sooner.wait_until(lock, until);
            continue;
        }
        Task task = std::move(first->second);
        state.later.erase(first);
        lock.unlock();
        run(std::move(task));
        lock.lock();
    }
}

void Work::close() const {
    std::multimap<SteadyClock::time_point, Task> dropped;
    std::thread timer;
    {
        std::lock_guard lock(state_->mutex);
        state_->closed = true;
        dropped.swap(state_->later);
        timer.swap(state_->timer);
        state_->sooner.notify_all();
    }
    if (timer.joinable()) timer.join();
    dropped.clear();
    std::unique_lock lock(state_->mutex);
    state_->idle.wait(lock, [this] { return state_->pending == 0; });
}

}  // namespace bsn::gateway
