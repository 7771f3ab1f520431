#pragma once
// Calls of Solidity contracts by names and texts, on a channel with a dialect. `docs/http-api.md`.

#include "contract/abi/callee.hpp"
#include "framework/chain.hpp"
#include "peer/replica.hpp"

namespace bsn::framework {

/// What a call returned from certified state, as JSON: `contract` is a name of the contract name
/// service, NAME@VERSION or an address; `function` a name or a signature; the arguments are texts
/// as `contract::abi::value_from_text` takes them. A revert is `contract_failed` with its reason.
/// The caller is `msg.sender`, if its key can be one; zero otherwise.
Result<Bytes> query_evm(const peer::Replica& replica, const Invocation& invocation);

/// The dialect's transaction for an invocation as above, signed by its identity. `nonce` is the
/// account's next one, of Ethereum's dialect.
Result<Bytes> make_evm_transaction(
    const peer::Replica& replica, const Invocation& invocation,
    const std::function<Result<std::uint64_t>(const ledger::Address&)>& nonce);

}  // namespace bsn::framework
