#include "framework/ledger/prover.hpp"

#include "ledger/merkle.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::framework {

Result<std::shared_ptr<const ProvableBlock>> Prover::block(ledger::Height height) const {
    {
        std::lock_guard lock(mutex_);
        auto found = std::find_if(kept_.begin(), kept_.end(), [&](const auto& one) {
            return one->block.header.height == height;
        });
        if (found != kept_.end()) return *found;
    }
    BSN_TRY(loaded, load(height));
    std::lock_guard lock(mutex_);
    kept_.push_front(loaded);
    if (kept_.size() > k_kept_blocks) kept_.pop_back();
    return std::move(loaded);
}

Result<std::shared_ptr<const ProvableBlock>> Prover::load(ledger::Height height) const {
    if (height > replica_.certified_height()) {
        return Error{Code::not_found, fmt::format("there is no certified block {} yet", height)};
    }
    BSN_TRY(block, replica_.blocks().block(height));
    BSN_TRY(certificates, replica_.blocks().certificates(height));
    if (!block) return Error{Code::corrupted, fmt::format("block {} is missing", height)};
    if (!certificates) {
        return Error{Code::unavailable, fmt::format("block {} is not certified yet", height)};
    }
    BSN_TRY(batches, replica_.batches_or_repair(*block));
    BSN_TRY(transactions, ledger::admitted_transactions(*block, batches));
    auto provable = std::make_shared<ProvableBlock>();
    crypto::HashId id = block->header.hash_id;
    for (ByteView transaction : transactions) {
        provable->transactions.push_back(to_bytes(transaction));
        provable->transaction_leaves.push_back(ledger::merkle_leaf(id, transaction));
    }
    for (const Bytes& receipt : block->receipts) {
        provable->receipt_leaves.push_back(ledger::merkle_leaf(id, receipt));
    }
    provable->header = {block->header.encode(), std::move(*certificates)};
    provable->block = std::move(*block);
    // What is served was checked against what was certified: damage on disk is found here.
    if (ledger::merkle_root(id, provable->transaction_leaves) !=
            provable->block.header.transaction_root ||
        ledger::merkle_root(id, provable->receipt_leaves) != provable->block.header.receipt_root) {
        return Error{Code::corrupted,
                     fmt::format("block {} on this node's disk is not what was certified", height)};
    }
    return std::shared_ptr<const ProvableBlock>(std::move(provable));
}

Result<ledger::InclusionProof> Prover::prove(const ledger::TxId& id) const {
    BSN_TRY(place, replica_.blocks().find(id));
    if (!place) {
        return Error{Code::not_found,
                     fmt::format("transaction {} is not on the ledger", to_hex(id))};
    }
    BSN_TRY(found, block(place->height));
    const ProvableBlock& provable = *found;
    if (place->index >= provable.transactions.size()) {
        return Error{Code::corrupted, "the transaction index names a place that is not there"};
    }
    crypto::HashId hash_id = provable.block.header.hash_id;
    ledger::InclusionProof proof;
    proof.transaction = provable.transactions[place->index];
    proof.receipt = provable.block.receipts[place->index];
    proof.index = place->index;
    proof.transaction_path =
        ledger::merkle_path(hash_id, provable.transaction_leaves, place->index);
    proof.receipt_path = ledger::merkle_path(hash_id, provable.receipt_leaves, place->index);
    proof.block = provable.header;
    return proof;
}

Result<std::vector<ledger::Handover>> Prover::handovers(ledger::Epoch epoch) const {
    std::vector<ledger::Handover> handovers;
    for (ledger::Epoch ended = 0; ended < epoch; ++ended) {
        BSN_TRY(last, replica_.blocks().handover(ended));
        if (!last) return Error{Code::not_found, fmt::format("epoch {} has not ended", ended)};
        BSN_TRY(found, block(*last));
        BSN_TRY(next, replica_.epoch_record(ended + 1));
        handovers.push_back({found->header, *next});
    }
    return handovers;
}

}  // namespace bsn::framework
