// Tables: made and opened by 0x1001 (rows by key and condition) and 0x1010 (one row for each key),
// used through objects.
#include "contract/fisco/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace bsn::contract::fisco {
namespace {

using abi::Value;
using abi::Values;

constexpr std::size_t k_max_field_name = 64;
constexpr std::size_t k_max_field_names = 1024;
constexpr std::size_t k_max_table_name = 50;  // with its prefix

std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\n\v\f\r");
    if (first == std::string_view::npos) return {};
    return std::string(text.substr(first, text.find_last_not_of(" \t\n\v\f\r") - first + 1));
}

bool has_only_name_characters(std::string_view name) {
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '$' || c == '_' || c == '@';
    });
}

Status check_field_name(const std::string& name) {
    BSN_CHECK(check_size("the name of a field", name, k_max_field_name));
    if (!name.empty() && name.front() != '_' && has_only_name_characters(name)) return {};
    return refuse(fmt::format(
        "'{}' is no name of a field: letters, digits, $, _ and @, not beginning with _", name));
}

/// The table that the arguments of `createTable` describe, its name still without prefix.
Result<Table> described(const Values& arguments) {
    Table table{std::string(arguments[0].text()), trimmed(arguments[1].text()), {}};
    if (!has_only_name_characters(table.name)) {
        return refuse(
            fmt::format("'{}' is no name of a table: letters, digits, $, _ and @", table.name));
    }
    BSN_CHECK(check_field_name(table.key_field));
    std::set<std::string> names{table.key_field};
    std::string_view rest = arguments[2].text();
    std::size_t size = 0;
    for (std::size_t comma = 0; comma != std::string_view::npos;) {
        comma = rest.find(',');
        std::string name = trimmed(rest.substr(0, comma));
        rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
        BSN_CHECK(check_field_name(name));
        if (!names.insert(name).second) return refuse(fmt::format("field '{}' comes twice", name));
        size += name.size() + 1;
        if (size > k_max_field_names + 1) {
            return refuse(fmt::format("the names of the fields have at most {} bytes together",
                                      k_max_field_names));
        }
        table.value_fields.push_back(std::move(name));
    }
    table.name = user_table(table.name);
    BSN_CHECK(
        check_size("the name of a table, with the two before it,", table.name, k_max_table_name));
    return table;
}

/// 0, or what is wrong.
Result<int> create(Environment& environment, const Values& arguments) {
    BSN_CHECK(check_caller(environment));
    BSN_TRY(table, described(arguments));
    BSN_TRY(there, environment.tables.open(table.name));
    if (there) return table_exists;
    BSN_TRY(tables, environment.tables.open(k_sys_tables));
    Fields row{{"key_field", table.key_field}, {"value_field", ""}};
    for (const std::string& name : table.value_fields) {
        row["value_field"] += (row["value_field"].empty() ? "" : ",") + name;
    }
    BSN_TRY(count, insert_row(environment, *tables, table.name, row));
    if (count < 0) return count;
    BSN_CHECK(environment.gas.charge(k_gas_create));
    return 0;
}

/// Hands out an object.
Result<Bytes> hand_out(Environment& environment, Object object) {
    BSN_CHECK(environment.gas.charge(k_gas_object));
    return address_result(environment.objects.add(std::move(object)));
}

Result<Bytes> create_table(Environment& environment, const Values& arguments) {
    BSN_TRY(result, create(environment, arguments));
    return number_result(result);
}

Result<Bytes> create_kv_table(Environment& environment, const Values& arguments) {
    BSN_TRY(result, create(environment, arguments));
    if (result == no_authorized) {
        return refuse(fmt::format("permission denied: {} may not create tables",
                                  to_hex(environment.call.origin)));
    }
    return number_result(result);
}

Result<Bytes> open_table(Environment& environment, const Values& arguments) {
    BSN_TRY(table, environment.tables.open(user_table(arguments[0].text())));
    if (!table) return address_result({});
    return hand_out(environment, TableObject{std::move(*table)});
}

Result<Bytes> open_kv_table(Environment& environment, const Values& arguments) {
    const std::string name = user_table(arguments[0].text());
    BSN_TRY(table, environment.tables.open(name));
    if (!table) return refuse(fmt::format("there is no table {}", name));
    return hand_out(environment, KvTableObject{std::move(*table)});
}

Result<EntryObject*> entry_at(Environment& environment, const Value& address) {
    auto* entry = environment.objects.find<EntryObject>(address.address());
    if (entry == nullptr) return refuse("no entry of this transaction has that address");
    return entry;
}

