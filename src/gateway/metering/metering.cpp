#include "gateway/metering/metering.hpp"

#include "base/codec.hpp"

#include <fmt/format.h>

namespace bsn::gateway {
namespace {

using store::Table;

/// Keys of table `meta` that belong to no channel; channel prefixes begin with a zero byte.
constexpr std::string_view k_usage_key = "gateway/usage/";
constexpr std::string_view k_counted_key = "gateway/blocks/";

Bytes counted_key(const ledger::ChannelId& channel) {
    Writer key;
    key.raw(as_bytes(k_counted_key));
    key.raw(channel);
    return key.take();
}

Bytes usage_key(const ledger::ChannelId& channel, Day day) {
    Writer key;
    key.raw(as_bytes(k_usage_key));
    key.raw(channel);
    key.u32(day);
    return key.take();
}

Error damaged(const Error& why) {
    return {Code::corrupted, "kept figures of an app: " + why.message};
}

}  // namespace

struct Metering::Node {
    Node(const ledger::ChannelId& id, std::string name, const Clock& clock,
         const MeterSeries& series, Node* following)
        : channel(id), meter(std::move(name), clock, series), next(following) {}

    const ledger::ChannelId channel;
    Meter meter;
    Node* const next;
};

Metering::Metering(FindApp find, const Clock& clock, MetricsRegistry& metrics)
    : find_(std::move(find)), clock_(clock), metrics_(metrics) {}

Metering::~Metering() = default;

Metering::Node* Metering::find_node(const ledger::ChannelId& channel) const {
    const std::size_t bucket = (channel.data()[0] | channel.data()[1] << 8U) % k_buckets;
    Node* node = heads_.at(bucket).load(std::memory_order_acquire);
    while (node != nullptr && node->channel != channel) node = node->next;
    return node;
}

Meter& Metering::of(const registry::App& app) {
    if (Node* node = find_node(app.record.channel)) return node->meter;
    return meter_of(app.record.channel, app.record.name);
}

Meter& Metering::meter_of(const ledger::ChannelId& channel, const std::string& name) {
    std::lock_guard lock(adding_);
    if (Node* node = find_node(channel)) return node->meter;  // somebody was faster
    const MeterSeries series = series_of(nodes_.size() < k_most_series ? name : "other");
    const std::size_t bucket = (channel.data()[0] | channel.data()[1] << 8U) % k_buckets;
    std::atomic<Node*>& head = heads_.at(bucket);
    nodes_.push_back(std::make_unique<Node>(channel, name, clock_, series, head.load()));
    head.store(nodes_.back().get(), std::memory_order_release);
    return nodes_.back()->meter;
}

MeterSeries Metering::series_of(const std::string& app) {
    auto refused = [&](const char* limit) -> Counter& {
        return metrics_.counter("bsn_app_refused_total",
                                "Transactions and requests that a limit of the app turned away",
                                {{"app", app}, {"limit", limit}});
    };
    auto traffic = [&](const char* direction) -> Counter& {
        return metrics_.counter("bsn_app_traffic_bytes_total",
                                "Bytes of the app's requests and answers",
                                {{"app", app}, {"direction", direction}});
    };
    return {metrics_.counter("bsn_app_transactions_total",
                             "Transactions handed on to the app's chain within its limits",
                             {{"app", app}}),
            refused("transactions_per_second"),
            refused("traffic_bytes_per_day"),
            refused("storage_bytes"),
            traffic("in"),
            traffic("out"),
            metrics_.gauge("bsn_app_storage_bytes", "Bytes of the app's blocks on this node",
                           {{"app", app}})};
}

std::vector<std::pair<ledger::ChannelId, Meter*>> Metering::meters() const {
    std::lock_guard lock(adding_);
    std::vector<std::pair<ledger::ChannelId, Meter*>> all;
    all.reserve(nodes_.size());
    for (const auto& node : nodes_) all.emplace_back(node->channel, &node->meter);
    return all;
}

Status Metering::take_one(const ledger::ChannelId& channel) {
    auto app = find_(channel);
    if (!app) return {};  // the chain knows what to say
    auto grant = of(*app).take(app->record.gateway.limits, 1, Asker::unknown);
    return grant.refusal ? Status(grant.refusal->error) : Status();
}

void Metering::give_back_one(const ledger::ChannelId& channel) {
    if (Node* node = find_node(channel)) node->meter.give_back(1, node->meter.day());
}

Status Metering::open(store::Database& database) {
    database_ = &database;
    Status failure;
    // Figures of an app that the permission chain does not know (yet) go under its channel.
    auto meter = [this](ByteView rest) -> Meter* {
        auto channel = ledger::ChannelId::from(rest);
        if (!channel) return nullptr;
        auto app = find_(*channel);
        return &meter_of(*channel, app ? app->record.name : to_hex(*channel));
    };
    BSN_CHECK(
        database.scan(Table::meta, as_bytes(k_usage_key), {}, [&](ByteView key, ByteView value) {
            ByteView rest = key.subspan(k_usage_key.size());
            if (rest.size() != ledger::ChannelId::k_size + 4) return true;
            auto usage = Usage::decode(value);
            if (!usage) failure = damaged(usage.error());
            if (!usage) return false;
            Reader day(rest.subspan(ledger::ChannelId::k_size));
            meter(rest.first(ledger::ChannelId::k_size))->load(day.u32(), *usage);
            return true;
        }));
    BSN_CHECK(failure);
    BSN_CHECK(
        database.scan(Table::meta, as_bytes(k_counted_key), {}, [&](ByteView key, ByteView value) {
            ByteView rest = key.subspan(k_counted_key.size());
            if (rest.size() != ledger::ChannelId::k_size) return true;
            auto counted = CountedBlocks::decode(value);
            if (!counted) failure = damaged(counted.error());
            if (!counted) return false;
            meter(rest)->load(*counted);
            return true;
        }));
    return failure;
}

Status Metering::save() {
    if (database_ == nullptr) return {};
    auto batch = database_->batch();
    std::vector<std::pair<Meter*, Meter::Changes>> taken;
    for (const auto& [channel, meter] : meters()) {
        Meter::Changes changes = meter->take_changes();
        for (const auto& [day, usage] : changes.days) {
            batch->put(Table::meta, usage_key(channel, day), usage.encode());
        }
        for (Day day : changes.forgotten) batch->erase(Table::meta, usage_key(channel, day));
        if (changes.counted) {
            batch->put(Table::meta, counted_key(channel), changes.counted->encode());
        }
        const bool any = !changes.days.empty() || !changes.forgotten.empty() || changes.counted;
        if (any) taken.emplace_back(meter, std::move(changes));
    }
    if (taken.empty()) return {};
    Status written = database_->write(*batch);
    if (written) written = database_->sync();
    if (!written) {
        for (const auto& [meter, changes] : taken) meter->return_changes(changes);
    }
    return written;
}

}  // namespace bsn::gateway
