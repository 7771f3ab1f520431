// 0x1007: contracts are frozen and unfrozen by those who manage them.
#include "contract/fisco/managers.hpp"

#include <algorithm>
#include <array>

namespace bsn::contract::fisco {
namespace {

using abi::Value;
using abi::Values;

/// 0, or why there is no contract at the address.
int wrong_with(Environment& environment, const ledger::Address& contract) {
    if (environment.journal.has_code(contract)) return 0;
    return environment.journal.exists(contract) ? not_a_contract : no_such_contract;
}

/// 0, or why the origin does not manage the contract.
Result<int> check_manager(Environment& environment, const ledger::Address& contract) {
    if (const int wrong = wrong_with(environment, contract); wrong != 0) return wrong;
    BSN_TRY(manager, is_manager(environment.tables, contract, environment.call.origin));
    return manager ? 0 : not_a_manager;
}

Result<Bytes> turn(Environment& environment, const ledger::Address& contract, bool frozen) {
    BSN_TRY(wrong, check_manager(environment, contract));
    if (wrong != 0) return number_result(wrong);
    BSN_TRY(now, is_frozen(environment.tables, contract));
    if (now == frozen) return number_result(frozen ? contract_is_frozen : contract_is_available);
    BSN_CHECK(set_frozen(environment.tables, contract, frozen));
    return number_result(1);
}

Result<Bytes> freeze(Environment& environment, const Values& arguments) {
    return turn(environment, arguments[0].address(), true);
}

Result<Bytes> unfreeze(Environment& environment, const Values& arguments) {
    return turn(environment, arguments[0].address(), false);
}

/// grantManager(contract, account)
Result<Bytes> grant_manager(Environment& environment, const Values& arguments) {
    const ledger::Address contract = arguments[0].address();
    BSN_TRY(wrong, check_manager(environment, contract));
    if (wrong != 0) return number_result(wrong);
    BSN_TRY(there, is_manager(environment.tables, contract, arguments[1].address()));
    if (there) return number_result(manager_exists);
    BSN_CHECK(add_manager(environment.tables, contract, arguments[1].address()));
    return number_result(1);
}

/// revokeManager(contract, account)
Result<Bytes> revoke_manager(Environment& environment, const Values& arguments) {
    const ledger::Address contract = arguments[0].address();
    BSN_TRY(wrong, check_manager(environment, contract));
    if (wrong != 0) return number_result(wrong);
    BSN_TRY(managers, managers_of(environment.tables, contract));
    if (managers.size() == 1) return number_result(last_manager);
    if (std::find(managers.begin(), managers.end(), arguments[1].address()) == managers.end()) {
        return number_result(manager_not_exist);
    }
    BSN_CHECK(remove_manager(environment.tables, contract, arguments[1].address()));
    return number_result(1);
}

/// (0, a sentence), which clients show as it is.
Result<Bytes> get_status(Environment& environment, const Values& arguments) {
    static const std::vector<abi::Parameter> types = *abi::parse_parameters("(uint256,string)");
    const ledger::Address contract = arguments[0].address();
    const int wrong = wrong_with(environment, contract);
    std::string_view text = "The address is nonexistent.";
    if (wrong == not_a_contract) text = "This is not a contract address.";
    if (wrong == 0) {
        BSN_TRY(frozen, is_frozen(environment.tables, contract));
        text = frozen ? "The contract has been frozen. You can invoke this contract after "
                        "unfreezing it."
                      : "The contract is available.";
    }
    return abi::encode(types, {Value::of_number(0), Value::of_text(text)});
}

/// (0 or what is wrong, the managers)
Result<Bytes> list_manager(Environment& environment, const Values& arguments) {
    static const std::vector<abi::Parameter> types = *abi::parse_parameters("(int256,address[])");
    const ledger::Address contract = arguments[0].address();
    const int wrong = wrong_with(environment, contract);
    Values addresses;
    if (wrong == 0) {
        BSN_TRY(managers, managers_of(environment.tables, contract));
        for (const ledger::Address& manager : managers) {
            addresses.push_back(Value::of_address(manager));
        }
    }
    return abi::encode(types, {Value::of_signed(wrong), Value::of_items(std::move(addresses))});
}

}  // namespace

const Functions& life_cycle_functions() {
    static const Functions functions(std::array{
        Function{"freeze(address)", freeze, true},
        Function{"unfreeze(address)", unfreeze, true},
        Function{"grantManager(address,address)", grant_manager, true},
        Function{"revokeManager(address,address)", revoke_manager, true},
        Function{"getStatus(address)", get_status},
        Function{"listManager(address)", list_manager},
    });
    return functions;
}

}  // namespace bsn::contract::fisco
