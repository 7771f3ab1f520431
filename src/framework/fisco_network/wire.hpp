#pragma once
// What a node of FISCO BCOS 2.x answers, read back from its JSON. Nothing of it is believed:
// whoever reads checks hashes and signatures. Errors are `unavailable`: the node says what it
// should not.

#include "framework/fisco_network/proof.hpp"
#include "framework/json_rpc.hpp"

namespace bsn::framework::fisco_network {

using rpc::Json;

/// A number, as text (decimal, or hexadecimal after 0x) or as a JSON integer.
Result<std::uint64_t> number_from_json(const Json& json);
/// A header, with its signatures as they are.
Result<SignedHeader> header_from_json(const Json& json);
/// The hashes of a block's transactions.
Result<std::vector<ledger::Hash>> hashes_from_json(const Json& block);
/// A transaction whose encoding has the hash that the node says.
Result<ledger::fisco::Transaction> transaction_from_json(const Json& json, crypto::SuiteId suite);
/// A receipt; the form is that of nodes from 2.9.0 on where it says what gas remains.
Result<ledger::fisco::Receipt> receipt_from_json(const Json& json);
Result<MerkleWay> way_from_json(const Json& json);

/// Where a transaction or a receipt is said to be.
struct Place {
    std::uint64_t height = 0;
    std::uint32_t index = 0;
};
Result<Place> place_from_json(const Json& json);

/// What became of a call that leaves no trace.
struct CallResult {
    std::uint32_t status = 0;
    Bytes output;
};
Result<CallResult> call_result_from_json(const Json& json);

/// The code of a refusal of `sendRawTransaction`, from the words of FISCO BCOS;
/// `already_exists` for what the node has already.
Error refusal_from(const rpc::Failure& failure);

}  // namespace bsn::framework::fisco_network
