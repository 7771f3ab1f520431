#pragma once
// Executes the messages of a block, one after another in effect, on several threads where they do
// not depend on one another.

#include "base/executor.hpp"
#include "contract/evm/receipt.hpp"
#include "contract/evm/world.hpp"

#include <span>

namespace bsn::contract::evm {

/// Whether a message to the address runs anything: code, or a precompiled contract.
Result<bool> is_contract(const Address& address, StateSource& state, Precompiles* precompiles);

/// Executes messages over a state and writes what they change into it. An error: the state cannot
/// be read; what was written then is to be thrown away.
///
/// The outcomes are those of the messages executed in their order, whatever the pool does. With a
/// pool the state below the overlay must be one that any thread may read. The caller's thread works
/// too, and waits for nobody who has not begun.
Result<std::vector<MessageOutcome>> run(const Runtime& runtime, const BlockEnvironment& block,
                                        std::span<const Message> messages,
                                        ledger::StateOverlay& state,
                                        const MakePrecompiles& precompiles = {},
                                        Executor* pool = nullptr);

}  // namespace bsn::contract::evm
