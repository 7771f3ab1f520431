#pragma once
// Which contract a person means: one that the contract name service (0x1004) knows, or an address.

#include "contract/abi/abi.hpp"

#include <functional>

namespace bsn::contract::abi {

/// A contract as the name service has it.
struct NamedContract {
    std::string name;
    std::string version;
    ledger::Address address;
    std::string abi;  ///< JSON; empty if it was registered without

    bool operator==(const NamedContract&) const = default;
};

/// What a person calls: `token`, `token@2`, `0x` and 40 digits, or `0x1004` and its like.
struct ContractRef {
    std::string name;
    std::string version;  ///< empty: the newest
    std::optional<ledger::Address> address;

    static Result<ContractRef> parse(std::string_view text);
};

/// The functions of the name service.
const Entry& name_insert_function();
const Entry& name_select_function();

/// The contracts in what `selectByName` answers (a JSON text), in the order of registration. Those
/// that were registered with something else than an address are left out.
Result<std::vector<NamedContract>> named_contracts_of(std::string_view json);
/// The contract of a version, or the one that was registered last; `not_found` says what there is.
Result<NamedContract> choose_named(const std::vector<NamedContract>& versions,
                                   const ContractRef& wanted);

/// A contract that was found.
struct Callee {
    ledger::Address address;
    std::optional<NamedContract> named;  ///< none if it was meant by its address
    Abi abi;                             ///< without entries if it is not known

    /// The function of a name or signature that takes so many arguments. Where no ABI is known, a
    /// signature says all: `balanceOf(address) returns (uint256)`.
    Result<Entry> function(std::string_view text, std::size_t arguments) const;
};

/// Asks the name service for all versions of a name: what `selectByName` answers.
using AskNames = std::function<Result<std::string>(const std::string& name)>;

/// The contract that a text means.
Result<Callee> find_callee(std::string_view text, const AskNames& ask);

}  // namespace bsn::contract::abi
