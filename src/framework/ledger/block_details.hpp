#pragma once
// What happened in a block beside its transactions, for people.

#include "ledger/block.hpp"

#include <string>

namespace bsn::framework {

/// JSON: epoch, ordering position, state commitment, control records and skipped transactions.
std::string block_details(const ledger::Block& block);

}  // namespace bsn::framework
