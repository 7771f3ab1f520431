#pragma once
// Dialects: apps published for another ecosystem, whose transactions our ledger takes as that
// ecosystem's clients make them. `docs/formats.md` 10 and 21.

#include "base/codec.hpp"
#include "ledger/ethereum/types.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace bsn::ledger {

/// Which rules a transaction's body follows.
enum class Dialect : std::uint16_t {
    native = 0,    ///< payload, signer and signature as in `docs/formats.md` 3
    ethereum = 1,  ///< RLP of EIP-155, EIP-2930 or EIP-1559
    fisco = 2,     ///< RLP of FISCO BCOS 2
};

/// `ledger`, `ethereum` or `fisco`: the framework that an app of the dialect is published for.
std::string_view framework_name(Dialect dialect);
/// The dialect of a framework's name, if our ledger speaks it.
std::optional<Dialect> dialect_of_framework(std::string_view name);

/// The rules of the Ethereum Virtual Machine that a channel runs by.
enum class EvmFork : std::uint8_t {
    istanbul = 1,
    berlin = 2,
    london = 3,
    paris = 4,
    shanghai = 5,
    cancun = 6,
    prague = 7,
};

/// `istanbul` and so on.
std::string_view fork_name(EvmFork fork);
std::optional<EvmFork> fork_from_name(std::string_view name);

/// What an account has when the channel begins.
struct Allocation {
    Address address;
    Word balance;  ///< in wei
    auto operator<=>(const Allocation&) const = default;
};

/// How a channel runs the EVM. Fixed when the app is published.
struct DialectSettings {
    Dialect dialect = Dialect::ethereum;
    EvmFork fork = EvmFork::cancun;
    std::uint64_t chain_id = 0;
    std::uint64_t group = 0;  ///< FISCO: the group's number; 0 otherwise
    /// Whether gas is paid for. Otherwise any price is taken, and nothing charged.
    bool metered = false;
    std::uint64_t base_fee = 0;         ///< wei for a unit of gas, where it is metered
    std::uint64_t transaction_gas = 0;  ///< the most that a transaction may ask for
    std::uint32_t max_code_bytes = 0;   ///< of a contract
    /// Whether any key may send transactions; otherwise members of the app only.
    bool open_accounts = false;
    std::vector<Allocation> balances;  ///< ascending by address

    auto operator<=>(const DialectSettings&) const = default;
};

void write_dialect(Writer& writer, const DialectSettings& settings);
/// What is wrong is noted as the reader's failure.
DialectSettings read_dialect(Reader& reader);

}  // namespace bsn::ledger
