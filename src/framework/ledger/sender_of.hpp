#pragma once
// The senders of a certified block's transactions.

#include "framework/ledger/prover.hpp"
#include "framework/sender.hpp"
#include "ledger/ethereum/address.hpp"
#include "ledger/transaction.hpp"

namespace bsn::framework {

/// Who sent the `index`th transaction of a block of a dialect.
inline Sender sender_of(std::shared_ptr<const ProvableBlock> block, std::size_t index) {
    return Sender([block = std::move(block), index] {
        auto transaction = ledger::Transaction::decode(block->transactions[index]);
        ensure(transaction.ok(), "what is on the ledger was signed");
        auto address = ledger::ethereum::address_of(transaction->signer());
        ensure(address.ok(), "a dialect's signer has an address");
        return *address;
    });
}

}  // namespace bsn::framework
