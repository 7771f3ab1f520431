#pragma once
// Counts what was ordered, on its way to those who execute it.

#include "base/metrics.hpp"
#include "ordering/orderer.hpp"

namespace bsn::node {

/// Passes each height on. Since the counters begin with the process, they grow by what is read from
/// the log again at a start.
class OrderMeter final : public ordering::OrderConsumer {
  public:
    OrderMeter(ordering::OrderConsumer& next, MetricsRegistry& metrics)
        : next_(next),
          envelopes_(metrics.counter("bsn_ordered_envelopes_total", "Envelopes ordered")),
          bytes_(metrics.counter("bsn_ordered_bytes_total", "Bytes of the envelopes ordered")) {}

    void consume(const ordering::OrderedHeight& ordered) override {
        envelopes_.add(ordered.envelopes.size());
        for (const Bytes& envelope : ordered.envelopes) bytes_.add(envelope.size());
        next_.consume(ordered);
    }

  private:
    ordering::OrderConsumer& next_;
    Counter& envelopes_;
    Counter& bytes_;
};

}  // namespace bsn::node
