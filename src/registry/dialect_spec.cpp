#include "registry/dialect_spec.hpp"

#include "contract/contract.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::registry {
namespace {

using contract::refuse;
using ledger::Dialect;
using ledger::DialectSettings;

/// Wallets take no larger chain id: their arithmetic on it must stay exact.
constexpr std::uint64_t k_max_chain_id = 4'503'599'627'370'476;
constexpr std::uint64_t k_max_group = 32'767;  // FISCO BCOS
constexpr std::uint64_t k_ethereum_gas = 30'000'000;
constexpr std::uint64_t k_fisco_gas = 300'000'000;
constexpr std::uint64_t k_least_gas = 1'000'000;
constexpr std::uint64_t k_most_gas = 1'000'000'000;
constexpr std::uint64_t k_ethereum_code = 24'576;  // EIP-170
constexpr std::uint64_t k_fisco_code = 262'144;
constexpr std::uint64_t k_most_code = 524'288;
constexpr std::size_t k_max_balances = 500;

/// 40 hexadecimal digits behind `0x`.
Result<ledger::Address> address_from(std::string_view text) {
    if (text.substr(0, 2) == "0x") {
        auto address = fixed_from_hex<ledger::Address>(text.substr(2));
        if (address) return *address;
    }
    return refuse(
        fmt::format("evm: balances: '{}' is no address: 0x and 40 hexadecimal digits", text));
}

/// A decimal number below 2^256.
Result<ledger::Word> amount_from(std::string_view text) {
    ledger::Word word;
    for (const char digit : text) {
        unsigned carry = static_cast<unsigned>(digit - '0');
        if (digit < '0' || digit > '9') carry = 0xFFFF;
        for (std::size_t i = word.size(); i > 0 && carry <= 0xFFF; --i) {
            carry += 10U * word.data()[i - 1];
            word.data()[i - 1] = static_cast<std::uint8_t>(carry);
            carry >>= 8;
        }
        if (carry != 0) {
            return refuse(fmt::format("evm: balances: '{}' is no whole number below 2^256", text));
        }
    }
    if (text.empty()) return refuse("evm: balances: an amount is empty");
    return word;
}

template <typename Enum>
Result<Enum> choice(JsonObject& evm, const char* member,
                    std::initializer_list<std::pair<std::string_view, Enum>> choices) {
    BSN_TRY(text, evm.text(member, std::string(choices.begin()->first)));
    std::string known;
    for (const auto& [name, value] : choices) {
        if (name == text) return value;
        known += fmt::format("{}{}", known.empty() ? "" : ", ", name);
    }
    return refuse(fmt::format("evm: member '{}' is none of {}", member, known));
}

Result<std::vector<ledger::Allocation>> balances_from(const Json* json) {
    std::vector<ledger::Allocation> balances;
    if (json == nullptr) return balances;
    if (!json->is_object() || json->size() > k_max_balances) {
        return refuse(fmt::format("evm: member 'balances' is no object of at most {} addresses",
                                  k_max_balances));
    }
    for (const auto& [text, amount] : json->items()) {
        BSN_TRY(address, address_from(text));
        if (!amount.is_string()) {
            return refuse(
                fmt::format("evm: the balance of {} is no text with a whole number of wei", text));
        }
        BSN_TRY(balance, amount_from(amount.get<std::string>()));
        balances.push_back({address, balance});
    }
    std::sort(balances.begin(), balances.end());
    for (std::size_t i = 1; i < balances.size(); ++i) {
        if (balances[i].address == balances[i - 1].address) {
            return refuse(
                fmt::format("evm: balances: 0x{} stands twice", to_hex(balances[i].address)));
        }
    }
    return balances;
}

Status check_suite(Dialect dialect, crypto::SuiteId suite) {
    using crypto::SuiteId;
    const bool fits =
        suite == SuiteId::secp256k1 || (dialect == Dialect::fisco && suite == SuiteId::sm2);
    if (fits) return {};
    return refuse(fmt::format("an app of framework {} has suite {}",
                              ledger::framework_name(dialect),
                              dialect == Dialect::fisco ? "secp256k1 or sm2" : "secp256k1"));
}

}  // namespace

std::string_view default_suite(Dialect dialect) {
    return crypto::suite_name(dialect == Dialect::native ? crypto::SuiteId::secp256r1
                                                         : crypto::SuiteId::secp256k1);
}

Result<EvmSpec> evm_spec_from(JsonObject& app, Dialect dialect, crypto::SuiteId suite) {
    BSN_CHECK(check_suite(dialect, suite));
    static const Json nothing = Json::object();
    const Json* json = app.find("evm");
    BSN_TRY(evm, JsonObject::from(json == nullptr ? nothing : *json, "evm"));
    const bool fisco = dialect == Dialect::fisco;
    EvmSpec spec;
    DialectSettings& settings = spec.settings;
    settings.dialect = dialect;
    BSN_TRY(fork_text, evm.text("fork", fisco ? "istanbul" : "cancun"));
    auto fork = ledger::fork_from_name(fork_text);
    if (!fork) {
        return refuse(
            fmt::format("evm: unknown fork '{}'; there are istanbul, berlin, london, "
                        "paris, shanghai, cancun, prague",
                        fork_text));
    }
    settings.fork = *fork;
    BSN_TRY(chain_id, evm.number("chain_id", fisco ? 1 : 0, k_max_chain_id));
    settings.chain_id = chain_id;
    if (fisco) {
        BSN_TRY(group, evm.number("group", 0, k_max_group));
        settings.group = group;
    }
    BSN_TRY(metered, choice<bool>(evm, "gas", {{"free", false}, {"metered", true}}));
    settings.metered = metered;
    BSN_TRY(base_fee, evm.number("base_fee", metered ? 1'000'000'000 : 0, 1ULL << 60));
    if (!metered && base_fee != 0) return refuse("evm: gas is free, so 'base_fee' is 0");
    settings.base_fee = base_fee;
    BSN_TRY(gas, evm.number("transaction_gas", fisco ? k_fisco_gas : k_ethereum_gas, k_most_gas));
    if (gas < k_least_gas) {
        return refuse(fmt::format("evm: member 'transaction_gas' is below {}", k_least_gas));
    }
    settings.transaction_gas = gas;
    BSN_TRY(code,
            evm.number("max_code_bytes", fisco ? k_fisco_code : k_ethereum_code, k_most_code));
    settings.max_code_bytes = static_cast<std::uint32_t>(code);
    BSN_TRY(open, choice<bool>(evm, "accounts", {{"members", false}, {"open", true}}));
    settings.open_accounts = open;
    using Type = ledger::StateCommitmentType;
    BSN_TRY(state, choice<Type>(evm, "state",
                                {{"multiset_hash", Type::multiset_hash},
                                 {"merkle_patricia", Type::merkle_patricia}}));
    if (fisco && state == Type::merkle_patricia) {
        return refuse("evm: an app of framework fisco has state multiset_hash");
    }
    spec.state_type = state;
    BSN_TRY(balances, balances_from(evm.find("balances")));
    settings.balances = std::move(balances);
    BSN_CHECK(evm.finish());
    return spec;
}

}  // namespace bsn::registry
