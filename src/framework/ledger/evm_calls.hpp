#pragma once
// Calls of Solidity contracts by names and texts, on a channel with a dialect. `docs/http-api.md`.

#include "framework/solidity_calls.hpp"
#include "peer/replica.hpp"

namespace bsn::framework {

/// What a call returned from certified state (`query_contract`). The caller is `msg.sender`, if its
/// key can be one; zero otherwise.
Result<Bytes> query_evm(const peer::Replica& replica, const Invocation& invocation);

/// The dialect's transaction for an invocation as above, signed by its identity. `nonce` is the
/// account's next one, of Ethereum's dialect.
Result<Bytes> make_evm_transaction(
    const peer::Replica& replica, const Invocation& invocation,
    const std::function<Result<std::uint64_t>(const ledger::Address&)>& nonce);

}  // namespace bsn::framework
