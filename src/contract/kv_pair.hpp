#pragma once
// Go's `struct { BaseKey, Base… string }` in JSON: what `kv` is asked with, and what it stores.

#include "base/result.hpp"

#include <array>
#include <string>
#include <string_view>

namespace bsn::contract {

/// A Go struct with two members, both texts, as its decoder sees it.
struct GoPair {
    std::string_view type;
    std::array<std::string_view, 2> members;
};
inline constexpr GoPair k_kv_request{"DTOBaseModel", {"baseKey", "baseValue"}};
inline constexpr GoPair k_kv_stored{"DBBaseModel", {"BaseKey", "BaseInfo"}};

/// A key and its text.
using KvPair = std::array<std::string, 2>;

/// Reads a struct as Go does: member names in any case, other members skipped, null changes
/// nothing, the last of several wins, and the first member of a wrong type is the error
/// (`contract_failed`, with Go's sentence).
Result<KvPair> decode_pair(const GoPair& shape, std::string_view text);

std::string encode_pair(const GoPair& shape, const KvPair& pair);

}  // namespace bsn::contract
