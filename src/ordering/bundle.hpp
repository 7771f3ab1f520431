#pragma once
// Several envelopes as one transaction of an ordering engine, whose cost is by transaction.
// `docs/formats.md` 7.

#include "ordering/orderer.hpp"

namespace bsn::ordering {

/// A bundle's size beyond that of its envelopes, of which there are `count`.
constexpr std::size_t bundle_overhead(std::size_t count) { return 14 + 4 * count; }
inline constexpr std::size_t k_max_bundle_envelopes = 4096;

/// `salt` tells bundles of the same envelopes apart: an engine takes the same bytes only once.
Bytes encode_bundle(const std::vector<Bytes>& envelopes, std::uint64_t salt);
/// The envelopes' bytes; at least one.
Result<std::vector<Bytes>> decode_bundle(ByteView bytes);

}  // namespace bsn::ordering
