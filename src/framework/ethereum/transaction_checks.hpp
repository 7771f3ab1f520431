#pragma once
// What a transaction must be to be taken into the pool. The chain judges again.

#include "framework/ethereum/arguments.hpp"
#include "ledger/transaction.hpp"

namespace bsn::framework::ethereum {

/// A transaction that was read, and whose signature is right.
struct CheckedTransaction {
    ledger::Transaction transaction;  ///< of Ethereum
    Address from;

    const Transaction& native() const { return *transaction.ethereum(); }
    const Hash& hash() const { return transaction.id(); }
};

/// Reads a raw transaction, and checks what does not depend on the state.
Answer<CheckedTransaction> check_transaction(const ChainSettings& settings, ByteView raw);
/// Whether the sender can pay for it.
Answer<bool> check_funds(const ChainSettings& settings, const CheckedTransaction& checked,
                         const AccountState& sender);
/// The gas that a transaction costs before it is executed.
std::uint64_t intrinsic_gas(const Transaction& transaction);

/// a - b, where a is not less.
Word difference(const Word& a, const Word& b);

}  // namespace bsn::framework::ethereum
