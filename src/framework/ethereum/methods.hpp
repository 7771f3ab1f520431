#pragma once
// Inside of the folder: the methods of Ethereum's JSON-RPC, by what they are about. Reader and pool
// outlive the table.

#include "framework/ethereum/arguments.hpp"
#include "framework/ethereum/transaction_pool.hpp"

namespace bsn::framework::ethereum {

/// Chain id, versions, network, accounts: what is known without looking at the chain.
void add_node_methods(rpc::Methods& methods, const ChainReader& reader,
                      const TransactionPool& pool);
/// Prices of gas, and their history.
void add_fee_methods(rpc::Methods& methods, const ChainReader& reader);
/// Accounts, code, slots, and proofs of them.
void add_state_methods(rpc::Methods& methods, const ChainReader& reader,
                       const TransactionPool& pool);
/// Executing without a transaction.
void add_call_methods(rpc::Methods& methods, const ChainReader& reader);
/// Blocks, transactions, receipts.
void add_block_methods(rpc::Methods& methods, const ChainReader& reader,
                       const TransactionPool& pool);
class Filters;
/// Logs, and filters that are asked for what is new.
void add_log_methods(rpc::Methods& methods, const ChainReader& reader,
                     std::shared_ptr<Filters> filters);
/// Sending, and what waits.
void add_pool_methods(rpc::Methods& methods, ChainReader& reader, TransactionPool& pool);

/// The state that a method names at a place of its arguments; left out: the latest.
Answer<std::unique_ptr<StateView>> state_argument(const ChainReader& reader, const Params& params,
                                                  std::size_t place);
/// The object of a call at a place.
Answer<CallMessage> message_argument(const ChainReader& reader, const Params& params,
                                     std::size_t place);

}  // namespace bsn::framework::ethereum
