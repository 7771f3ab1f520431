#include "store/syncer.hpp"

#include <utility>

namespace bsn::store {

ThreadSyncer::ThreadSyncer(std::function<Status()> sync)
    : sync_(std::move(sync)), thread_([this] { work(); }) {}

ThreadSyncer::~ThreadSyncer() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void ThreadSyncer::request(std::function<void(Status)> done) {
    {
        std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(done));
    }
    wake_.notify_one();
}

void ThreadSyncer::work() {
    for (;;) {
        std::deque<std::function<void(Status)>> group;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
            if (waiting_.empty()) return;
            group.swap(waiting_);
        }
        Status status = sync_();
        for (const auto& done : group) done(status);
    }
}

}  // namespace bsn::store
