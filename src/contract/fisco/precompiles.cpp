#include "contract/fisco/precompiles.hpp"

#include "contract/arguments.hpp"
#include "contract/fisco/managers.hpp"
#include "contract/fisco/rows.hpp"

namespace bsn::contract::fisco {
namespace {

constexpr std::uint64_t k_unlimited = ~std::uint64_t{0};

/// The contract that is always at an address; null if there is none.
const Functions* standing(const ledger::Address& address) {
    Bytes word(12);
    word.insert(word.end(), address.data(), address.data() + address.size());
    switch (ledger::number_of_word(*ledger::Word::from(word)).value_or(0)) {
        case 0x1000: return &system_config_functions();
        case 0x1001: return &table_factory_functions();
        case 0x1002: return &crud_functions();
        case 0x1003: return &consensus_functions();
        case 0x1004: return &cns_functions();
        case 0x1005: return &permission_functions();
        case 0x1006: return &parallel_config_functions();
        case 0x1007: return &life_cycle_functions();
        case 0x1010: return &kv_table_factory_functions();
        default: return nullptr;
    }
}

const Functions& functions_of(const Object& object) {
    struct Kind {
        const Functions& operator()(const TableObject&) const { return table_functions(); }
        const Functions& operator()(const KvTableObject&) const { return kv_table_functions(); }
        const Functions& operator()(const EntryObject&) const { return entry_functions(); }
        const Functions& operator()(const EntriesObject&) const { return entries_functions(); }
        const Functions& operator()(const ConditionObject&) const { return condition_functions(); }
    };
    return std::visit(Kind{}, object);
}

/// What a call of a function that there is not yields: CRUD and settings say so by a number, all
/// others say nothing.
Bytes unknown(const Functions& functions) {
    if (&functions == &crud_functions()) return number_result(unknown_function);
    if (&functions == &system_config_functions()) return number_result(0);
    return {};
}

Bytes error_data(std::string_view reason, crypto::HashId hash) {
    static const abi::Entry error = *abi::parse_signature("error Error(string)");
    return abi::encode_call(error, {abi::Value::of_text(reason)}, hash);
}

}  // namespace

bool Precompiles::has(const ledger::Address& address) {
    return standing(address) != nullptr || objects_.find(address) != nullptr;
}

CallResult Precompiles::call(Journal& journal, const Call& call) {
    GasMeter gas(call.gas);
    TableStore tables(journal, gas);
    Environment environment{
        journal, call, settings_, gas, tables, objects_, objects_.find(call.address)};
    const Functions* functions =
        environment.self != nullptr ? &functions_of(*environment.self) : standing(call.address);
    ensure(functions != nullptr, "a call of an address without a precompiled contract");
    Result<std::optional<Bytes>> result = std::optional<Bytes>();
    if (auto paid = gas.charge_memory(call.input.size()); !paid) {
        result = paid.error();
    } else {
        result = functions->run(environment);
    }
    using End = CallResult::End;
    if (result) {
        Bytes output = *result ? std::move(**result) : unknown(*functions);
        return {End::success, std::move(output), gas.used()};
    }
    if (result.error().code != Code::contract_failed) return {End::out_of_gas, {}, call.gas};
    return {End::reverted, error_data(result.error().message, settings_.hash), gas.used()};
}

void Precompiles::created(Journal& journal, const ledger::Address& contract,
                          const ledger::Address& creator, const ledger::Address& origin) {
    GasMeter gas(k_unlimited);
    TableStore tables(journal, gas);
    ensure(add_manager(tables, contract, origin).ok(), "unlimited gas");
    if (creator == origin) return;
    auto managers = managers_of(tables, creator);
    for (const ledger::Address& manager : managers.value()) {
        if (manager != origin) {
            ensure(add_manager(tables, contract, manager).ok(), "unlimited gas");
        }
    }
}

bool Precompiles::frozen(Journal& journal, const ledger::Address& contract) {
    GasMeter gas(k_unlimited);
    TableStore tables(journal, gas);
    return is_frozen(tables, contract).value();
}

bool Precompiles::may_write(Journal& journal, const ledger::Address& contract,
                            const ledger::Address& origin) {
    Call call{contract, contract, origin, {}, k_unlimited, false};
    GasMeter gas(call.gas);
    TableStore tables(journal, gas);
    Environment environment{journal, call, settings_, gas, tables, objects_, nullptr};
    return fisco::may_write(environment, contract_table(contract)).value();
}

bool Precompiles::may_create(Journal& journal, const ledger::Address& origin) {
    Call call{{}, {}, origin, {}, k_unlimited, false};
    GasMeter gas(call.gas);
    TableStore tables(journal, gas);
    Environment environment{journal, call, settings_, gas, tables, objects_, nullptr};
    return fisco::may_write(environment, k_sys_tables).value();
}

std::optional<std::string> system_config(Journal& journal, std::string_view key,
                                         std::uint64_t height) {
    GasMeter gas(k_unlimited);
    TableStore tables(journal, gas);
    auto rows = tables.rows(k_sys_config, key);
    if (rows.value().empty()) return std::nullopt;
    Fields& fields = rows.value().front().fields;
    std::uint64_t since = 0;
    if (!parse_number(fields["enable_num"], since) || since >= height) return std::nullopt;
    return fields["value"];
}

}  // namespace bsn::contract::fisco
