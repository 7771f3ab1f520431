#pragma once
// What a transaction says of itself, read without decoding it.

#include "ledger/types.hpp"

#include <optional>
#include <string_view>

namespace bsn::ledger {

/// What a transaction without a dialect names, borrowed from its bytes.
struct NamedParts {
    ByteView network;
    ByteView channel;
    ByteView creator;
    std::string_view contract;
    std::string_view function;
};

/// Reads the beginning of a transaction and nothing else: neither is the rest well-formed for that,
/// nor the signature right. None: it has another form, a dialect, or names that nothing may have.
std::optional<NamedParts> named_parts(ByteView transaction);

}  // namespace bsn::ledger
