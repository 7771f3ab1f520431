#include "ordering/envelope_queue.hpp"

#include <fmt/format.h>

namespace bsn::ordering {
namespace {

constexpr std::size_t k_max_waiting_bytes = 64U << 20;

}  // namespace

Status EnvelopeQueue::add(Bytes envelope) {
    if (envelope.size() > k_max_envelope_bytes) {
        return Error{Code::too_large, fmt::format("envelope of {} bytes, at most {} allowed",
                                                  envelope.size(), k_max_envelope_bytes)};
    }
    {
        std::lock_guard lock(mutex_);
        if (closed_) return Error{Code::unavailable, "the ordering service has stopped"};
        if (bytes_ + envelope.size() > k_max_waiting_bytes) {
            return Error{Code::overloaded, "the ordering service is behind; try again later"};
        }
        bytes_ += envelope.size();
        waiting_.push_back(std::move(envelope));
    }
    wake_.notify_all();
    return {};
}

std::vector<Bytes> EnvelopeQueue::take(std::size_t most_bytes) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return closed_ || !waiting_.empty(); });
    std::vector<Bytes> taken;
    std::size_t bytes = 0;
    while (!closed_ && !waiting_.empty() && bytes < most_bytes) {
        bytes += waiting_.front().size();
        taken.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    bytes_ -= bytes;
    return taken;
}

std::size_t EnvelopeQueue::waiting_bytes() const {
    std::lock_guard lock(mutex_);
    return bytes_;
}

void EnvelopeQueue::close() {
    {
        std::lock_guard lock(mutex_);
        closed_ = true;
    }
    wake_.notify_all();
}

bool EnvelopeQueue::closed_within(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return wake_.wait_for(lock, time, [this] { return closed_; });
}

}  // namespace bsn::ordering
