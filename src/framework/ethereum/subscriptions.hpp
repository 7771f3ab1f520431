#pragma once
// What clients over a standing connection asked to be told of: new heads, logs, transactions taken.
// One wait for the next block serves them all, and each block is read once.

#include "framework/ethereum/log_search.hpp"
#include "framework/ethereum/transaction_pool.hpp"

#include <set>

namespace bsn::framework::ethereum {

/// All subscriptions of one chain. Any thread.
class Subscriptions : public std::enable_shared_from_this<Subscriptions> {
  public:
    using Send = std::function<void(std::string)>;

    /// Reader, pool and executor outlive it. Held by a shared pointer: the chain's wake-up may come
    /// late.
    Subscriptions(ChainReader& reader, TransactionPool& pool, Executor& executor)
        : reader_(reader), pool_(pool), strand_(executor) {}
    ~Subscriptions();

    /// Begins to watch the pool.
    void start();

    /// Each returns the id under which notifications come. `send` only hands over.
    std::string add_heads(Send send);
    std::string add_logs(LogCriteria criteria, Send send);
    std::string add_pending(Send send);
    /// Of a chain that never syncs, nothing is ever told.
    std::string add_silent();
    void remove(const std::string& id);
    void close();

  private:
    enum class Kind : std::uint8_t { heads, logs, pending, silent };
    struct Subscription {
        Kind kind = Kind::silent;
        LogCriteria criteria;
        Send send;
        std::uint64_t from = 0;  ///< the first block that is told of
    };

    std::string add(Subscription subscription);
    void arm();
    void catch_up();
    void tell_block(std::uint64_t height);
    void tell_pending(const Hash& hash);
    std::map<std::string, Subscription> of_kind(Kind kind) const;

    ChainReader& reader_;
    TransactionPool& pool_;
    mutable std::mutex mutex_;
    std::map<std::string, Subscription> all_;
    bool armed_ = false;      ///< the chain will wake us, or blocks are being told of
    std::uint64_t next_ = 0;  ///< the next block to tell of, while armed
    Strand strand_;
};

}  // namespace bsn::framework::ethereum
