// 0x1005: who may write which table, and which contract.
#include "contract/fisco/json_text.hpp"
#include "contract/fisco/managers.hpp"
#include "contract/fisco/rows.hpp"

#include <algorithm>
#include <array>

namespace bsn::contract::fisco {
namespace {

using abi::Values;

constexpr std::size_t k_max_table_name = 64;

/// Tables of the system have their names as they are, all others a prefix.
std::string full_name(std::string_view name) {
    constexpr std::array k_system{k_sys_access, k_sys_consensus, k_sys_tables, k_sys_cns,
                                  k_sys_config};
    const bool system = std::find(k_system.begin(), k_system.end(), name) != k_system.end();
    return system ? std::string(name) : user_table(name);
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

Condition address_is(const std::string& address) {
    Condition condition;
    condition.equal("address", address);
    return condition;
}

Result<bool> granted(Environment& environment, const std::string& table,
                     const std::string& address) {
    BSN_TRY(rows, environment.tables.rows(k_sys_access, table));
    return !address_is(address).select(std::move(rows)).empty();
}

/// From the next block on. Who may say so is decided before.
Status grant(Environment& environment, const std::string& table, const std::string& address) {
    return environment.tables.append(k_sys_access, table,
                                     {{"table_name", table},
                                      {"address", address},
                                      {"enable_num", std::to_string(environment.settings.height)}});
}

Result<int> revoke(Environment& environment, const std::string& table, const std::string& address) {
    BSN_TRY(rows, environment.tables.rows(k_sys_access, table));
    const auto found = address_is(address).select(std::move(rows));
    for (const Row& row : found) {
        BSN_CHECK(environment.tables.erase(k_sys_access, table, row.index));
    }
    return static_cast<int>(found.size());
}

/// insert(table, address)
Result<Bytes> insert(Environment& environment, const Values& arguments) {
    if (arguments[0].text() == k_sys_access) return number_result(committee_permission);
    const std::string table = full_name(arguments[0].text());
    const std::string address = lower(arguments[1].text());
    BSN_TRY(there, granted(environment, table, address));
    if (there) return number_result(permission_exists);
    if (table.size() > k_max_table_name) return number_result(permission_table_name_too_long);
    if (!address_of_text(address)) return number_result(address_invalid);
    BSN_TRY(allowed, may_write(environment, k_sys_access));
    if (!allowed) return number_result(no_authorized);
    BSN_CHECK(grant(environment, table, address));
    return number_result(1);
}

/// remove(table, address)
Result<Bytes> remove(Environment& environment, const Values& arguments) {
    if (arguments[0].text() == k_sys_access) return number_result(committee_permission);
    const std::string table = full_name(arguments[0].text());
    const std::string address = lower(arguments[1].text());
    BSN_TRY(there, granted(environment, table, address));
    if (!there) return number_result(permission_not_exist);
    BSN_TRY(allowed, may_write(environment, k_sys_access));
    if (!allowed) return number_result(no_authorized);
    BSN_TRY(count, revoke(environment, table, address));
    return number_result(count);
}

Result<Bytes> answer(Environment& environment, const std::string& table) {
    BSN_TRY(rows, environment.tables.rows(k_sys_access, table));
    std::vector<Fields> objects;
    for (Row& row : rows) objects.push_back(std::move(row.fields));
    const std::string text = compact_json(objects);
    BSN_CHECK(environment.gas.charge_memory(text.size()));
    return text_result(text);
}

Result<Bytes> query_by_name(Environment& environment, const Values& arguments) {
    return answer(environment, full_name(arguments[0].text()));
}

Result<Bytes> query_permission(Environment& environment, const Values& arguments) {
    return answer(environment, contract_table(arguments[0].address()));
}

/// grantWrite(contract, account)
Result<Bytes> grant_write(Environment& environment, const Values& arguments) {
    const ledger::Address contract = arguments[0].address();
    const std::string table = contract_table(contract);
    const std::string address = "0x" + to_hex(arguments[1].address());
    BSN_TRY(there, granted(environment, table, address));
    if (there) return number_result(permission_exists);
    if (!environment.journal.has_code(contract) && !environment.journal.exists(contract)) {
        return number_result(contract_not_exist);
    }
    BSN_TRY(manager, is_manager(environment.tables, contract, environment.call.origin));
    if (!manager) return number_result(no_authorized);
    BSN_CHECK(grant(environment, table, address));
    return number_result(1);
}

/// revokeWrite(contract, account)
Result<Bytes> revoke_write(Environment& environment, const Values& arguments) {
    const ledger::Address contract = arguments[0].address();
    const std::string table = contract_table(contract);
    const std::string address = "0x" + to_hex(arguments[1].address());
    BSN_TRY(there, granted(environment, table, address));
    if (!there) return number_result(permission_not_exist);
    BSN_TRY(manager, is_manager(environment.tables, contract, environment.call.origin));
    if (!manager) return number_result(no_authorized);
    BSN_TRY(count, revoke(environment, table, address));
    return number_result(count);
}

}  // namespace

const Functions& permission_functions() {
    static const Functions functions(std::array{
        Function{"insert(string,string)", insert, true},
        Function{"remove(string,string)", remove, true},
        Function{"queryByName(string)", query_by_name},
        Function{"grantWrite(address,address)", grant_write, true},
        Function{"revokeWrite(address,address)", revoke_write, true},
        Function{"queryPermission(address)", query_permission},
    });
    return functions;
}

}  // namespace bsn::contract::fisco
