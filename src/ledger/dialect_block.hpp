#pragma once
// Our blocks as a dialect's ecosystem sees them: headers and receipts of its own, which follow from
// ours and contain nothing else. `docs/formats.md` 21.

#include "ledger/certificate.hpp"
#include "ledger/ethereum/receipt.hpp"
#include "ledger/fisco/receipt.hpp"
#include "ledger/header.hpp"
#include "ledger/receipt.hpp"
#include "ledger/transaction.hpp"

#include <span>
#include <string_view>

namespace bsn::ledger {

/// The gas limit of every block as its header and contracts see it: a block is bounded by its
/// bytes, and each transaction by `DialectSettings::transaction_gas`.
inline constexpr std::uint64_t k_block_gas = (1ULL << 53) - 1;

/// The error of a receipt of FISCO's dialect whose transaction called an address without a
/// contract.
inline constexpr std::string_view k_no_contract = "there is no contract at the called address";

/// A block's header in the dialect's own form.
struct DialectBlock {
    Bytes header;  ///< RLP
    Hash hash;
    // Of the channel up to and with this block; they stand in no hash.
    std::uint64_t transactions = 0;
    std::uint64_t failed = 0;  ///< of them, those that were no success
};

/// Makes it. `ours` is the header of our block, of which all but its extensions must be there;
/// `parent` the block before (empty at height 0); transactions and receipts are those of the block,
/// in its order; `epoch` its peers.
DialectBlock make_dialect_block(const DialectSettings& settings, const Header& ours,
                                const DialectBlock& parent,
                                std::span<const Transaction* const> transactions,
                                std::span<const Receipt> receipts, const EpochRecord& epoch);

/// The events of an EVM's receipt.
std::vector<ethereum::Log> logs_of(const Receipt& receipt);
/// A receipt as an Ethereum header commits to it. `hash` is of its bloom filter.
ethereum::Receipt ethereum_receipt(const Receipt& receipt, ethereum::TransactionType type,
                                   HashId hash);
/// A receipt as a FISCO BCOS header commits to it.
fisco::Receipt fisco_receipt(const Receipt& receipt, HashId hash);

}  // namespace bsn::ledger
