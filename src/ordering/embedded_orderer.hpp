#pragma once
// Ordering inside one process, on a durable log: for networks on one machine. One failure and
// trust domain, whatever the number of nodes.

#include "base/clock.hpp"
#include "ordering/envelope_queue.hpp"
#include "ordering/order_log.hpp"

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
    std::uint64_t height() const override { return log_.height(); }
    Status revisit(std::uint64_t from, std::uint64_t through,
                   const std::function<void(const OrderedHeight&)>& visit) const override {
        return log_.revisit(from, through, visit);
    }
    Status health() const override;
    OrdererStatus status() const override { return {{}, queue_.waiting_bytes()}; }

  private:
    void order_until_stopped();
    Status order(std::vector<Bytes> envelopes);
    /// Adds a height to the log, waiting for space if the disk is full.
    Status append(const OrderedHeight& ordered);
    /// Says why nothing is ordered, and waits a moment; false: it is to stop.
    bool wait_for_space(const Error& why);
    void set_health(Status health);

    OrderLog log_;
    const Clock& clock_;
    EnvelopeQueue queue_;

    mutable std::mutex health_mutex_;
    Status health_;
    std::thread thread_;
};

}  // namespace bsn::ordering
