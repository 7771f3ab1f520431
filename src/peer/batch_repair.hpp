#pragma once
// Fetches again what the batch log of this node has lost, for readers of blocks that were executed
// long ago. (A block that is still to be executed waits for its batches: `Replica::batch_for`.)

#include "peer/intake.hpp"

#include <mutex>

namespace bsn::peer {

/// Any thread may call any member.
class BatchRepair {
  public:
    BatchRepair(const ReplicaServices& services, const ChannelRules& rules, BatchPool& batches)
        : services_(services), rules_(rules), batches_(batches) {}

    /// Asks the other peers for a batch that is damaged here, unless they were asked a moment ago.
    /// Answers what to tell the reader: `unavailable` while there is hope, then `why` itself.
    Error request(const ledger::Hash& digest, const ledger::EpochRecord& peers, const Error& why);
    /// Stores a batch that was asked for, if it is the right one.
    void receive(const ordering::BatchAnswer& answer);

  private:
    struct Wanted {
        std::uint64_t since = 0;  ///< monotonic milliseconds
        std::uint64_t asked = 0;
        bool storing = false;
    };

    bool begin_storing(const ledger::Hash& digest);
    void stored(const ledger::Hash& digest, const Status& durable);

    const ReplicaServices& services_;
    const ChannelRules& rules_;
    BatchPool& batches_;
    std::mutex mutex_;
    std::map<ledger::Hash, Wanted> wanted_;
};

}  // namespace bsn::peer
