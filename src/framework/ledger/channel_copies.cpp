// Channels that this node becomes a peer of when they have a past, or whose data it has lost: they
// are copied from another peer, and opened when that is done.

#include "base/log.hpp"
#include "framework/ledger/ledger_framework.hpp"
#include "peer/database_keys.hpp"
#include "peer/rebuild.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::framework {
namespace {

/// So long ago a height was ordered if a node that reads it is far behind. What has happened since
/// is copied faster than it is executed.
constexpr UnixMillis k_far_behind_ms = 30'000;

}  // namespace

Result<bool> LedgerFramework::wants_copy(const registry::AppRecord& app, UnixMillis as_of) const {
    if (!copier_ || !is_peer_of(app) || app.epoch.peers.size() < 2) return false;
    BSN_TRY(first, creation_of(app));
    const bool has_past = system_->replica->tip().order_height > first.height;
    const bool is_past = as_of != 0 && services_.clock.now() > as_of + k_far_behind_ms;
    if (!has_past && !is_past) return false;
    BSN_TRY(prefix, find_prefix(app.channel));
    if (!prefix) return true;
    BSN_TRY(marked, peer::is_marked_for_rebuild(services_.database, *prefix));
    BSN_TRY(tip, services_.database.get(store::Table::meta, peer::tip_key(*prefix)));
    return marked || !tip;
}

Status LedgerFramework::begin_copy(const registry::AppRecord& app) {
    BSN_TRY(prefix, prefix_of(app.channel));
    BSN_TRY(first, creation_of(app));
    const ledger::ChannelId channel = app.channel;
    peer::CopyTarget target{
        app_rules(app),
        services_.database,
        services_.batch_log,
        services_.syncer,
        prefix,
        std::move(first),
        [this, channel](std::uint64_t after, std::uint64_t below) -> Result<peer::Decisions> {
            BSN_CHECK(await_system(below));
            return peer::decisions_about(system_->replica->latest_state(), channel, after,
                                         below - 1);
        }};
    {
        std::lock_guard lock(decided_mutex_);
        copying_.insert(channel);
    }
    log_info("framework", "channel is copied from another peer app={} channel={}", app.name,
             to_hex(channel));
    copier_->add({std::move(target), [this, channel] { return peers_so_far(channel); },
                  [this, channel](Result<peer::Tip> copied) {
                      strand_.post([this, channel, copied = std::move(copied)] {
                          Status opened = end_copy(channel, copied);
                          if (!opened) stop(opened.error());
                      });
                  }});
    return {};
}

Status LedgerFramework::end_copy(const ledger::ChannelId& channel,
                                 const Result<peer::Tip>& copied) {
    std::shared_ptr<const registry::App> app = view_.app(channel);
    if (!app) return Error{Code::internal, "a channel was copied that no app has"};
    if (copied) {
        // In this order: a crash in between copies again, and leaves no gap behind the copy.
        BSN_CHECK(apply_again_from(copied->order_height));
        BSN_TRY(prefix, prefix_of(channel));
        BSN_CHECK(peer::end_rebuild(services_.database, prefix));
        log_info("framework", "channel copied app={} channel={} height={}", app->record.name,
                 to_hex(channel), copied->height);
    } else {
        log_warn("framework", "channel begins anew from the order app={} channel={}: {}",
                 app->record.name, to_hex(channel), copied.error().message);
    }
    BSN_CHECK(open_app(app->record));
    {
        std::lock_guard lock(decided_mutex_);
        copying_.erase(channel);
    }
    return catch_up(*find(channel), routed_);
}

Result<std::vector<ledger::NodeId>> LedgerFramework::peers_so_far(
    const ledger::ChannelId& channel) const {
    std::vector<ledger::NodeId> nodes;  // the newest epoch's last
    BSN_CHECK(visit_epochs(channel, [&](const ledger::EpochRecord& record) {
        for (const ledger::EpochPeer& peer : record.peers) {
            std::erase(nodes, peer.node);
            if (peer.node != services_.identity.id()) nodes.push_back(peer.node);
        }
    }));
    std::reverse(nodes.begin(), nodes.end());
    return nodes;
}

bool LedgerFramework::is_copying(const ledger::ChannelId& channel) const {
    std::lock_guard lock(decided_mutex_);
    return copying_.contains(channel);
}

Status LedgerFramework::write_copy(const ledger::NodeId& to, const ledger::ChannelId& channel,
                                   const peer::CopySink& sink) const {
    auto check = [&]() -> Status {
        std::shared_ptr<const registry::App> app = view_.app(channel);
        if (app && app->record.epoch.index_of(to)) return {};
        return Error{Code::forbidden,
                     fmt::format("node {} has no part in channel {}", to_hex(to), to_hex(channel))};
    };
    BSN_CHECK(check());
    for (const auto& [id, replica] : replicas()) {
        if (id != channel) continue;
        return replica->write_copy([&](ByteView piece) -> Status {
            BSN_CHECK(check());
            return sink(piece);
        });
    }
    return Error{Code::unavailable, "this node has no data of the channel yet"};
}

std::map<ledger::ChannelId, CopyProgress> LedgerFramework::copying() const {
    std::map<ledger::ChannelId, CopyProgress> all;
    if (copier_) all = copier_->progress();
    std::lock_guard lock(decided_mutex_);
    for (const ledger::ChannelId& channel : copying_) all.try_emplace(channel);
    return all;
}

}  // namespace bsn::framework
