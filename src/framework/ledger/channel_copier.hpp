#pragma once
// Takes copies of channels from other nodes, one after the other, on a thread of its own: it waits
// for the network, for the disk, and for the permission chain to come as far as what it reads.

#include "peer/channel_copy.hpp"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

namespace bsn::framework {

/// How far a copy is.
struct CopyProgress {
    ledger::Height height = 0;  ///< taken so far
    ledger::Height last = 0;    ///< to be taken; 0: not known yet
};

/// Any thread may call any member.
class ChannelCopier {
  public:
    struct Job {
        peer::CopyTarget target;
        /// Whom to ask, in this order; asked anew for each attempt.
        std::function<Result<std::vector<ledger::NodeId>>()> peers;
        /// Told by the copier's thread; it should only post.
        std::function<void(Result<peer::Tip>)> done;
    };

    explicit ChannelCopier(peer::CopySource& source) : source_(source) {}
    ~ChannelCopier() { stop(); }

    /// A channel once at a time.
    void add(Job job);
    /// Ends the work at hand; what was not done is told nothing.
    void stop();
    /// The channels that are copied or wait for it.
    std::map<ledger::ChannelId, CopyProgress> progress() const;

  private:
    struct Work {
        explicit Work(Job what) : job(std::move(what)), taker(job.target) {}
        Job job;
        peer::CopyTaker taker;
    };

    void work();
    /// Asks all peers, several times; the error is the last one's.
    Result<peer::Tip> copy(Work& work);
    Result<peer::Tip> copy_from(const ledger::NodeId& peer, Work& work);
    bool stopped_within(std::chrono::milliseconds time);

    peer::CopySource& source_;
    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::shared_ptr<Work>> waiting_;  ///< the first is at work
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace bsn::framework
