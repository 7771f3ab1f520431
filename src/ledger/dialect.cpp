#include "ledger/dialect.hpp"

#include "ledger/fields.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace bsn::ledger {
namespace {

constexpr std::string_view k_unknown = "unknown";

constexpr std::array<std::pair<Dialect, std::string_view>, 3> k_frameworks = {{
    {Dialect::native, "ledger"},
    {Dialect::ethereum, "ethereum"},
    {Dialect::fisco, "fisco"},
}};

constexpr std::array<std::pair<EvmFork, std::string_view>, 7> k_forks = {{
    {EvmFork::istanbul, "istanbul"},
    {EvmFork::berlin, "berlin"},
    {EvmFork::london, "london"},
    {EvmFork::paris, "paris"},
    {EvmFork::shanghai, "shanghai"},
    {EvmFork::cancun, "cancun"},
    {EvmFork::prague, "prague"},
}};

template <typename Names, typename Value>
std::string_view name_in(const Names& names, Value value) {
    for (const auto& [known, name] : names) {
        if (known == value) return name;
    }
    return k_unknown;
}

template <typename Value, std::size_t N>
std::optional<Value> value_in(const std::array<std::pair<Value, std::string_view>, N>& names,
                              std::string_view wanted) {
    for (const auto& [value, name] : names) {
        if (name == wanted) return value;
    }
    return std::nullopt;
}

}  // namespace

std::string_view framework_name(Dialect dialect) { return name_in(k_frameworks, dialect); }

std::optional<Dialect> dialect_of_framework(std::string_view name) {
    return value_in(k_frameworks, name);
}

std::string_view fork_name(EvmFork fork) { return name_in(k_forks, fork); }

std::optional<EvmFork> fork_from_name(std::string_view name) { return value_in(k_forks, name); }

void write_dialect(Writer& writer, const DialectSettings& settings) {
    writer.u16(static_cast<std::uint16_t>(settings.dialect));
    writer.u8(number_of(settings.fork));
    writer.u64(settings.chain_id);
    writer.u64(settings.group);
    writer.u8(settings.metered ? 1 : 0);
    writer.u64(settings.base_fee);
    writer.u64(settings.transaction_gas);
    writer.u32(settings.max_code_bytes);
    writer.u8(settings.open_accounts ? 1 : 0);
    writer.u16(count_u16(settings.balances.size()));
    for (const Allocation& allocation : settings.balances) {
        writer.raw(allocation.address);
        writer.raw(allocation.balance);
    }
}

DialectSettings read_dialect(Reader& reader) {
    DialectSettings settings;
    const std::uint16_t dialect = reader.u16();
    settings.dialect = static_cast<Dialect>(dialect);
    if (settings.dialect != Dialect::ethereum && settings.dialect != Dialect::fisco) {
        reader.fail(Code::unsupported_version, fmt::format("dialect {} is unknown", dialect));
    }
    const std::uint8_t fork = reader.u8();
    settings.fork = static_cast<EvmFork>(fork);
    if (fork_name(settings.fork) == k_unknown) {
        reader.fail(Code::unsupported_version, fmt::format("EVM fork {} is unknown", fork));
    }
    settings.chain_id = reader.u64();
    settings.group = reader.u64();
    settings.metered = read_flag(reader);
    settings.base_fee = reader.u64();
    settings.transaction_gas = reader.u64();
    settings.max_code_bytes = reader.u32();
    settings.open_accounts = read_flag(reader);
    const std::size_t count = reader.count16(Address::k_size + Word::k_size);
    for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
        Allocation allocation{reader.fixed<Address>(), reader.fixed<Word>()};
        if (!settings.balances.empty() && allocation.address <= settings.balances.back().address) {
            reader.fail("balances are not ascending by address");
        }
        settings.balances.push_back(allocation);
    }
    return settings;
}

}  // namespace bsn::ledger
