#include "gateway/height_watch.hpp"

namespace bsn::gateway {

void HeightWatch::wait(const void* who, std::uint64_t height, Task task) {
    {
        std::lock_guard lock(mutex_);
        waiting_.insert_or_assign(who, Waiting{height, std::move(task)});
    }
    // The height may have been reached before this wait was noted.
    check();
}

void HeightWatch::cancel(const void* who) {
    std::lock_guard lock(mutex_);
    waiting_.erase(who);
}

void HeightWatch::arm(std::uint64_t height) {
    // The callback may come under the chain's locks: it only hands over.
    chain_.when_height(height, [weak = weak_from_this()] {
        auto self = weak.lock();
        if (!self) return;
        self->work_->run([weak] {
            auto watch = weak.lock();
            if (!watch) return;
            {
                std::lock_guard lock(watch->mutex_);
                watch->armed_ = false;
            }
            watch->check();
        });
    });
}

void HeightWatch::check() {
    std::uint64_t height = chain_.height();
    std::vector<Task> due;
    bool arm_now = false;
    {
        std::lock_guard lock(mutex_);
        for (auto it = waiting_.begin(); it != waiting_.end();) {
            if (it->second.height > height) {
                ++it;
                continue;
            }
            due.push_back(std::move(it->second.task));
            it = waiting_.erase(it);
        }
        arm_now = !waiting_.empty() && !armed_;
        if (arm_now) armed_ = true;
    }
    for (Task& task : due) work_->run(std::move(task));
    if (arm_now) arm(height + 1);
}

std::shared_ptr<HeightWatch> HeightWatches::of(framework::Chain& chain) {
    std::lock_guard lock(mutex_);
    std::shared_ptr<HeightWatch>& watch = watches_[&chain];
    if (!watch) watch = std::make_shared<HeightWatch>(chain, work_);
    return watch;
}

}  // namespace bsn::gateway
