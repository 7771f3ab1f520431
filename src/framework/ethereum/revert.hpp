#pragma once
// What is said of a call that was reverted.

#include "framework/ethereum/chain_reader.hpp"
#include "framework/json_rpc.hpp"

namespace bsn::framework::ethereum {

/// The failure that geth answers: number 3, `execution reverted`, the reason behind a colon where
/// Solidity gave one (`revert` with a text, `assert`, overflows …), and what was returned as data.
rpc::Failure reverted(ByteView output);
/// The failure of a call that did not succeed.
rpc::Failure call_failure(const CallOutcome& outcome);

}  // namespace bsn::framework::ethereum
