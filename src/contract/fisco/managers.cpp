#include "contract/fisco/managers.hpp"

#include "contract/fisco/rows.hpp"

#include <algorithm>

namespace bsn::contract::fisco {
namespace {

constexpr std::string_view k_authority = "authority";
constexpr std::string_view k_frozen = "frozen";

}  // namespace

Result<std::vector<ledger::Address>> managers_of(TableStore& tables,
                                                 const ledger::Address& contract) {
    BSN_TRY(rows, tables.rows(contract_table(contract), k_authority));
    std::vector<ledger::Address> managers;
    for (Row& row : rows) {
        managers.push_back(address_of_text(row.fields["value"]).value_or(ledger::Address{}));
    }
    return managers;
}

Result<bool> is_manager(TableStore& tables, const ledger::Address& contract,
                        const ledger::Address& account) {
    BSN_TRY(managers, managers_of(tables, contract));
    return std::find(managers.begin(), managers.end(), account) != managers.end();
}

Status add_manager(TableStore& tables, const ledger::Address& contract,
                   const ledger::Address& account) {
    return tables.append(contract_table(contract), k_authority, {{"value", to_hex(account)}});
}

Status remove_manager(TableStore& tables, const ledger::Address& contract,
                      const ledger::Address& account) {
    const std::string table = contract_table(contract);
    BSN_TRY(rows, tables.rows(table, k_authority));
    for (Row& row : rows) {
        if (row.fields["value"] != to_hex(account)) continue;
        BSN_CHECK(tables.erase(table, k_authority, row.index));
    }
    return {};
}

Result<bool> is_frozen(TableStore& tables, const ledger::Address& contract) {
    BSN_TRY(rows, tables.rows(contract_table(contract), k_frozen));
    return !rows.empty();
}

Status set_frozen(TableStore& tables, const ledger::Address& contract, bool frozen) {
    const std::string table = contract_table(contract);
    BSN_TRY(rows, tables.rows(table, k_frozen));
    if (frozen && rows.empty()) return tables.append(table, k_frozen, {{"value", "true"}});
    if (!frozen && !rows.empty()) return tables.erase(table, k_frozen, rows.front().index);
    return {};
}

}  // namespace bsn::contract::fisco
