#pragma once
// What a block did to the accounts of an EVM, as the Merkle Patricia commitment takes it.

#include "ledger/merkle_patricia.hpp"
#include "ledger/world_state.hpp"

namespace bsn::contract::evm {

/// The changes among those of a block that are of accounts and slots; ascending by address.
Result<std::vector<ledger::AccountChange>> account_changes(
    const std::vector<ledger::StateOverlay::Change>& changes);

}  // namespace bsn::contract::evm