Result<ConditionObject*> condition_at(Environment& environment, const Value& address) {
    auto* condition = environment.objects.find<ConditionObject>(address.address());
    if (condition == nullptr) return refuse("no condition of this transaction has that address");
    return condition;
}

const Table& own_table(const Environment& environment) {
    if (const auto* table = std::get_if<TableObject>(environment.self)) return table->table;
    return std::get<KvTableObject>(*environment.self).table;
}

Result<Bytes> select(Environment& environment, const Values& arguments) {
    BSN_TRY(condition, condition_at(environment, arguments[1]));
    BSN_TRY(rows, select_rows(environment, own_table(environment), arguments[0].text(),
                              condition->condition));
    EntriesObject entries;
    for (Row& row : rows) entries.entries.push_back(std::move(row.fields));
    return hand_out(environment, std::move(entries));
}

Result<Bytes> insert(Environment& environment, const Values& arguments) {
    BSN_CHECK(check_caller(environment));
    BSN_TRY(entry, entry_at(environment, arguments[1]));
    BSN_CHECK(check_size("a key", arguments[0].text(), k_max_key));
    BSN_TRY(count,
            insert_row(environment, own_table(environment), arguments[0].text(), entry->fields));
    return number_result(count);
}

Result<Bytes> update(Environment& environment, const Values& arguments) {
    BSN_CHECK(check_caller(environment));
    BSN_TRY(entry, entry_at(environment, arguments[1]));
    BSN_TRY(condition, condition_at(environment, arguments[2]));
    BSN_TRY(count, update_rows(environment, own_table(environment), arguments[0].text(),
                               entry->fields, condition->condition));
    return number_result(count);
}

Result<Bytes> remove(Environment& environment, const Values& arguments) {
    BSN_CHECK(check_caller(environment));
    BSN_TRY(condition, condition_at(environment, arguments[1]));
    BSN_TRY(count, remove_rows(environment, own_table(environment), arguments[0].text(),
                               condition->condition));
    return number_result(count);
}

Result<Bytes> new_entry(Environment& environment, const Values& /*arguments*/) {
    return hand_out(environment, EntryObject{});
}

Result<Bytes> new_condition(Environment& environment, const Values& /*arguments*/) {
    return hand_out(environment, ConditionObject{});
}

/// (true, entry), or (false, 0).
Result<Bytes> kv_get(Environment& environment, const Values& arguments) {
    BSN_TRY(rows,
            select_rows(environment, own_table(environment), arguments[0].text(), Condition{}));
    Bytes result = abi::Value::of_bool(!rows.empty()).bytes;
    Bytes address = address_result({});
    if (!rows.empty()) {
        BSN_TRY(entry, hand_out(environment, EntryObject{std::move(rows.front().fields)}));
        address = std::move(entry);
    }
    result.insert(result.end(), address.begin(), address.end());
    return result;
}

Result<Bytes> kv_set(Environment& environment, const Values& arguments) {
    BSN_CHECK(check_caller(environment));
    BSN_TRY(entry, entry_at(environment, arguments[1]));
    const Table& table = own_table(environment);
    const std::string_view key = arguments[0].text();
    BSN_CHECK(check_size("a key", key, k_max_key));
    BSN_TRY(rows, select_rows(environment, table, key, Condition{}));
    Result<int> count = rows.empty()
                            ? insert_row(environment, table, key, entry->fields)
                            : update_rows(environment, table, key, entry->fields, Condition{});
    if (!count) return count.error();
    if (*count == no_authorized) {
        return refuse(fmt::format("permission denied: {} may not write {}",
                                  to_hex(environment.call.origin), table.name));
    }
    return number_result(*count);
}

}  // namespace

const Functions& table_factory_functions() {
    static const Functions functions(std::array{
        Function{"openTable(string)", open_table},
        Function{"createTable(string,string,string)", create_table, true},
    });
    return functions;
}

const Functions& kv_table_factory_functions() {
    static const Functions functions(std::array{
        Function{"openTable(string)", open_kv_table},
        Function{"createTable(string,string,string)", create_kv_table, true},
    });
    return functions;
}

const Functions& table_functions() {
    static const Functions functions(std::array{
        Function{"select(string,address)", select},
        Function{"insert(string,address)", insert, true},
        Function{"update(string,address,address)", update, true},
        Function{"remove(string,address)", remove, true},
        Function{"newEntry()", new_entry},
        Function{"newCondition()", new_condition},
    });
    return functions;
}

const Functions& kv_table_functions() {
    static const Functions functions(std::array{
        Function{"get(string)", kv_get},
        Function{"set(string,address)", kv_set, true},
        Function{"newEntry()", new_entry},
    });
    return functions;
}

}  // namespace bsn::contract::fisco
