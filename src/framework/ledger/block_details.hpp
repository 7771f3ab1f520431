#pragma once
// What happened in a block beside its transactions, for people.

#include <string>

#include "ledger/block.hpp"

namespace bsn::framework {

/// JSON: epoch, ordering position, state commitment, control records and skipped transactions.
std::string block_details(const ledger::Block& block);

}  // namespace bsn::framework
