#pragma once
// The Merkle trees of FISCO BCOS from 2.2.0 on: up to 16 children to a node, leaves that begin with
// their index. `docs/formats.md` 19.

#include "ledger/types.hpp"

#include <vector>

namespace bsn::ledger::fisco {

/// One level of a proof: what stands left and right of the way, in order.
struct MerkleStep {
    std::vector<Bytes> left;
    std::vector<Bytes> right;

    bool operator==(const MerkleStep&) const = default;
};

/// The leaf of an item: RLP of its index, then its hash (a transaction's id, a receipt's hash).
Bytes merkle_leaf(std::uint64_t index, const Hash& item);
/// The root over the hashes of a block's transactions or receipts; the hash of nothing for none.
Hash merkle_root(HashId hash, const std::vector<Hash>& items);
/// The way from an item to the root, as `getTransactionByHashWithProof` gives it; `index` must be
/// below the number of items.
std::vector<MerkleStep> merkle_proof(HashId hash, const std::vector<Hash>& items,
                                     std::size_t index);
/// Whether a proof leads from an item to the root; `bad_signature` if not. A root commits to the
/// order of items by the indexes in its leaves, so an item is proved at one index only.
Status check_merkle_proof(HashId hash, const Hash& root, std::uint64_t index, const Hash& item,
                          const std::vector<MerkleStep>& proof);

}  // namespace bsn::ledger::fisco
