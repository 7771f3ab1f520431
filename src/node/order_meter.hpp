#pragma once
// Counts what is ordered, on its way to those who execute it.

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "ordering/orderer.hpp"

#include <atomic>
#include <optional>

namespace bsn::node {

/// Stands before another consumer, and hands each height on. Heights that come again after a
/// restart are counted again, as counters may begin anew with a process.
class OrderMeter final : public ordering::OrderConsumer {
  public:
    /// `next` and `clock` outlive it.
    OrderMeter(ordering::OrderConsumer& next, const ledger::ChannelId& system, const Clock& clock,
               MetricsRegistry& metrics);

    void consume(const ordering::OrderedHeight& ordered) override;
    /// Milliseconds since the last height came; none: none has yet. Any thread.
    std::optional<std::uint64_t> age_ms() const;

  private:
    /// Of the system channel, or of all apps together.
    struct Counted {
        Counter& envelopes;
        Counter& bytes;
    };
    static Counted counted(MetricsRegistry& metrics, const char* kind);

    ordering::OrderConsumer& next_;
    const ledger::ChannelId system_;
    const Clock& clock_;
    Counter& heights_;
    const Counted of_system_;
    const Counted of_apps_;
    std::atomic<std::uint64_t> last_{0};  ///< monotonic milliseconds, plus one; 0: none
};

}  // namespace bsn::node
