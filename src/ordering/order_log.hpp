#pragma once
// What was ordered, on disk, and those who are told of it.

#include "ordering/orderer.hpp"
#include "store/append_log.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>

namespace bsn::ordering {

/// Heights follow one another without a gap, from 1 on. One thread, but for `height`.
class OrderLog {
  public:
    /// `log` holds the ordered heights of this orderer and nothing else.
    OrderLog(ledger::OrdererId id, std::unique_ptr<store::AppendLog> log);

    /// Adds a consumer, which gets all heights from `from` on. Before `replay`.
    void subscribe(OrderConsumer& consumer, std::uint64_t from);
    /// Delivers what is in the log. First of all; once.
    Status replay();
    /// Adds the next height, durable after `sync`. After `no_space` it may be tried again if the
    /// log is still `usable`.
    Status append(const OrderedHeight& ordered);
    Status sync() { return log_->sync(); }
    bool usable() const { return log_->health().ok(); }
    /// Visits heights that are durable once more, without reading all those below. Any thread.
    Status revisit(std::uint64_t from, std::uint64_t through,
                   const std::function<void(const OrderedHeight&)>& visit) const;
    /// Tells the consumers of a height that is durable.
    void deliver(const OrderedHeight& ordered);

    const ledger::OrdererId& id() const { return id_; }
    /// Of the last height that is durable. Any thread.
    std::uint64_t height() const { return height_; }
    UnixMillis time() const { return time_; }
    /// What the engine had to remember with it; empty before the first height.
    const Bytes& engine_state() const { return engine_state_; }
    /// Likewise, of the height before it.
    const Bytes& engine_state_before() const { return engine_state_before_; }

  private:
    Result<OrderedHeight> decode(const store::LogPosition& position, ByteView record) const;
    struct Subscription {
        OrderConsumer* consumer;
        std::uint64_t from;
    };

    const ledger::OrdererId id_;
    const std::unique_ptr<store::AppendLog> log_;
    /// Where to begin reading for a height.
    store::LogPosition position_below(std::uint64_t height) const;
    void note(std::uint64_t height, const store::LogPosition& position);

    std::vector<Subscription> subscriptions_;
    mutable std::mutex marks_mutex_;
    std::map<std::uint64_t, store::LogPosition> marks_;  ///< of every so many heights
    std::atomic<std::uint64_t> height_{0};
    UnixMillis time_ = 0;
    Bytes engine_state_;
    Bytes engine_state_before_;
};

}  // namespace bsn::ordering
