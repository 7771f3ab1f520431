#pragma once
// The system channel's commitment to world state: a compact sparse Merkle tree, which proves the
// presence or absence of a single entry. `docs/formats.md` 9.

#include "ledger/types.hpp"

#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace bsn::ledger {

/// Where the tree's nodes are kept: by path (depth and leading key bits), encoded.
class MerkleMapNodes {
  public:
    virtual ~MerkleMapNodes() = default;
    virtual Result<std::optional<Bytes>> get(ByteView path) const = 0;
    virtual void put(ByteView path, ByteView node) = 0;
    virtual void erase(ByteView path) = 0;
};

/// The tree over SHA-256(contract ‖ 0x00 ‖ key), each leaf holding the hash of its value. Its
/// shape, and so its root, depends on the set of entries only, not on the order of changes.
class MerkleMap {
  public:
    explicit MerkleMap(MerkleMapNodes& nodes) : nodes_(nodes) {}

    Status put(ByteView contract, ByteView key, ByteView value);
    Status erase(ByteView contract, ByteView key);
    /// The root; zero for an empty tree.
    Result<Hash> root() const;

    /// A proof of an entry's value, or of its absence.
    struct Proof {
        std::vector<Hash> siblings;                 ///< from the root down
        std::optional<std::pair<Hash, Hash>> leaf;  ///< key hash and value hash found at the end
    };
    Result<Proof> prove(ByteView contract, ByteView key) const;

  private:
    MerkleMapNodes& nodes_;
};

/// Whether a proof shows that the entry has this value (or, with none, that there is no entry).
Status check_merkle_map_proof(const Hash& root, ByteView contract, ByteView key,
                              std::optional<ByteView> value, const MerkleMap::Proof& proof);

}  // namespace bsn::ledger
