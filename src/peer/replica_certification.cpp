// How a replica's blocks become certified, and what follows from that.

#include "base/codec.hpp"
#include "base/log.hpp"
#include "peer/replica.hpp"

#include <algorithm>

namespace bsn::peer {
namespace {

constexpr std::uint64_t k_vote_again_ms = 1'000;
constexpr std::uint64_t k_tick_request_ms = 1'000;
/// Votes on blocks that this peer has not executed yet; beyond it they are asked for again later.
constexpr std::size_t k_max_early_heights = 256;
constexpr std::size_t k_max_early_votes = 1'000;

}  // namespace

Replica::Uncertified* Replica::find_uncertified(ledger::Height height) {
    if (uncertified_.empty() || height < uncertified_.front().header.height) return nullptr;
    std::size_t index = height - uncertified_.front().header.height;
    return index < uncertified_.size() ? &uncertified_[index] : nullptr;
}

void Replica::on_durable(ledger::Height height) {
    if (stopped_) return;
    Uncertified* block = find_uncertified(height);
    if (block == nullptr) return;
    block->durable = true;
    vote(*block, false);
    if (auto early = early_.find(height); early != early_.end()) {
        auto votes = std::move(early->second);
        early_.erase(early);
        for (const auto& [from, one] : votes) receive_vote(from, one);
    }
    certify_ready();
}

void Replica::vote(Uncertified& block, bool wants_answer) {
    const ledger::NodeId& own = services_.identity.id();
    const ledger::EpochRecord& epoch = block.votes.epoch();
    block.sent = services_.clock.monotonic();
    if (!epoch.index_of(own)) return;
    ordering::HeaderVote vote{block.header.epoch, block.header.height, block.votes.hash(),
                              services_.identity.sign_all(epoch, block.votes.statement()),
                              wants_answer};
    if (Status added = block.votes.add(own, vote); !added) {
        log_debug("peer", "own vote does not count: {}", added.error().message);
        return;
    }
    for (const ledger::EpochPeer& peer : epoch.peers) {
        if (peer.node != own) services_.network.send(peer.node, setup_.rules.channel, vote);
    }
}

void Replica::receive_vote(const ledger::NodeId& from, const ordering::HeaderVote& vote) {
    if (stopped_) return;
    Uncertified* block = find_uncertified(vote.height);
    if (block == nullptr) {
        if (vote.height > tip_.height) {
            if (early_.size() < k_max_early_heights || early_.contains(vote.height)) {
                auto& votes = early_[vote.height];
                if (votes.size() < k_max_early_votes) votes.emplace_back(from, vote);
            }
        } else if (vote.wants_answer) {
            answer_vote(from, vote);
        }
        return;
    }
    if (!block->votes.has_vote_of(from)) {
        if (Status added = block->votes.add(from, vote); !added) {
            log_warn("peer", "header vote: {}", added.error().message);
            if (block->votes.outvoted()) {
                stop({Code::corrupted,
                      "this replica has diverged: the other peers certified another header at "
                      "height " +
                          std::to_string(vote.height) + "; rebuild the channel on this node"});
                return;
            }
        }
    }
    if (vote.wants_answer && block->durable) answer_vote(from, vote);
    certify_ready();
}

void Replica::answer_vote(const ledger::NodeId& from, const ordering::HeaderVote& vote) {
    auto block = blocks_.block(vote.height);
    if (!block || !*block) return;
    const ledger::Header& header = (*block)->header;
    auto epoch = epoch_record(header.epoch);
    if (!epoch || !(*epoch)->index_of(services_.identity.id())) return;
    ledger::Hash hash = header.hash();
    services_.network.send(
        from, setup_.rules.channel,
        ordering::HeaderVote{header.epoch, header.height, hash,
                             services_.identity.sign_all(**epoch, header_statement(header, hash)),
                             false});
}

void Replica::certify_ready() {
    while (!stopped_ && !uncertified_.empty() && uncertified_.front().durable &&
           uncertified_.front().votes.complete()) {
        certify_front();
    }
}

void Replica::certify_front() {
    auto changes = services_.database.batch();
    blocks_.put_certificates(*changes, uncertified_.front().header.height,
                             uncertified_.front().votes.certificates());
    if (Status status = services_.database.write(*changes); !status) {
        stop(status.error());
        return;
    }
    Uncertified block = std::move(uncertified_.front());
    uncertified_.pop_front();
    uncertified_count_ = uncertified_.size();
    std::vector<std::function<void()>> wakes;
    {
        std::lock_guard lock(view_mutex_);
        certified_.height = block.header.height;
        certified_.hash = block.votes.hash();
        certified_.time = block.header.time;
        certified_.controls_through = std::max(certified_.controls_through, block.controls_through);
        certified_snapshot_ = uncertified_.empty() ? nullptr : block.after;
        if (uncertified_.empty() || block.after) recovering_ = false;
        std::erase_if(height_waiters_, [&](auto& waiter) {
            if (waiter.first > certified_.height) return false;
            wakes.push_back(std::move(waiter.second));
            return true;
        });
    }
    answer_waiters(block);
    for (const auto& wake : wakes) wake();
}

void Replica::answer_waiters(const Uncertified& block) {
    if (waiters_.size() == 0) return;
    for (std::size_t i = 0; i < block.admitted.size(); ++i) {
        const ledger::TxId& id = block.admitted[i].id;
        if (!waiters_.waits_for(id)) continue;
        auto receipt = ledger::Receipt::decode(block.receipts[i]);
        if (!receipt) {
            waiters_.answer(id, receipt.error());
            continue;
        }
        waiters_.answer(id, Answer{id, block.header.height, static_cast<std::uint32_t>(i),
                                   block.header.time, std::move(*receipt)});
    }
    for (const Refused& refused : block.refused) {
        if (!waiters_.waits_for(refused.id)) continue;
        auto place = blocks_.find(refused.id);
        if (place && *place) {
            // The same bytes came through another node as well, and were executed first there.
            if ((*place)->height <= block.header.height) {
                waiters_.answer(refused.id, answer_at(refused.id, **place));
            }
            continue;
        }
        waiters_.answer(refused.id, refused.why);
    }
}

void Replica::when_certified(ledger::Height height, std::function<void()> wake) {
    {
        std::lock_guard lock(view_mutex_);
        if (certified_.height < height) {
            height_waiters_.emplace_back(height, std::move(wake));
            return;
        }
    }
    wake();
}

Result<std::shared_ptr<const ledger::EpochRecord>> Replica::epoch_record(
    ledger::Epoch epoch) const {
    std::shared_ptr<const ledger::EpochRecord> current = access_.epoch();
    if (current && current->epoch == epoch) return current;
    Writer key(9);
    key.u8('e');
    key.u64(epoch);
    BSN_TRY(stored, stored_.get(k_control_namespace, key.view()));
    if (!stored) return Error{Code::not_found, "no such epoch: " + std::to_string(epoch)};
    BSN_TRY(record, ledger::decode_control(*stored));
    const auto* control = std::get_if<ledger::EpochControl>(&record);
    if (control == nullptr) return Error{Code::corrupted, "epoch record damaged"};
    return std::make_shared<const ledger::EpochRecord>(control->record);
}

void Replica::tick_on_strand() {
    if (stopped_) return;
    std::uint64_t now = services_.clock.monotonic();
    for (Uncertified& block : uncertified_) {
        if (block.durable && now - block.sent > k_vote_again_ms) vote(block, true);
    }
    if (!queue_.empty() && !fetching_.empty()) pump();
    waiters_.expire(view().time, now);
    std::optional<UnixMillis> earliest = waiters_.earliest_valid_until();
    bool expiry_due = earliest && *earliest < services_.clock.now();
    if ((expiry_due || decisions_wait()) && now - last_tick_request_ > k_tick_request_ms) {
        request_tick_if_idle();
    }
}

void Replica::request_tick_if_idle() {
    // Otherwise a block is on its way already.
    if (stopped_ || !uncertified_.empty() || !queue_.empty()) return;
    last_tick_request_ = services_.clock.monotonic();
    intake_.request_tick(tip_.height);
}

}  // namespace bsn::peer
