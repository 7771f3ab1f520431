#pragma once
// How a node's status reads.

#include "gateway/backend.hpp"
#include "ledger/genesis.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace bsn::node {

/// In one line, whose failure or bad will the network survives.
std::string trust_note(const ledger::Genesis& genesis);

/// What to do about a disk that is too full for the node to write; empty if it is not.
std::string space_note(const std::filesystem::path& folder);

/// The system channel first, then by the app's name.
void sort_for_reading(std::vector<gateway::ChainStatus>& chains);

}  // namespace bsn::node
