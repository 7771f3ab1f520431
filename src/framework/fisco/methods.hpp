#pragma once
// The JSON-RPC methods of FISCO BCOS 2.x over groups. Inside the module: `fisco_rpc.hpp` serves
// them. Groups outlive the tables.

#include "framework/fisco/groups.hpp"
#include "framework/json_rpc.hpp"

namespace bsn::framework::fisco {

/// Takes the receipt (JSON) of a transaction that was answered by its hash: any thread, once.
using Notify = std::function<void(std::string)>;

/// Blocks, headers, heights.
void add_block_methods(rpc::Methods& methods, const Groups& groups);
/// Transactions, receipts, their proofs, calls and code.
void add_transaction_methods(rpc::Methods& methods, const Groups& groups);
/// What the node, its groups and their consensus are; and the refusal of all that changes groups.
void add_node_methods(rpc::Methods& methods, const Groups& groups);
/// `sendRawTransaction` and `sendRawTransactionAndGetProof`. Without `notify` a refusal is the
/// answer; with it the hash is answered first, and what became of the transaction is told then.
void add_submit_methods(rpc::Methods& methods, const Groups& groups, Notify notify);

}  // namespace bsn::framework::fisco
