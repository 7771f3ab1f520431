#pragma once
// What came of a message, as our receipts say it.

#include "contract/evm/types.hpp"
#include "ledger/receipt.hpp"

namespace bsn::contract::evm {

/// What came of a message of a block.
struct MessageOutcome {
    /// Why it was not executed, if it was not: then nothing changed, and there is no receipt.
    std::optional<std::string> refusal;
    bool may_come_again = false;  ///< refused for want of room only
    ledger::Receipt receipt;
};

/// The receipt of a message that was executed, for which output, logs and reason are taken out of
/// `execution`; its cumulative gas is left to the block. The result
/// is what was returned or the data of a revert, if a receipt takes it; that of a creation is
/// empty. A log's contract is its address in 40 small hexadecimal digits, its topics have 32 bytes
/// each.
ledger::Receipt take_receipt(Execution& execution);

/// Why a contract reverted, as its data tells: `execution reverted`, and behind a colon the text of
/// `Error(string)`, the name of a `Panic(uint256)`, or the selector of an error of the contract's
/// own.
std::string revert_reason(ByteView data);

}  // namespace bsn::contract::evm
