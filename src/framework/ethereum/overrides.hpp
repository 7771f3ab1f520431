#pragma once
// Inside of the folder: accounts that a call is to see otherwise than they are.

#include "framework/ethereum/arguments.hpp"

namespace bsn::framework::ethereum {

/// Reads an object by address whose members are `nonce`, `balance`, `code`, and `state` (all slots)
/// or `stateDiff` (some of them).
Result<std::vector<AccountOverride>> overrides_argument(const Json& value);

}  // namespace bsn::framework::ethereum
