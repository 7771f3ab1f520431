#pragma once
// Evidence that a transaction is on a FISCO BCOS network outside: transaction and receipt, their
// ways to the roots of a header, and sealers' signatures of it. `docs/formats.md` 22.

#include "framework/chain.hpp"
#include "framework/fisco_network/trust.hpp"
#include "ledger/fisco/merkle.hpp"
#include "ledger/fisco/receipt.hpp"
#include "ledger/fisco/transaction.hpp"

namespace bsn::framework::fisco_network {

using MerkleWay = std::vector<ledger::fisco::MerkleStep>;

struct Proof {
    SignedHeader block;
    std::uint32_t index = 0;  ///< of the transaction in the block
    ledger::fisco::Transaction transaction;
    MerkleWay transaction_way;
    ledger::fisco::Receipt receipt;
    MerkleWay receipt_way;

    Bytes encode() const;
    static Result<Proof> decode(ByteView bytes);
    /// How many of the trusted sealers signed the block, if all of it holds.
    Result<std::size_t> check(const Trust& trust) const;
    /// Whether transaction and receipt are in the block at the index. Its signatures aside.
    Status check_ways(const Trust& trust) const;

    bool operator==(const Proof&) const = default;
};

/// The transaction as the port shows it. Its signature must have been checked.
TransactionView view_of(const Proof& proof);
/// The sentence of a receipt that is no success; empty for a success.
std::string refusal_of(const ledger::fisco::Receipt& receipt, crypto::HashId hash);

}  // namespace bsn::framework::fisco_network
