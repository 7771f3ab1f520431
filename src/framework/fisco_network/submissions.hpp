#pragma once
// Transactions on their way to a FISCO BCOS network outside, and who waits for them.

#include "base/executor.hpp"
#include "framework/fisco_network/group_client.hpp"

#include <map>

namespace bsn::framework::fisco_network {

/// Whether transactions of a key are taken now.
using MayWrite = std::function<Status(const crypto::PublicKey& signer)>;

/// Sends on threads of its own; any thread may submit. One thread calls `look_at` and `tick`.
class Submissions {
  public:
    /// A transaction was found, its block checked: called before whoever waits is told.
    using Found = std::function<void(std::uint64_t height)>;

    Submissions(GroupClient& client, Found found, MayWrite may_write);
    ~Submissions();
    Submissions(const Submissions&) = delete;
    Submissions& operator=(const Submissions&) = delete;

    /// As `Chain::submit`.
    void submit(std::vector<Bytes> transactions, std::uint64_t timeout, SubmitDone done);
    /// Settles those that wait and are among the transactions of a block.
    void look_at(const std::vector<ledger::Hash>& transactions);
    /// Whether anybody waits.
    bool any() const;
    /// Tells those whose time is over.
    void tick();
    /// Tells everybody that nobody knows. Later submissions get the same answer.
    void close();

  private:
    /// The answers of one call of `submit`: it is answered when all are there.
    struct Batch {
        std::mutex mutex;
        std::vector<std::optional<Result<TransactionView>>> answers;
        std::size_t missing = 0;
        SubmitDone done;
    };
    struct Waiter {
        std::shared_ptr<Batch> batch;
        std::size_t place = 0;
        std::uint64_t until = 0;  ///< monotonic
    };
    struct Waiting {
        Bytes bytes;
        std::vector<Waiter> waiters;
        bool sending = false;
    };

    static void answer(const Waiter& waiter, const Result<TransactionView>& answer);
    Result<ledger::Hash> admit(ByteView transaction) const;
    void enter(const ledger::Hash& hash, const Bytes& bytes, Waiter waiter);
    void send(const ledger::Hash& hash);
    /// Tells those who wait for a transaction, if it is in a block.
    bool settle(const ledger::Hash& hash);
    void tell(const ledger::Hash& hash, const Result<TransactionView>& answer);

    GroupClient& client_;
    const Found found_;
    const MayWrite may_write_;
    const SystemClock clock_;
    mutable std::mutex mutex_;  ///< guards the next two
    std::map<ledger::Hash, Waiting> waiting_;
    bool closed_ = false;
    ThreadPool senders_;  ///< last: its tasks use all of the above
};

}  // namespace bsn::framework::fisco_network
