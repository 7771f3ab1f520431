#pragma once
// The contracts that come with the program.

#include "contract/contract.hpp"

#include <memory>

namespace bsn::contract {

/// `evidence`, version 1: who deposited the hash of which content, and when.
std::unique_ptr<Contract> make_evidence_contract();

/// `kv`, version 1: texts by key, with their history; behaves as the preset contract of the
/// original network's Fabric apps.
std::unique_ptr<Contract> make_kv_contract();

/// `kv`, version 2: version 1 and, on the same state, `list` and `setMany`.
std::unique_ptr<Contract> make_kv_contract_2();

}  // namespace bsn::contract
