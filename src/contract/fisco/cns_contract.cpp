// 0x1004: the contract name service: addresses and ABIs by name and version.
#include "contract/fisco/json_text.hpp"
#include "contract/fisco/rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace bsn::contract::fisco {
namespace {

using abi::Value;
using abi::Values;

constexpr std::size_t k_max_name = 128;
constexpr std::size_t k_max_version = 128;

Condition version_is(std::string_view version) {
    Condition condition;
    condition.equal("version", std::string(version));
    return condition;
}

Result<std::vector<Row>> named(Environment& environment, std::string_view name,
                               const Condition& condition) {
    BSN_TRY(table, environment.tables.open(k_sys_cns));
    return select_rows(environment, *table, name, condition);
}

Result<Bytes> answer(Environment& environment, std::vector<Row> rows) {
    std::vector<Fields> objects;
    for (Row& row : rows) objects.push_back(std::move(row.fields));
    const std::string text = compact_json(objects);
    BSN_CHECK(environment.gas.charge_memory(text.size()));
    return text_result(text);
}

/// insert(name, version, address, abi)
Result<Bytes> insert(Environment& environment, const Values& arguments) {
    const std::string_view name = arguments[0].text();
    const std::string_view version = arguments[1].text();
    const bool address = address_of_text(arguments[2].text()).has_value();
    if (address) {
        BSN_CHECK(check_size("the name of a contract", name, k_max_name));
        BSN_CHECK(check_size("an ABI", arguments[3].text(), k_max_value));
    }
    if (version.size() > k_max_version) return number_result(version_too_long);
    BSN_TRY(there, named(environment, name, version_is(version)));
    if (!there.empty()) return number_result(name_and_version_exist);
    if (!address) return number_result(address_invalid);
    Fields row{{"name", std::string(name)},
               {"version", std::string(version)},
               {"address", std::string(arguments[2].text())},
               {"abi", std::string(arguments[3].text())}};
    BSN_TRY(table, environment.tables.open(k_sys_cns));
    BSN_TRY(count, insert_row(environment, *table, name, row));
    return number_result(count);
}

Result<Bytes> select_by_name(Environment& environment, const Values& arguments) {
    BSN_TRY(rows, named(environment, arguments[0].text(), Condition{}));
    return answer(environment, std::move(rows));
}

Result<Bytes> select_by_name_and_version(Environment& environment, const Values& arguments) {
    BSN_TRY(rows, named(environment, arguments[0].text(), version_is(arguments[1].text())));
    return answer(environment, std::move(rows));
}

Result<Bytes> get_contract_address(Environment& environment, const Values& arguments) {
    BSN_TRY(rows, named(environment, arguments[0].text(), version_is(arguments[1].text())));
    if (rows.empty()) {
        return refuse(fmt::format("no contract is registered as {} {}", arguments[0].text(),
                                  arguments[1].text()));
    }
    return address_result(
        address_of_text(rows.front().fields["address"]).value_or(ledger::Address{}));
}

}  // namespace

const Functions& cns_functions() {
    static const Functions functions(std::array{
        Function{"insert(string,string,string,string)", insert, true},
        Function{"selectByName(string)", select_by_name},
        Function{"selectByNameAndVersion(string,string)", select_by_name_and_version},
        Function{"getContractAddress(string,string)", get_contract_address},
    });
    return functions;
}

}  // namespace bsn::contract::fisco
