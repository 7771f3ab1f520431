#pragma once
// Envelopes that wait to be ordered.

#include "ordering/orderer.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>

namespace bsn::ordering {

/// First in, first out, and bounded: beyond it the nodes hold back. Any thread may call any member.
class EnvelopeQueue {
  public:
    /// `too_large` beyond `k_max_envelope_bytes`, `overloaded` when too much waits, `unavailable`
    /// once closed.
    Status add(Bytes envelope);
    /// The next envelopes, together of about `most_bytes`; waits for the first. Empty: closed.
    std::vector<Bytes> take(std::size_t most_bytes);
    std::size_t waiting_bytes() const;
    /// From here on nothing is added or taken.
    void close();
    /// Waits for the given time; true if the queue was closed before.
    bool closed_within(std::chrono::milliseconds time);

  private:
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Bytes> waiting_;
    std::size_t bytes_ = 0;
    bool closed_ = false;
};

}  // namespace bsn::ordering
