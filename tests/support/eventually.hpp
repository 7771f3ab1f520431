#pragma once
// Waiting for what another thread or process brings about.

#include <chrono>
#include <thread>

namespace bsn::testing {

/// Whether a condition holds within the time.
template <typename Condition>
bool eventually(Condition condition, std::chrono::seconds patience = std::chrono::seconds(30)) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

}  // namespace bsn::testing
