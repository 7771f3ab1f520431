#include "node/app_metering.hpp"

#include "base/log.hpp"

namespace bsn::node {

AppMetering::AppMetering(gateway::Backend& backend, const registry::View& view, Executor& pool,
                         const Clock& clock, MetricsRegistry& metrics)
    : metering_([&view](const ledger::ChannelId& channel) { return view.app(channel); }, clock,
                metrics),
      reports_(backend, metering_),
      clock_(clock),
      view_(view),
      work_(pool) {}

Status AppMetering::open(store::Database& database, const framework::LedgerFramework& framework) {
    BSN_CHECK(metering_.open(database));
    framework_ = &framework;
    next_save_ = clock_.monotonic() + k_save_ms;
    return {};
}

void AppMetering::tick() {
    const std::uint64_t now = clock_.monotonic();
    if (framework_ == nullptr || now < next_look_ || busy_.exchange(true)) return;
    next_look_ = now + k_look_ms;
    work_.run([this] {
        look();
        busy_ = false;
    });
}

void AppMetering::look() {
    count_blocks();
    if (clock_.monotonic() >= next_save_) {
        next_save_ = clock_.monotonic() + k_save_ms;
        save();
    }
    reports_.send();
}

void AppMetering::count_blocks() {
    for (const auto& [channel, replica] : framework_->replicas()) {
        auto app = view_.app(channel);
        if (!app) continue;
        gateway::Meter& meter = metering_.of(*app);
        gateway::CountedBlocks counted = meter.counted_blocks();
        const std::uint64_t end = replica->certified_height() + 1;
        // The channel was made anew, and is shorter for now: its blocks will be the same.
        if (counted.next > end) continue;
        for (std::uint64_t i = 0; i < k_most_blocks && counted.next < end; ++i, ++counted.next) {
            auto bytes = replica->blocks().bytes_of(counted.next);
            if (!bytes) {
                log_warn("node", "block {} of app {} is not counted yet: {}", counted.next,
                         app->record.name, bytes.error().message);
                break;
            }
            counted.bytes += *bytes;
        }
        meter.set_counted_blocks(counted);
    }
}

void AppMetering::save() {
    if (Status saved = metering_.save(); !saved) {
        log_warn("node", "what apps used is not written yet: {}", saved.error().message);
    }
}

void AppMetering::close() {
    if (closed_) return;
    closed_ = true;
    work_.close();
    if (framework_ == nullptr) return;
    count_blocks();
    save();
    framework_ = nullptr;
}

}  // namespace bsn::node
