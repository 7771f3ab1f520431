// How a replica's blocks become certified, and what follows from that.

#include "base/codec.hpp"
#include "base/log.hpp"
#include "peer/replica.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::peer {
namespace {

constexpr std::uint64_t k_vote_again_ms = 1'000;
constexpr std::uint64_t k_tick_request_ms = 1'000;
/// For so long other headers of the other peers may be explained by void votes yet to be read.
constexpr std::uint64_t k_diverged_after_ms = 10'000;
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
    if (!started_) return;
    ordering::HeaderVote vote{
        block.header.epoch, block.header.height, block.votes.hash(), {}, wants_answer};
    if (epoch.index_of(own) && may_sign(block)) {
        vote.signatures = services_.identity.sign_all(epoch, block.votes.statement());
        if (Status added = block.votes.add(own, vote); !added) {
            log_debug("peer", "own vote does not count: {}", added.error().message);
            return;
        }
    } else {
        vote.wants_answer = true;  // certified by the others' votes
    }
    for (const ledger::NodeId& node : others_with(epoch)) {
        services_.network.send(node, setup_.rules.channel, vote);
    }
}

bool Replica::may_sign(const Uncertified& block) const {
    // A header stands for all blocks below it. So those below that this peer may not sign itself
    // (of the epoch before, or executed by a node that may have promised the contrary) have to be
    // certified first.
    for (const Uncertified& one : uncertified_) {
        const ledger::EpochRecord& epoch = one.votes.epoch();
        const bool may_contradict = !one.executed.empty() &&
                                    one.header.position.height <= silent_through_ &&
                                    epoch.quorum() < epoch.peers.size();
        if (may_contradict || one.header.epoch != block.header.epoch) return false;
        if (one.header.height == block.header.height) return true;
    }
    return true;
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
            answer_with_certificates(from, vote);
        }
        return;
    }
    take_vote(*block, from, vote);
    if (vote.wants_answer && block->durable && block->votes.has_vote_of(services_.identity.id())) {
        answer_vote(from, *block);
    }
    certify_ready();
}

void Replica::take_vote(Uncertified& block, const ledger::NodeId& from,
                        const ordering::HeaderVote& vote) {
    Status taken;
    if (!vote.certificates.empty()) {
        taken = block.votes.adopt(vote.header, vote.certificates);
    } else if (!vote.signatures.empty()) {
        taken = block.votes.add(from, vote);
    }
    if (!taken) log_warn("peer", "header vote: {}", taken.error().message);
    if (!block.votes.outvoted()) {
        block.outvoted_since.reset();
    } else if (!block.outvoted_since) {
        block.outvoted_since = services_.clock.monotonic();
    }
}

void Replica::stop_if_diverged() {
    std::uint64_t now = services_.clock.monotonic();
    for (const Uncertified& block : uncertified_) {
        if (!block.outvoted_since || now - *block.outvoted_since < k_diverged_after_ms) continue;
        if (!block.votes.certified_otherwise()) return tell_disagreement(block.header.height);
        stop({Code::corrupted, fmt::format("this replica has diverged: the other peers certified "
                                           "another header at height {}; rebuild the channel on "
                                           "this node",
                                           block.header.height)});
        return;
    }
}

void Replica::tell_disagreement(ledger::Height height) {
    std::lock_guard lock(view_mutex_);
    if (!alarms_.disagreement.empty()) return;
    alarms_.disagreement =
        fmt::format("the peers disagree about block {}: no header of it has a quorum", height);
    log_error("peer", "channel={}: {}", to_hex(setup_.rules.channel), alarms_.disagreement);
}

void Replica::answer_vote(const ledger::NodeId& to, const Uncertified& block) {
    services_.network.send(to, setup_.rules.channel,
                           ordering::HeaderVote{block.header.epoch,
                                                block.header.height,
                                                block.votes.hash(),
                                                services_.identity.sign_all(
                                                    block.votes.epoch(), block.votes.statement()),
                                                false,
                                                {}});
}

void Replica::answer_with_certificates(const ledger::NodeId& to, const ordering::HeaderVote& vote) {
    auto block = blocks_.block(vote.height);
    auto certificates = blocks_.certificates(vote.height);
    if (!block || !*block || !certificates || !*certificates) return;
    const ledger::Header& header = (*block)->header;
    services_.network.send(
        to, setup_.rules.channel,
        ordering::HeaderVote{
            header.epoch, header.height, header.hash(), {}, false, std::move(**certificates)});
}

void Replica::certify_ready() {
    while (!stopped_ && !uncertified_.empty() && uncertified_.front().durable &&
           uncertified_.front().votes.complete()) {
        if (!certify_front()) return;
    }
}

bool Replica::certify_front() {
    auto changes = services_.database.batch();
    blocks_.put_certificates(*changes, uncertified_.front().header.height,
                             uncertified_.front().votes.certificates());
    if (Status status = services_.database.write(*changes); !status) {
        if (status.error().code == Code::no_space) {
            wait_for_space(status.error());
        } else {
            stop(status.error());
        }
        return false;
    }
    space_is_there();
    Uncertified block = std::move(uncertified_.front());
    uncertified_.pop_front();
    void_votes_.forget_through(block.header.position.height);
    // Those that had to wait for this one.
    for (Uncertified& next : uncertified_) {
        if (next.durable && !next.votes.has_vote_of(services_.identity.id()) && may_sign(next)) {
            vote(next, false);
        }
    }
    uncertified_count_ = uncertified_.size();
    std::vector<std::function<void()>> wakes;
    {
        std::lock_guard lock(view_mutex_);
        alarms_.disagreement.clear();
        certified_.height = block.header.height;
        certified_.hash = block.votes.hash();
        certified_.time = block.header.time;
        certified_.controls_through = std::max(certified_.controls_through, block.controls_through);
        certified_snapshot_ = uncertified_.empty() ? nullptr : block.after;
        if (setup_.past_views > 0 && block.after) {
            past_.push_back({block.header.height, block.header.time, block.after});
            if (past_.size() > setup_.past_views + 1) past_.pop_front();
        }
        if (uncertified_.empty() || block.after) recovering_ = false;
        std::erase_if(height_waiters_, [&](auto& waiter) {
            if (waiter.first > certified_.height) return false;
            wakes.push_back(std::move(waiter.second));
            return true;
        });
    }
    answer_waiters(block);
    for (const auto& wake : wakes) wake();
    return true;
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
    stop_if_diverged();
    certify_ready();  // perhaps there was no space when its votes were complete
    if (!queue_.empty()) pump();
    waiters_.expire(view().time, now, intake_.delay());
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
