#pragma once
// What is known of a contract beside its code: who manages it, and whether it is frozen.

#include "contract/fisco/environment.hpp"

namespace bsn::contract::fisco {

/// The accounts that may freeze a contract and say who may write it.
Result<std::vector<ledger::Address>> managers_of(TableStore& tables,
                                                 const ledger::Address& contract);
Result<bool> is_manager(TableStore& tables, const ledger::Address& contract,
                        const ledger::Address& account);
Status add_manager(TableStore& tables, const ledger::Address& contract,
                   const ledger::Address& account);
Status remove_manager(TableStore& tables, const ledger::Address& contract,
                      const ledger::Address& account);

Result<bool> is_frozen(TableStore& tables, const ledger::Address& contract);
Status set_frozen(TableStore& tables, const ledger::Address& contract, bool frozen);

}  // namespace bsn::contract::fisco
