#include "gateway/app_lanes.hpp"

namespace bsn::gateway {

void AppLanes::run(const ledger::ChannelId& app, Task task) {
    std::lock_guard lock(mutex_);
    if (closed_) return;
    auto& lane = lanes_[app];
    if (!lane) lane = std::make_unique<ThreadPool>(at_once_);
    lane->post([this, task = std::move(task)] {
        if (!closed_) task();
    });
}

void AppLanes::close() {
    {
        std::lock_guard lock(mutex_);
        closed_ = true;
    }
    for (auto& [app, lane] : lanes_) lane->stop();
}

}  // namespace bsn::gateway
