#pragma once
// What the functions of precompiled contracts have in common: where they run, and how they are
// found by the selector of a call.

#include "contract/abi/abi.hpp"
#include "contract/abi/codec.hpp"
#include "contract/fisco/codes.hpp"
#include "contract/fisco/condition.hpp"
#include "contract/fisco/objects.hpp"

#include <span>

namespace bsn::contract::fisco {

/// A message to a precompiled contract.
struct Call {
    ledger::Address address;
    /// Who sends the message: an account, or a contract on its behalf.
    ledger::Address caller;
    /// Who signed the transaction.
    ledger::Address origin;
    ByteView input;
    std::uint64_t gas = 0;
    /// Nothing may be written.
    bool is_static = false;
};

/// Of the chain and the block.
struct Settings {
    /// The hash of selectors: Keccak-256, or SM3 on chains of that suite.
    crypto::HashId hash = crypto::HashId::keccak256;
    /// The height of the block in which the transaction lies.
    std::uint64_t height = 0;
};

struct Environment {
    Journal& journal;
    const Call& call;
    const Settings& settings;
    GasMeter& gas;
    TableStore& tables;
    Objects& objects;
    /// What the called address stands for; null for those that are always there.
    Object* self = nullptr;
};

/// Undoes the call; the sentence is its reason.
inline Error refuse(std::string message) { return {Code::contract_failed, std::move(message)}; }

/// A function: its arguments are of the types of its signature, its result is encoded.
struct Function {
    std::string_view signature;
    Result<Bytes> (*run)(Environment& environment, const abi::Values& arguments);
    /// Refused in static calls.
    bool writes = false;
};

/// The functions of one kind of precompiled contract, by selector.
class Functions {
  public:
    explicit Functions(std::span<const Function> functions);

    /// Runs the function that the input names; none if there is no such function.
    Result<std::optional<Bytes>> run(Environment& environment) const;

  private:
    struct Known {
        Function function;
        std::vector<abi::Parameter> inputs;
        abi::Selector keccak;
        abi::Selector sm3;
    };

    std::vector<Known> known_;
};

// Results, encoded.
Bytes number_result(std::int64_t number);
Bytes text_result(std::string_view text);
Bytes address_result(const ledger::Address& address);

// The contracts that are always there, and those that calls hand out.
const Functions& table_factory_functions();
const Functions& table_functions();
const Functions& kv_table_factory_functions();
const Functions& kv_table_functions();
const Functions& entry_functions();
const Functions& entries_functions();
const Functions& condition_functions();
const Functions& crud_functions();
const Functions& cns_functions();
const Functions& permission_functions();
const Functions& life_cycle_functions();
const Functions& system_config_functions();
const Functions& consensus_functions();
const Functions& parallel_config_functions();

}  // namespace bsn::contract::fisco
