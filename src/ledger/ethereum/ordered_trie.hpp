#pragma once
// The tries by which an Ethereum header commits to lists: transactions, receipts, withdrawals. Keys
// are the RLP of the index, values the items' encodings. `docs/formats.md` 18.

#include "ledger/ethereum/patricia_trie.hpp"

namespace bsn::ledger::ethereum {

/// The root over a list.
Hash ordered_trie_root(const std::vector<ByteView>& items);
Hash ordered_trie_root(const std::vector<Bytes>& items);

/// The proof of an item of a list; `index` must be below the number of items.
TrieProof ordered_trie_proof(const std::vector<Bytes>& items, std::size_t index);
/// The item that a proof shows at an index, or none if it shows that the list is shorter;
/// `bad_signature` if it does not lead there from the root.
Result<std::optional<Bytes>> proved_item(const Hash& root, std::uint64_t index,
                                         const TrieProof& proof);

}  // namespace bsn::ledger::ethereum
