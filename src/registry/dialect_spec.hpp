#pragma once
// What a publisher says of how an app of another ecosystem runs: member `evm` of its description.
// `docs/registry.md`.

#include "ledger/control.hpp"
#include "registry/json_object.hpp"

namespace bsn::registry {

struct EvmSpec {
    ledger::DialectSettings settings;
    ledger::StateCommitmentType state_type = ledger::StateCommitmentType::multiset_hash;
};

/// The suite of an app whose description names none.
std::string_view default_suite(ledger::Dialect dialect);
/// Member `evm` of an app's description. A chain id of 0 is left to the contract: one of its own.
Result<EvmSpec> evm_spec_from(JsonObject& app, ledger::Dialect dialect, crypto::SuiteId suite);

}  // namespace bsn::registry
