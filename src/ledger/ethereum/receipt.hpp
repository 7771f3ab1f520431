#pragma once
// Receipts as an Ethereum header commits to them (from Byzantium on). `docs/formats.md` 18.

#include "ledger/ethereum/bloom.hpp"
#include "ledger/ethereum/transaction.hpp"

namespace bsn::ledger::ethereum {

struct Receipt {
    TransactionType type = TransactionType::legacy;
    bool success = true;
    std::uint64_t cumulative_gas = 0;  ///< of the block, up to and with this transaction
    Bloom bloom;                       ///< of the logs
    std::vector<Log> logs;

    /// The value in the receipts trie.
    Bytes encode() const;
    static Result<Receipt> decode(ByteView bytes);

    bool operator==(const Receipt&) const = default;
};

}  // namespace bsn::ledger::ethereum
