#pragma once
// Receipts as a FISCO BCOS 2.x header commits to them. `docs/formats.md` 19.

#include "ledger/ethereum/bloom.hpp"

namespace bsn::ledger::fisco {

/// From which version of FISCO BCOS on a block is encoded so: receipts changed with 2.9.0.
enum class ReceiptForm : std::uint8_t {
    before_2_9,
    since_2_9,  ///< with `remain_gas`
};

struct Receipt {
    ReceiptForm form = ReceiptForm::before_2_9;
    Hash state_root;   ///< zero where the transactions of a block may run in parallel
    Word gas_used;     ///< by this transaction
    Address contract;  ///< that was created, or zero
    ethereum::Bloom bloom;
    std::uint32_t status = 0;  ///< 0: success; the numbers of its `TransactionException`
    Bytes output;
    Word remain_gas;  ///< of the account; zero where gas is not counted
    std::vector<ethereum::Log> logs;

    Bytes encode() const;
    static Result<Receipt> decode(ByteView bytes, ReceiptForm form);
    Hash hash(HashId hash) const;

    bool operator==(const Receipt&) const = default;
};

}  // namespace bsn::ledger::fisco
