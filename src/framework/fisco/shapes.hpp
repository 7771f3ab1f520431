#pragma once
// Blocks, transactions and receipts as FISCO's clients expect them in JSON. Each client reads a few
// fields in its own way: numbers are texts `0x…` but where said.

#include "framework/fisco/chain_reader.hpp"
#include "framework/json_rpc_values.hpp"
#include "ledger/fisco/merkle.hpp"

namespace bsn::framework::fisco {

using rpc::Json;

/// 128 digits without `0x`.
std::string node_id_text(const crypto::PublicPoint& id);

/// What a block carries of its transactions.
enum class BlockForm : std::uint8_t { hashes, full };

/// `full` blocks have the sealers' signatures, too.
Json block_json(const Block& block, BlockForm form);
/// The number is a JSON integer here, other than in blocks.
Json header_json(const BlockHeader& header, bool with_signatures);

/// A transaction of a block; `index` must be below the number of its transactions.
Json transaction_json(const Block& block, std::uint32_t index);
Json receipt_json(const Block& block, std::uint32_t index);
/// What became of a transaction that came into no block: `status` says why.
Json refusal_json(const Hash& hash, std::uint32_t status, std::string_view why);

/// The ways of a transaction and its receipt to the roots in the header.
Json transaction_proof_json(HashId hash, const Block& block, std::uint32_t index);
Json receipt_proof_json(HashId hash, const Block& block, std::uint32_t index);

}  // namespace bsn::framework::fisco
