#pragma once
// Transactions on their way into a chain whose accounts count them. Clients send many of one
// account at once; they come in any order, and batches overtake one another, but the chain takes
// each only when it is its turn. So the pool keeps those that are early, and hands on the others in
// order, again if they came back as too early.
//
//     waiting  --turn-->  flying  --answered: on the chain-->  gone
//        ^                  |  '---answered: refused------->  gone
//        '---- too early ---'         (or the node was busy)
//
// Nothing is replaced: gas is not bid for here. What flies is the chain's to bound; it says when it
// is busy, and the pool tries again.

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "framework/chain.hpp"
#include "framework/ethereum/arguments.hpp"
#include "ledger/transaction.hpp"

#include <deque>
#include <map>
#include <mutex>
#include <unordered_map>

namespace bsn::framework::ethereum {

struct PoolLimits {
    std::size_t most_early = 1024;        ///< of one sender, with a gap before them
    std::size_t most_of_sender = 32'768;  ///< early and flying
    std::size_t most_transactions = 131'072;
    std::size_t most_bytes = 256U << 20;
    std::uint64_t early_ms = 180'000;       ///< after which an early one is forgotten
    std::size_t most_in_batch = 2000;       ///< that are handed on at once
    unsigned most_attempts = 100;           ///< of handing on one transaction
    std::uint64_t submit_timeout = 60'000;  ///< milliseconds, see `Chain::submit`
    std::size_t remembered_hashes = 8192;   ///< for those who ask what came
};

/// What waits for one chain. Any thread.
class TransactionPool {
  public:
    /// Hands transactions on to the chain, as `Chain::submit`.
    using Submit =
        std::function<void(std::vector<ledger::Transaction>, std::uint64_t timeout, SubmitDone)>;
    /// Is told of each transaction that was taken, in order; it only hands over.
    using Listener = std::function<void(const Hash&)>;

    /// Reader, clock and executor outlive it. `submit` is called from the executor.
    TransactionPool(const ChainReader& reader, Submit submit, Executor& executor,
                    const Clock& clock, const PoolLimits& limits = {});
    ~TransactionPool();
    TransactionPool(const TransactionPool&) = delete;
    TransactionPool& operator=(const TransactionPool&) = delete;

    /// Takes a transaction as `eth_sendRawTransaction` gets it; its hash, or why not, as geth.
    Answer<Hash> add(ByteView raw);

    /// The nonce that the account's next transaction should have.
    Result<std::uint64_t> pending_nonce(const Address& address) const;

    struct Pending {
        Transaction transaction;
        Address from;
    };
    /// A transaction that is in no block yet.
    std::optional<Pending> find(const Hash& hash) const;

    struct Counts {
        std::size_t pending = 0;  ///< flying
        std::size_t waiting = 0;  ///< early
    };
    Counts counts() const;
    /// At most so many, those that fly first. The flag: whether it flies.
    std::vector<std::pair<Pending, bool>> content(std::size_t most) const;

    /// Hashes of transactions taken since a moment, and the moment until which they were read. If
    /// more came than are remembered, the oldest are missing.
    std::vector<Hash> taken_since(std::uint64_t& moment) const;
    std::uint64_t moment() const;
    void set_listener(Listener listener);

    /// Forgets what waited too long, and tries again what the chain was too busy for. To be called
    /// about once a second.
    void tick();
    /// Takes and hands on nothing more; waits for what is being handed on.
    void close();

  private:
    struct State;
    const std::shared_ptr<State> state_;
};

}  // namespace bsn::framework::ethereum
