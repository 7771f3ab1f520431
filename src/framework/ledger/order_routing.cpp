// How ordered envelopes get from the ordering service to the replicas of their channels.

#include "base/log.hpp"
#include "framework/ledger/ledger_framework.hpp"
#include "peer/outbox.hpp"

#include <fmt/format.h>

namespace bsn::framework {

void LedgerFramework::consume(const ordering::OrderedHeight& ordered) {
    strand_.post([this, ordered] {
        queue_.push_back(ordered);
        pump();
    });
}

void LedgerFramework::pump() {
    while (!queue_.empty() && !system_at_work_ && !stopped_) {
        ordering::OrderedHeight ordered = std::move(queue_.front());
        queue_.pop_front();
        route(ordered);
    }
}

LedgerFramework::Items LedgerFramework::sort_by_channel(
    const ordering::OrderedHeight& ordered) const {
    Items items;
    for (std::uint32_t i = 0; i < ordered.envelopes.size(); ++i) {
        auto envelope = ledger::Envelope::decode(ordered.envelopes[i]);
        if (!envelope) {
            log_warn("framework", "envelope {} of ordering height {} dropped: {}", i,
                     ordered.height, envelope.error().message);
            continue;
        }
        const bool carried = envelope->kind == ledger::EnvelopeKind::carried;
        const bool system = envelope->channel == system_id_;
        if (carried != system && envelope->kind != ledger::EnvelopeKind::tick) {
            log_warn("framework", "envelope {} of ordering height {} dropped: wrong kind", i,
                     ordered.height);
            continue;
        }
        items[envelope->channel].push_back({i, std::move(*envelope)});
    }
    return items;
}

void LedgerFramework::route(const ordering::OrderedHeight& ordered) {
    Items items = sort_by_channel(ordered);
    std::vector<peer::Delivery::Item> system_items;
    if (auto system = items.find(system_id_); system != items.end()) {
        system_items = std::move(system->second);
        items.erase(system);
    }
    const std::uint64_t height = ordered.height;
    routed_ = height;
    routed_time_ = ordered.time;
    parts_left_[height] = 1;  // routing itself
    for (auto& [id, channel_items] : items) {
        Channel* channel = find(id);
        if (channel == nullptr || channel->left) continue;
        ++parts_left_[height];
        Status status = deliver(*channel, ordered, std::move(channel_items), [this, height] {
            strand_.post([this, height] { part_done(height); });
        });
        if (!status) return stop(status.error());
    }
    if (system_items.empty()) {
        system_done(height);
        return part_done(height);
    }
    system_at_work_ = true;
    Status status = deliver(*system_, ordered, std::move(system_items), [this, height] {
        strand_.post([this, height] {
            after_system(height);
            system_at_work_ = false;
            part_done(height);
            pump();
        });
    });
    if (!status) stop(status.error());
}

Status LedgerFramework::deliver(Channel& channel, const ordering::OrderedHeight& ordered,
                                std::vector<peer::Delivery::Item> items,
                                std::function<void()> done) {
    peer::Delivery delivery;
    delivery.orderer = ordered.orderer;
    delivery.era = ordered.era;
    delivery.height = ordered.height;
    delivery.time = ordered.time;
    delivery.items = std::move(items);
    const std::uint64_t through = ordered.height - 1;
    // One that was executed before a restart had its decisions then.
    const bool executed = ordered.height <= channel.replica->tip().order_height;
    if (through > channel.decisions_handed && !executed) {
        BSN_TRY(decisions, peer::decisions_about(system_->replica->latest_state(),
                                                 channel.replica->rules().channel,
                                                 channel.decisions_handed, through));
        delivery.controls = std::move(decisions.records);
        channel.decisions_handed = decisions.through;
    }
    delivery.controls_through = channel.decisions_handed;
    channel.replica->deliver(std::move(delivery), std::move(done));
    return {};
}

void LedgerFramework::on_executed(const peer::BuiltBlock& block) {
    std::lock_guard lock(decided_mutex_);
    for (const auto& [channel, record] : block.decisions) decided_.insert(channel);
}

void LedgerFramework::after_system(std::uint64_t height) {
    std::set<ledger::ChannelId> decided;
    {
        std::lock_guard lock(decided_mutex_);
        decided.swap(decided_);
    }
    registry::View next(system_id_);
    if (Status status = next.load(system_->replica->latest_state()); !status) {
        return stop(status.error());
    }
    for (const ledger::ChannelId& id : decided) {
        std::shared_ptr<const registry::App> app = next.app(id);
        if (id == system_id_) {
            note_system_peers(next);
            system_->replica->note_decision(height);
        } else if (app) {
            Status status = take_decision(app->record, height);
            if (!status) return stop(status.error());
        }
    }
    // Shown only now, so that whoever sees an app finds its chain running.
    view_.take(next);
    system_done(height);
}

Status LedgerFramework::take_decision(const registry::AppRecord& app, std::uint64_t height) {
    Channel* channel = find(app.channel);
    const bool member = is_peer_of(app);
    if (channel == nullptr) {
        if (!member || is_copying(app.channel)) return {};
        BSN_TRY(copied, wants_copy(app, routed_time_));
        if (copied) return begin_copy(app);
        BSN_CHECK(open_app(app));
        log_info("framework", "channel opened app={} channel={}", app.name, to_hex(app.channel));
        return catch_up(*find(app.channel), height);
    }
    const bool was_member = std::exchange(channel->member, member);
    if (!member && !was_member) return {};
    if (member) channel->last_own = app.epoch.epoch;
    channel->replica->note_peers(
        {std::make_shared<const ledger::EpochRecord>(app.epoch), channel->last_own});
    channel->replica->note_decision(height);
    return was_member ? Status() : catch_up(*channel, height);
}

Status LedgerFramework::catch_up(Channel& channel, std::uint64_t through) {
    const peer::Tip tip = channel.replica->tip();
    const std::uint64_t from = tip.order_height + 1;
    if (from > through) return {};
    // What was dropped meanwhile had decisions with it.
    channel.decisions_handed = tip.controls_through;
    const ledger::ChannelId& id = channel.replica->rules().channel;
    log_info("framework", "channel={} catches up with ordering heights {} to {}", to_hex(id), from,
             through);
    BSN_CHECK(apply_again_from(from - 1));
    ++parts_left_[from];
    Status delivered;
    BSN_CHECK(services_.orderer.revisit(from, through, [&](const ordering::OrderedHeight& ordered) {
        Items items = sort_by_channel(ordered);
        auto found = items.find(id);
        if (!delivered || found == items.end()) return;
        delivered = deliver(channel, ordered, std::move(found->second), [] {});
    }));
    BSN_CHECK(delivered);
    // Behind all of them: a delivery of nothing.
    peer::Delivery last;
    last.height = through;
    channel.replica->deliver(std::move(last),
                             [this, from] { strand_.post([this, from] { part_done(from); }); });
    return {};
}

void LedgerFramework::system_done(std::uint64_t height) {
    {
        std::lock_guard lock(decided_mutex_);
        system_through_ = std::max(system_through_, height);
    }
    view_.note_seen({height, routed_time_, services_.clock.monotonic()});
    system_went_on_.notify_all();
}

Status LedgerFramework::await_system(std::uint64_t order_height) {
    std::unique_lock lock(decided_mutex_);
    system_went_on_.wait(
        lock, [&] { return system_through_ >= order_height || !alarm_.empty() || waits_ended_; });
    if (system_through_ >= order_height) return {};
    return Error{Code::unavailable, alarm_.empty() ? "this node stops" : alarm_};
}

void LedgerFramework::part_done(std::uint64_t height) {
    auto found = parts_left_.find(height);
    if (found == parts_left_.end() || --found->second > 0) return;
    parts_left_.erase(found);
    // Heights are routed in order, so all below the first unfinished one are applied.
    if (parts_left_.empty()) {
        applied_ = std::max<std::uint64_t>(applied_, height);
    } else {
        applied_ = std::max<std::uint64_t>(applied_, parts_left_.begin()->first - 1);
    }
}

void LedgerFramework::stop(const Error& why) {
    stopped_ = true;
    {
        std::lock_guard lock(decided_mutex_);
        alarm_ = why.message;
    }
    system_went_on_.notify_all();
    log_error("framework", "this node stopped taking ordered envelopes: {}", why.message);
}

}  // namespace bsn::framework
