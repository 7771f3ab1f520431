#pragma once
// Keys of our contracts, which are bytes, as keys of Fabric's state, which are UTF-8 texts in the
// order of their bytes: each byte becomes the character of its number (U+0000 to U+00FF). So texts
// in ASCII stay as they are, and the order is the same.

#include "base/bytes.hpp"

#include <string>
#include <string_view>

namespace bsn::framework::fabric {

/// The key in Fabric's state.
std::string state_key(ByteView key);
/// The contract's key; `corrupted` for a text that `state_key` does not make.
Result<Bytes> contract_key(std::string_view text);

/// Keys of Fabric's state from `from` (inclusive) to `to` (exclusive; empty: to the end).
struct StateKeyRange {
    std::string from;
    std::string to;
};
/// The keys that begin with `prefix`, from `start` on (empty: the first).
StateKeyRange state_key_range(ByteView prefix, ByteView start);

}  // namespace bsn::framework::fabric
