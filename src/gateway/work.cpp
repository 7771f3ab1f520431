#include "gateway/work.hpp"

namespace bsn::gateway {

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

void Work::close() const {
    std::unique_lock lock(state_->mutex);
    state_->closed = true;
    state_->idle.wait(lock, [this] { return state_->pending == 0; });
}

}  // namespace bsn::gateway
