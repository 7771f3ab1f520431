#include "cli/bench/pace.hpp"

#include <algorithm>
#include <cmath>

namespace bsn::cli {

OpenSchedule::OpenSchedule(double rate_per_s, Nanos window, std::size_t most)
    : nanos_per_transaction_(1e9 / rate_per_s),
      window_(window),
      most_(std::max<std::size_t>(1, most)) {}

Nanos OpenSchedule::due(std::uint64_t number) const {
    return Nanos(std::llround(static_cast<double>(number) * nanos_per_transaction_));
}

std::uint64_t OpenSchedule::due_before(Nanos time) const {
    if (time.count() <= 0) return 0;
    auto number =
        static_cast<std::uint64_t>(static_cast<double>(time.count()) / nanos_per_transaction_);
    // The division may be off by one either way.
    while (number > 0 && due(number - 1) >= time) --number;
    while (due(number) < time) ++number;
    return number;
}

std::optional<OpenSchedule::Slot> OpenSchedule::next(Nanos now, Nanos end) {
    Nanos first_due = due(next_);
    if (first_due >= end) return std::nullopt;
    Nanos until = std::min(std::max(first_due + window_, now), end);
    std::uint64_t behind = std::max(due_before(until), next_ + 1);
    Slot slot{.first = next_,
              .count = static_cast<std::size_t>(std::min<std::uint64_t>(most_, behind - next_))};
    slot.send_at = due(slot.first + slot.count - 1);
    next_ += slot.count;
    return slot;
}

Nanos Backoff::next(std::optional<std::chrono::seconds> retry_after) {
    std::uniform_int_distribution<Nanos::rep> pick(length_.count() / 2, length_.count());
    Nanos pause(pick(random_));
    length_ = std::min<Nanos>(length_ * 2, k_longest);
    return retry_after ? std::max<Nanos>(pause, *retry_after) : pause;
}

}  // namespace bsn::cli
