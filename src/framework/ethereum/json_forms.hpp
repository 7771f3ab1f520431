#pragma once
// Blocks, transactions, receipts and logs as geth writes them in JSON.

#include "framework/ethereum/chain_reader.hpp"
#include "framework/json_rpc_values.hpp"

namespace bsn::framework::ethereum {

using rpc::Json;

/// A header as `newHeads` sends it; blocks begin with the same members.
Json header_json(const Header& header, const Hash& hash);
/// A block; `full`: with its transactions, else with their hashes.
Json block_json(const Block& block, bool full);
/// The transaction at a place of a block.
Json transaction_json(const Block& block, std::size_t index);
/// A transaction that is in no block yet.
Json pending_transaction_json(const Transaction& transaction, const Hash& hash,
                              const Address& from);
Json receipt_json(const Block& block, std::size_t index, ledger::HashId hash);
/// A log; `log_index` counts from the block's beginning.
Json log_json(const Block& block, std::size_t index, std::size_t log_index, const Log& log);
/// How many logs the transactions of a block before this one have.
std::size_t logs_before(const Block& block, std::size_t index);

}  // namespace bsn::framework::ethereum
