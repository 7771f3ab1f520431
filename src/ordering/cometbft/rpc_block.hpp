#pragma once
// Signed blocks out of what CometBFT's JSON-RPC answers.

#include "ordering/cometbft/light_commit.hpp"

#include <nlohmann/json.hpp>

namespace bsn::ordering {

/// The block of the results of `block` and `commit` for one height. Read strictly, and not
/// verified. `invalid_argument` says which field is wrong.
Result<SignedBlock> signed_block_of(const nlohmann::json& block, const nlohmann::json& commit);

}  // namespace bsn::ordering
