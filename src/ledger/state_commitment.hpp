#pragma once
// The default commitment to world state: LtHash (Bellare and Micciancio 1997; Lewi and others
// 2019), with 1,024 lanes of 16 bits, expanded by SHAKE128. `docs/formats.md` 9.

#include "ledger/types.hpp"

#include <array>

namespace bsn::ledger {

/// A hash of a set of entries that follows each change in time independent of the set's size.
class MultisetHash {
  public:
    static constexpr std::size_t k_lanes = 1024;
    static constexpr std::size_t k_bytes = k_lanes * 2;

    void add(ByteView contract, ByteView key, ByteView value);
    void remove(ByteView contract, ByteView key, ByteView value);
    /// The commitment: the channel's hash of the lanes, each 16 bits little-endian.
    Hash digest(HashId id) const;

    Bytes encode() const;
    static Result<MultisetHash> decode(ByteView bytes);
    auto operator<=>(const MultisetHash&) const = default;

  private:
    std::array<std::uint16_t, k_lanes> lanes_{};
};

}  // namespace bsn::ledger
