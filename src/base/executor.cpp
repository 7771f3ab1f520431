#include "base/executor.hpp"

#include "base/scheduling.hpp"

namespace bsn {

ThreadPool::ThreadPool(std::size_t threads) {
    for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::post(Task task) {
    {
        std::lock_guard lock(mutex_);
        if (stopping_) return;
        queue_.push_back(std::move(task));
    }
    wake_.notify_one();
}

void ThreadPool::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) {
        if (thread.joinable()) thread.join();
    }
}

void ThreadPool::work() {
    give_way_to_others();  // to those who move bytes, and have little to do for each
    for (;;) {
        Task task;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) return;
            task = std::move(queue_.front());
            queue_.pop_front();
        }
        task();
    }
}

struct Strand::State {
    explicit State(Executor& executor) : below(executor) {}

    /// Runs one task, then queues itself again, so that one busy strand cannot starve the others.
    static void run_one(const std::shared_ptr<State>& state) {
        Task task;
        {
            std::lock_guard lock(state->mutex);
            if (state->closed || state->queue.empty()) {
                state->active = false;
                return;
            }
            ++state->running;
            task = std::move(state->queue.front());
            state->queue.pop_front();
        }
        task();
        task = nullptr;
        // Still counted as running while it posts: once close() returns, `below` may be gone.
        if (state->has_more()) state->below.post([state] { run_one(state); });
        std::lock_guard lock(state->mutex);
        --state->running;
        state->idle.notify_all();
    }

    /// True if another task is to run; otherwise the strand rests until the next post.
    bool has_more() {
        std::lock_guard lock(mutex);
        active = !closed && !queue.empty();
        return active;
    }

    Executor& below;
    std::mutex mutex;
    std::condition_variable idle;
    std::deque<Task> queue;
    bool active = false;  ///< a task for this strand is queued or runs below
    int running = 0;      ///< two for a moment, when the next task begins while its poster returns
    bool closed = false;
};

Strand::Strand(Executor& below) : state_(std::make_shared<State>(below)) {}

Strand::~Strand() { close(); }

void Strand::post(Task task) {
    {
        std::lock_guard lock(state_->mutex);
        if (state_->closed) return;
        state_->queue.push_back(std::move(task));
        if (state_->active) return;
        state_->active = true;
    }
    state_->below.post([state = state_] { State::run_one(state); });
}

void Strand::close() {
    std::deque<Task> dropped;
    std::unique_lock lock(state_->mutex);
    state_->closed = true;
    dropped.swap(state_->queue);
    state_->idle.wait(lock, [this] { return state_->running == 0; });
}

}  // namespace bsn
