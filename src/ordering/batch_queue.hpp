#pragma once
// Transactions that wait to be batched, on the node where they were submitted.

#include "ledger/transaction.hpp"

#include <deque>
#include <vector>

namespace bsn::ordering {

/// A batch stays below both bounds (unless its one transaction is larger).
inline constexpr std::size_t k_max_batch_transactions = 1024;
inline constexpr std::size_t k_max_batch_bytes = 1U << 20;

/// First in, first out. One thread.
class BatchQueue {
  public:
    void add(ledger::Transaction transaction);
    /// The next batch's transactions; empty if none wait.
    std::vector<ledger::Transaction> take();
    std::size_t size() const { return waiting_.size(); }
    bool empty() const { return waiting_.empty(); }

  private:
    std::deque<ledger::Transaction> waiting_;
};

}  // namespace bsn::ordering
