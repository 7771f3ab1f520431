#include "framework/ledger/channel_copier.hpp"

#include "base/log.hpp"

namespace bsn::framework {
namespace {

/// A peer that has just become one may be unknown to the others for a moment.
constexpr int k_attempts = 6;
constexpr auto k_pause = std::chrono::milliseconds(500);

}  // namespace

void ChannelCopier::add(Job job) {
    auto work = std::make_shared<Work>(std::move(job));
    std::lock_guard lock(mutex_);
    if (stopping_) return;
    waiting_.push_back(std::move(work));
    if (!thread_.joinable()) thread_ = std::thread([this] { this->work(); });
    wake_.notify_all();
}

void ChannelCopier::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    source_.stop_copies();
    if (thread_.joinable()) thread_.join();
}

std::map<ledger::ChannelId, CopyProgress> ChannelCopier::progress() const {
    std::lock_guard lock(mutex_);
    std::map<ledger::ChannelId, CopyProgress> all;
    for (const auto& work : waiting_) {
        all[work->job.target.rules.channel] = {work->taker.height(), work->taker.last()};
    }
    return all;
}

void ChannelCopier::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (stopping_) return;
        const std::shared_ptr<Work> at_work = waiting_.front();
        lock.unlock();
        Result<peer::Tip> copied = copy(*at_work);
        lock.lock();
        if (stopping_) return;
        waiting_.pop_front();
        lock.unlock();
        at_work->job.done(std::move(copied));
        lock.lock();
    }
}

Result<peer::Tip> ChannelCopier::copy(Work& work) {
    Error last{Code::unavailable, "the channel has no other peers"};
    for (int attempt = 0; attempt < k_attempts; ++attempt) {
        BSN_TRY(peers, work.job.peers());
        for (const ledger::NodeId& peer : peers) {
            if (stopped_within(std::chrono::milliseconds(0))) return last;
            auto copied = copy_from(peer, work);
            if (copied) return copied;
            last = copied.error();
            log_warn("framework", "no copy of channel {} from node {}: {}",
                     to_hex(work.job.target.rules.channel), to_hex(peer), last.message);
        }
        if (stopped_within(k_pause)) return last;
    }
    return last;
}

Result<peer::Tip> ChannelCopier::copy_from(const ledger::NodeId& peer, Work& work) {
    BSN_CHECK(work.taker.begin());
    BSN_CHECK(source_.read_copy(peer, work.job.target.rules.channel,
                                [&](ByteView piece) { return work.taker.take(piece); }));
    return work.taker.finish();
}

bool ChannelCopier::stopped_within(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return wake_.wait_for(lock, time, [this] { return stopping_; });
}

}  // namespace bsn::framework
