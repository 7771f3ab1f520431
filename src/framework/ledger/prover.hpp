#pragma once
// Makes receipt bundles from what replicas store.

#include "ledger/bundle.hpp"
#include "peer/replica.hpp"

#include <list>
#include <mutex>

namespace bsn::framework {

/// A certified block with all that proofs of its transactions need.
struct ProvableBlock {
    ledger::Block block;
    ledger::CertifiedHeader header;
    std::vector<Bytes> transactions;
    std::vector<ledger::Hash> transaction_leaves;
    std::vector<ledger::Hash> receipt_leaves;
};

/// Proofs for the transactions of one channel. Any thread; the last blocks asked for are kept,
/// since receipts are mostly fetched together.
class Prover {
  public:
    explicit Prover(const peer::Replica& replica) : replica_(replica) {}

    /// `not_found`, or `unavailable` while the block is not certified.
    Result<ledger::InclusionProof> prove(const ledger::TxId& id) const;
    /// All handovers up to, and with, the one that made `epoch`.
    Result<std::vector<ledger::Handover>> handovers(ledger::Epoch epoch) const;
    Result<std::shared_ptr<const ProvableBlock>> block(ledger::Height height) const;

  private:
    static constexpr std::size_t k_kept_blocks = 4;

    Result<std::shared_ptr<const ProvableBlock>> load(ledger::Height height) const;

    const peer::Replica& replica_;
    mutable std::mutex mutex_;
    mutable std::list<std::shared_ptr<const ProvableBlock>> kept_;  ///< newest first
};

}  // namespace bsn::framework
