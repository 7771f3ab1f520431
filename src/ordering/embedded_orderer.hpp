#pragma once
// Ordering inside one process, on a durable log: for networks on one machine. One failure and
// trust domain, whatever the number of nodes.

#include "base/clock.hpp"
#include "ordering/orderer.hpp"
#include "store/append_log.hpp"

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>

namespace bsn::ordering {

/// One thread orders: it takes all envelopes that wait, makes them one height, makes that durable,
/// and only then delivers it. So heights grow small under low load and large under high load.
class EmbeddedOrderer final : public Orderer {
  public:
    /// `log` holds the ordered heights and nothing else.
    EmbeddedOrderer(ledger::OrdererId id, std::unique_ptr<store::AppendLog> log,
                    const Clock& clock);
    ~EmbeddedOrderer() override;

    void subscribe(OrderConsumer& consumer, std::uint64_t from) override;
    /// Delivers the old heights from the log, then begins to order.
    Status start() override;
    void stop() override;
    Status submit(Bytes envelope) override;
    std::uint64_t height() const override { return height_; }
    Status health() const override;

  private:
    struct Subscription {
        OrderConsumer* consumer;
        std::uint64_t from;
    };

    Status replay();
    void deliver(const OrderedHeight& ordered);
    void order_until_stopped();
    /// The next envelopes to be ordered; none: it is to stop.
    std::vector<Bytes> take_waiting();
    Status order(std::vector<Bytes> envelopes);
    /// Adds a height to the log, waiting for space if the disk is full.
    Status append(const OrderedHeight& ordered);
    /// Says why nothing is ordered, and waits a moment; false: it is to stop.
    bool wait_for_space(const Error& why);
    void set_health(Status health);

    const ledger::OrdererId id_;
    const std::unique_ptr<store::AppendLog> log_;
    const Clock& clock_;
    std::vector<Subscription> subscriptions_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Bytes> waiting_;
    std::size_t waiting_bytes_ = 0;
    bool stopping_ = false;
    Status health_;

    std::atomic<std::uint64_t> height_{0};
    UnixMillis last_time_ = 0;
    std::thread thread_;
};

}  // namespace bsn::ordering
