#pragma once
// Merkle Patricia tries: maps of which one hash commits to all entries, and any entry, or its
// absence, is proved by the nodes on its way. `docs/formats.md` 18.

#include "ledger/ethereum/trie_node.hpp"
#include "ledger/merkle_map.hpp"

namespace bsn::ledger::ethereum {

/// The root of a trie without entries: Keccak-256 of the RLP of an empty string.
Hash empty_trie_root();

/// Nodes, encoded, from the root down; those of fewer than 32 bytes stand in the ones above them.
using TrieProof = std::vector<Bytes>;

/// One trie, its nodes kept by their place: `prefix`, depth and leading nibbles of the keys below.
/// So the tries of many accounts share one table, and no node is kept that is not of the current
/// state. No key may be the beginning of another.
class PatriciaTrie {
  public:
    explicit PatriciaTrie(MerkleMapNodes& nodes, Bytes prefix = {})
        : nodes_(nodes), prefix_(std::move(prefix)) {}

    struct Change {
        Bytes key;
        std::optional<Bytes> value;  ///< none: there is no such entry any more
    };
    /// Makes all changes at once, so that each node on their ways is read, hashed and written once.
    /// Of two changes of a key the later one holds.
    Status apply(const std::vector<Change>& changes);
    /// Erases all entries, node by node.
    Status clear();

    Result<std::optional<Bytes>> get(ByteView key) const;
    Result<Hash> root() const;
    /// The nodes on the way to a key: they prove its value, or that it has none.
    Result<TrieProof> prove(ByteView key) const;

  private:
    MerkleMapNodes& nodes_;
    Bytes prefix_;
};

/// The value that a proof shows for a key, or none if it shows that there is no entry;
/// `bad_signature` if it does not lead from this root to where the key is or would be.
Result<std::optional<Bytes>> proved_value(const Hash& root, ByteView key, const TrieProof& proof);

}  // namespace bsn::ledger::ethereum
