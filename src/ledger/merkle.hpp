#pragma once
// Merkle trees as RFC 6962 section 2.1 defines them, over any of our hash functions.

#include "ledger/types.hpp"

#include <vector>

namespace bsn::ledger {

/// hash(0x00 ‖ data)
Hash merkle_leaf(HashId id, ByteView data);
/// The root over leaf hashes; hash of the empty string when there are none.
Hash merkle_root(HashId id, const std::vector<Hash>& leaves);
/// The path from a leaf to the root, from the bottom up. `index` must be below the number of
/// leaves.
std::vector<Hash> merkle_path(HashId id, const std::vector<Hash>& leaves, std::size_t index);
/// The root that a path leads to; `bad_signature` if the path's length does not fit index and count
/// (RFC 9162 section 2.1.3.2).
Result<Hash> merkle_root_from_path(HashId id, const Hash& leaf, std::uint64_t index,
                                   std::uint64_t count, const std::vector<Hash>& path);

}  // namespace bsn::ledger
