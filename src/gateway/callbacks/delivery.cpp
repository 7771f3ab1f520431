#include "gateway/callbacks/delivery.hpp"

#include <algorithm>

namespace bsn::gateway {

Result<Delivery> Delivery::of(KeptRegistration kept) {
    BSN_TRY(selection, EventSelection::of(kept.registration));
    return Delivery(std::move(kept), std::move(selection));
}

Delivery::Delivery(KeptRegistration kept, EventSelection selection)
    : kept_(std::move(kept)),
      selection_(std::move(selection)),
      read_(kept_.next),
      saved_(kept_.next.height) {}

std::optional<std::uint64_t> Delivery::reads_from(std::uint64_t now) const {
    if (!waiting_.empty() || now < due_) return std::nullopt;
    return read_.height;
}

void Delivery::take(std::vector<framework::Event> events, std::uint64_t end) {
    if (kept_.registration.blocks) {
        while (read_.height < end && waiting_.size() < k_most_waiting) {
            waiting_.push_back({{read_.height, 0, 0}, std::nullopt});
            ++read_.height;
        }
        return;
    }
    std::size_t bytes = 0;
    for (framework::Event& event : events) {
        const EventPlace place = EventPlace::of(event);
        if (place < read_) continue;
        if (waiting_.size() >= k_most_waiting || bytes > k_most_waiting_bytes) {
            read_ = place;  // read again once there is room
            return;
        }
        bytes += event.data.size();
        waiting_.push_back({place, std::move(event)});
    }
    read_ = {std::max(end, read_.height), 0, 0};
}

void Delivery::pause(std::uint64_t until) {
    due_ = until;
    sending_ = false;
    if (waiting_.empty()) return;
    waiting_.clear();
    failures_ = 0;
    read_ = kept_.next;
}

bool Delivery::begin(std::uint64_t now) {
    if (sending_ || waiting_.empty() || now < due_) return false;
    sending_ = true;
    begun_ = now;
    if (failures_ == 0) first_sent_ = now;
    return true;
}

Delivery::Outcome Delivery::sent(bool success, std::uint64_t now) {
    sending_ = false;
    slow_ = !success || now - begun_ > k_slow_ms;
    if (success) {
        next_notice();
        return Outcome::told;
    }
    if (failures_ == k_again_after_ms.size()) {
        next_notice();
        return Outcome::given_up;
    }
    due_ = std::max(now, first_sent_ + k_again_after_ms.at(failures_));
    ++failures_;
    return Outcome::again;
}

void Delivery::next_notice() {
    failures_ = 0;
    due_ = 0;
    kept_.next = waiting_.front().next();
    saved_ = kept_.next.height;
    waiting_.pop_front();
}

std::optional<EventPlace> Delivery::unsaved(std::uint64_t least_blocks) {
    if (!waiting_.empty() || read_.height < saved_ + least_blocks || read_ <= kept_.next) {
        return std::nullopt;
    }
    kept_.next = read_;
    saved_ = read_.height;
    return read_;
}

}  // namespace bsn::gateway
