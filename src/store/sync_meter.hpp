#pragma once
// How often and how long data is synced to disk.

#include "base/metrics.hpp"

#include <chrono>

namespace bsn::store {

/// Where syncs are counted and timed. Both may be null, and outlive what uses them.
struct SyncMeter {
    Counter* count = nullptr;
    Histogram* seconds = nullptr;

    using Clock = std::chrono::steady_clock;
    void note_since(Clock::time_point begin) const {
        if (count != nullptr) count->add();
        if (seconds != nullptr) {
            seconds->observe(std::chrono::duration<double>(Clock::now() - begin).count());
        }
    }
};

}  // namespace bsn::store
