#pragma once
// How a node's status reads.

#include "gateway/backend.hpp"
#include "ledger/genesis.hpp"

#include <string>
#include <vector>

namespace bsn::node {

/// In one line, whose failure or bad will the network survives.
std::string trust_note(const ledger::Genesis& genesis);

/// The system channel first, then by the app's name.
void sort_for_reading(std::vector<gateway::ChainStatus>& chains);

}  // namespace bsn::node
