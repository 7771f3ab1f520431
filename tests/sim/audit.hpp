#pragma once
// Judges a channel's blocks by rules written a second time, apart from the product's code: who may
// do what, once, in time, certified by whom.

#include "ledger/genesis.hpp"
#include "peer/replica.hpp"

namespace bsn::sim {

/// What an audit saw.
struct Audited {
    std::vector<ledger::TxId> transactions;  ///< in order
    std::map<ledger::TxId, ledger::TransactionPlace> places;
    UnixMillis time = 0;  ///< of the last block
};

/// Reads all certified blocks of a replica. Throws a `Violation` at the first that breaks a law.
Audited audit(const peer::Replica& replica, const ledger::Genesis& genesis);

}  // namespace bsn::sim
