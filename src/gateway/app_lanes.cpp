#include "gateway/app_lanes.hpp"

namespace bsn::gateway {

bool AppLanes::run(const ledger::ChannelId& app, Task task) {
    std::lock_guard lock(mutex_);
    if (closed_) return true;
    Lane& lane = lanes_[app];
    if (lane.new_ones >= options_.most_waiting) return false;
    ++lane.new_ones;
    put(lane, {std::move(task), true});
    return true;
}

void AppLanes::go_on(const ledger::ChannelId& app, Task task) {
    std::lock_guard lock(mutex_);
    if (!closed_) put(lanes_[app], {std::move(task), false});
}

void AppLanes::put(Lane& lane, Waiting waiting) {
    lane.waiting.push_back(std::move(waiting));
    if (lane.waiting.size() > lane.resting && lane.threads.size() < options_.at_once) {
        const Place own = lane.threads.emplace(lane.threads.end());
        *own = std::thread([this, &lane, own] { work(lane, own); });
    }
    lane.wake.notify_one();
}

void AppLanes::work(Lane& lane, Place own) {
    std::unique_lock lock(mutex_);
    for (;;) {
        ++lane.resting;
        lane.wake.wait_for(lock, options_.rest, [&] { return closed_ || !lane.waiting.empty(); });
        --lane.resting;
        if (closed_ || lane.waiting.empty()) break;
        Waiting next = std::move(lane.waiting.front());
        lane.waiting.pop_front();
        if (next.is_new) --lane.new_ones;
        lock.unlock();
        next.task();
        next.task = nullptr;
        lock.lock();
    }
    if (closed_) return;  // and `close` has the thread
    // A thread cannot join itself: the next one that ends does, or `close`.
    std::list<std::thread> before;
    before.swap(ended_);
    ended_.splice(ended_.end(), lane.threads, own);
    lock.unlock();
    for (std::thread& thread : before) thread.join();
}

void AppLanes::close() {
    std::deque<Waiting> dropped;
    std::list<std::thread> all;
    {
        std::lock_guard lock(mutex_);
        closed_ = true;
        for (auto& [app, lane] : lanes_) {
            for (Waiting& waiting : lane.waiting) dropped.push_back(std::move(waiting));
            lane.waiting.clear();
            all.splice(all.end(), lane.threads);
            lane.wake.notify_all();
        }
        all.splice(all.end(), ended_);
    }
    for (std::thread& thread : all) thread.join();
}

std::size_t AppLanes::threads() const {
    std::lock_guard lock(mutex_);
    std::size_t count = 0;
    for (const auto& [app, lane] : lanes_) count += lane.threads.size();
    return count;
}

}  // namespace bsn::gateway
