#pragma once
// Who waits for transactions to be on the chain.

#include "framework/fabric/client/checked_block.hpp"

#include <map>
#include <memory>
#include <mutex>

namespace bsn::framework::fabric {

/// Any thread may call any member; callbacks come from the thread that brings the news.
class CommitWaiters {
  public:
    /// Where a transaction is on the chain.
    struct Committed {
        TransactionView view;
        protos::TxValidationCode code = protos::VALID;
    };
    using Done = std::function<void(Result<Committed>)>;

    explicit CommitWaiters(std::size_t most) : most_(most) {}

    /// Waits for a transaction until a time (monotonic, ms). True: the caller sends it; false: the
    /// same is on its way already. `duplicate`: another transaction of this id is (unless `joins`:
    /// then that one is waited for); `overloaded`. `done` is not called if this is an error.
    Result<bool> enter(const std::string& transaction_id,
                       std::shared_ptr<const common::Envelope> envelope, std::uint64_t until,
                       Done done, bool joins = false);
    /// An orderer has taken it. It may forget it, if it is killed before others know: then the
    /// transaction is sent again, from that time on (monotonic, ms).
    void taken(const std::string& transaction_id, std::uint64_t again);
    /// What is due at this time (monotonic, ms) or before is due now; false if nothing is.
    bool hasten(std::uint64_t time);
    /// An orderer was lost: all that any has taken is due.
    void all_are_due();
    /// What is due, by its id, and is due again at `again`; at most so many at a time.
    std::vector<std::pair<std::string, std::shared_ptr<const common::Envelope>>> due(
        std::uint64_t now, std::uint64_t again, std::size_t most);
    /// Tells those who wait for a transaction that was found on the chain.
    void found(const CheckedBlock& block, std::size_t index);
    /// Tells those who wait for transactions of this block; false if nobody does.
    bool look_at(const CheckedBlock& block);
    /// It will not be on the chain, as far as is known here.
    void fail(const std::string& transaction_id, const Error& error);
    /// Tells those whose time is over.
    void tick(std::uint64_t now);
    /// Tells everybody that nobody knows; from now on nobody waits.
    void close();
    std::size_t size() const;

  private:
    struct Waiter {
        std::uint64_t until = 0;
        Done done;
    };
    struct Waiting {
        std::shared_ptr<const common::Envelope> envelope;
        std::optional<std::uint64_t> again;  ///< none: no orderer has taken it yet
        std::vector<Waiter> waiters;
    };

    const std::size_t most_;
    mutable std::mutex mutex_;  ///< guards what follows
    std::map<std::string, Waiting> waiting_;
    std::size_t count_ = 0;
    bool closed_ = false;
};

}  // namespace bsn::framework::fabric
