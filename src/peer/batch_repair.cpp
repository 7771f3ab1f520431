#include "peer/batch_repair.hpp"

#include "base/log.hpp"

#include <fmt/format.h>

namespace bsn::peer {
namespace {

constexpr std::uint64_t k_ask_again_ms = 500;
/// After so long without a repair the reader is told of the damage; reading again asks again.
constexpr std::uint64_t k_hope_ms = 5'000;
/// Batches that may be on their way at once; beyond it readers come again.
constexpr std::size_t k_max_wanted = 256;

}  // namespace

Error BatchRepair::request(const ledger::Hash& digest, const ledger::EpochRecord& peers,
                           const Error& why) {
    if (peers.peers.size() == 1) return why;
    const std::uint64_t now = services_.clock.monotonic();
    bool ask = false;
    bool hope = true;
    {
        std::lock_guard lock(mutex_);
        auto found = wanted_.find(digest);
        if (found == wanted_.end() && wanted_.size() >= k_max_wanted) {
            // What nobody has served is asked for again when it is read again.
            std::erase_if(wanted_, [&](const auto& one) {
                return !one.second.storing && now - one.second.since > k_hope_ms;
            });
        }
        if (found == wanted_.end() && wanted_.size() < k_max_wanted) {
            wanted_.emplace(digest, Wanted{now, now});
            ask = true;
            log_warn("peer", "batch is damaged and fetched again: {}", why.message);
        } else if (found != wanted_.end()) {
            hope = now - found->second.since <= k_hope_ms;
            ask = now - found->second.asked > k_ask_again_ms;
            if (ask) found->second.asked = now;
        }
    }
    if (ask) {
        for (const ledger::EpochPeer& peer : peers.peers) {
            if (peer.node == services_.identity.id()) continue;
            services_.network.send(peer.node, rules_.channel, ordering::BatchRequest{digest});
        }
    }
    if (!hope) {
        return {why.code, why.message + "; no other node of the app has served it so far"};
    }
    return {Code::unavailable, fmt::format("batch {} is damaged on this node and being fetched "
                                           "from other peers, try again ({})",
                                           to_hex(digest), why.message)};
}

void BatchRepair::receive(const ordering::BatchAnswer& answer) {
    {
        std::lock_guard lock(mutex_);
        if (!wanted_.contains(answer.digest)) return;
    }
    check_batch(services_.pool, rules_, answer.batch,
                [this, digest = answer.digest](const Result<BatchPool::Batch>& batch) {
                    if (!batch || (*batch)->digest != digest || !begin_storing(digest)) return;
                    batches_.persist(
                        *batch, [this, digest](const Status& durable) { stored(digest, durable); });
                });
}

bool BatchRepair::begin_storing(const ledger::Hash& digest) {
    std::lock_guard lock(mutex_);
    auto found = wanted_.find(digest);
    if (found == wanted_.end() || found->second.storing) return false;
    found->second.storing = true;
    return true;
}

void BatchRepair::stored(const ledger::Hash& digest, const Status& durable) {
    std::lock_guard lock(mutex_);
    auto found = wanted_.find(digest);
    if (found == wanted_.end()) return;
    if (durable) {
        wanted_.erase(found);
        log_info("peer", "batch {} is repaired", to_hex(digest));
    } else {
        found->second.storing = false;
        log_error("peer", "batch not repaired: {}", durable.error().message);
    }
}

}  // namespace bsn::peer
