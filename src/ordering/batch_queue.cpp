#include "ordering/batch_queue.hpp"

namespace bsn::ordering {

void BatchQueue::add(ledger::Transaction transaction) {
    waiting_.push_back(std::move(transaction));
}

std::vector<ledger::Transaction> BatchQueue::take() {
    std::vector<ledger::Transaction> taken;
    std::size_t bytes = 0;
    while (!waiting_.empty() && taken.size() < k_max_batch_transactions) {
        std::size_t size = waiting_.front().bytes().size();
        if (!taken.empty() && bytes + size > k_max_batch_bytes) break;
        bytes += size;
        taken.push_back(std::move(waiting_.front()));
        waiting_.pop_front();
    }
    return taken;
}

}  // namespace bsn::ordering
