#include "node/order_meter.hpp"

#include "ledger/envelope.hpp"

namespace bsn::node {

OrderMeter::OrderMeter(ordering::OrderConsumer& next, const ledger::ChannelId& system,
                       const Clock& clock, MetricsRegistry& metrics)
    : next_(next),
      system_(system),
      clock_(clock),
      heights_(metrics.counter("bsn_ordering_heights_total", "Ordering heights that came")),
      of_system_(counted(metrics, "system")),
      of_apps_(counted(metrics, "app")) {}

OrderMeter::Counted OrderMeter::counted(MetricsRegistry& metrics, const char* kind) {
    return {metrics.counter("bsn_ordering_envelopes_total",
                            "Envelopes ordered, of the system channel or of apps",
                            {{"channels", kind}}),
            metrics.counter("bsn_ordering_envelope_bytes_total", "Bytes of these envelopes",
                            {{"channels", kind}})};
}

void OrderMeter::consume(const ordering::OrderedHeight& ordered) {
    last_ = clock_.monotonic() + 1;
    heights_.add();
    for (const Bytes& bytes : ordered.envelopes) {
        auto envelope = ledger::Envelope::decode(bytes);
        const Counted& kind = envelope && envelope->channel == system_ ? of_system_ : of_apps_;
        kind.envelopes.add();
        kind.bytes.add(bytes.size());
    }
    next_.consume(ordered);
}

std::optional<std::uint64_t> OrderMeter::age_ms() const {
    const std::uint64_t last = last_;
    if (last == 0) return std::nullopt;
    return clock_.monotonic() + 1 - last;
}

}  // namespace bsn::node
