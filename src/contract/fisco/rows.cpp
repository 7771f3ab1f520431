#include "contract/fisco/rows.hpp"

#include "contract/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::contract::fisco {
namespace {

Status check_fields(const Table& table, const Fields& entry) {
    for (const auto& [name, value] : entry) {
        if (!table.has_field(name)) {
            return refuse(fmt::format("table {} has no field '{}'", table.name, name));
        }
        BSN_CHECK(check_size("a value", value, k_max_value));
    }
    return {};
}

}  // namespace

std::string contract_table(const ledger::Address& contract) {
    return std::string(k_contract_prefix) + to_hex(contract);
}

std::optional<ledger::Address> address_of_text(std::string_view text) {
    if (text.starts_with("0x")) text.remove_prefix(2);
    const std::string padded = (text.size() % 2 != 0 ? "0" : "") + std::string(text);
    const auto bytes = from_hex(padded);
    if (!bytes) return std::nullopt;
    const auto address = ledger::Address::from(*bytes);
    return address ? *address : ledger::Address{};
}

Result<bool> may_write(Environment& environment, std::string_view table) {
    BSN_TRY(rows, environment.tables.rows(k_sys_access, table));
    bool anyone = true;
    for (const Row& row : rows) {
        const auto height = row.fields.find("enable_num");
        std::uint64_t since = 0;
        if (height == row.fields.end() || !parse_number(height->second, since) ||
            since >= environment.settings.height) {
            continue;
        }
        anyone = false;
        const auto who = row.fields.find("address");
        if (who != row.fields.end() && address_of_text(who->second) == environment.call.origin) {
            return true;
        }
    }
    return anyone;
}

Status check_caller(Environment& environment) {
    BSN_TRY(allowed, may_write(environment, contract_table(environment.call.caller)));
    if (allowed) return {};
    return refuse(fmt::format("permission denied: {} may not use contract {}",
                              to_hex(environment.call.origin), to_hex(environment.call.caller)));
}

Status check_size(std::string_view what, std::string_view value, std::size_t most) {
    if (value.size() <= most) return {};
    return refuse(fmt::format("{} has at most {} bytes, not {}", what, most, value.size()));
}

Result<std::vector<Row>> select_rows(Environment& environment, const Table& table,
                                     std::string_view key, const Condition& condition) {
    BSN_TRY(rows, environment.tables.rows(table.name, key));
    return condition.select(std::move(rows));
}

Result<int> insert_row(Environment& environment, const Table& table, std::string_view key,
                       Fields& entry) {
    BSN_TRY(allowed, may_write(environment, table.name));
    if (!allowed) return no_authorized;
    BSN_CHECK(check_fields(table, entry));
    entry[table.key_field] = key;
    BSN_CHECK(environment.gas.charge_memory(bytes_of(entry)));
    BSN_CHECK(environment.tables.append(table.name, key, entry));
    return 1;
}

Result<int> update_rows(Environment& environment, const Table& table, std::string_view key,
                        const Fields& entry, const Condition& condition) {
    BSN_TRY(allowed, may_write(environment, table.name));
    if (!allowed) return no_authorized;
    BSN_CHECK(check_fields(table, entry));
    BSN_TRY(rows, select_rows(environment, table, key, condition));
    for (Row& row : rows) {
        for (const auto& [name, value] : entry) {
            if (name != table.key_field) row.fields[name] = value;
        }
        BSN_CHECK(environment.gas.charge_memory(bytes_of(row.fields)));
        BSN_CHECK(environment.tables.replace(table.name, key, row));
    }
    return static_cast<int>(rows.size());
}

Result<int> remove_rows(Environment& environment, const Table& table, std::string_view key,
                        const Condition& condition) {
    BSN_TRY(allowed, may_write(environment, table.name));
    if (!allowed) return no_authorized;
    BSN_TRY(rows, select_rows(environment, table, key, condition));
    for (const Row& row : rows) BSN_CHECK(environment.tables.erase(table.name, key, row.index));
    return static_cast<int>(rows.size());
}

}  // namespace bsn::contract::fisco
