#include "framework/ethereum/transaction_checks.hpp"

#include "ledger/ethereum/address.hpp"

#include <fmt/format.h>

namespace bsn::framework::ethereum {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t k_transaction_gas = 21'000;
constexpr std::uint64_t k_creation_gas = 32'000;
constexpr std::uint64_t k_zero_byte_gas = 4;
constexpr std::uint64_t k_byte_gas = 16;
constexpr std::uint64_t k_init_word_gas = 2;
constexpr std::uint64_t k_list_address_gas = 2'400;
constexpr std::uint64_t k_list_slot_gas = 1'900;

rpc::Failure refused(std::string message) { return {rpc::ErrorNumber::server, std::move(message)}; }

/// a + b; none beyond 256 bits.
std::optional<Word> sum(const Word& a, const Word& b) {
    Word result;
    unsigned carry = 0;
    for (std::size_t i = Word::k_size; i-- > 0;) {
        unsigned digit = unsigned{a.data()[i]} + b.data()[i] + carry;
        result.data()[i] = static_cast<std::uint8_t>(digit);
        carry = digit >> 8;
    }
    return carry == 0 ? std::optional(result) : std::nullopt;
}

/// a * b; none beyond 256 bits.
std::optional<Word> product(const Word& a, std::uint64_t b) {
    Word result;
    Wide carry = 0;
    for (std::size_t i = Word::k_size; i-- > 0;) {
        carry += static_cast<Wide>(b) * a.data()[i];
        result.data()[i] = static_cast<std::uint8_t>(carry);
        carry >>= 8;
    }
    return carry == 0 ? std::optional(result) : std::nullopt;
}

/// In geth's words, where geth says something other than our decoder.
rpc::Failure unreadable(const Error& error) {
    if (error.code == Code::unsupported_version) return refused("transaction type not supported");
    return refused("rlp: " + error.message);
}

}  // namespace

std::uint64_t intrinsic_gas(const Transaction& transaction) {
    std::uint64_t gas = k_transaction_gas;
    for (std::uint8_t byte : transaction.data) gas += byte == 0 ? k_zero_byte_gas : k_byte_gas;
    if (!transaction.to) {
        gas += k_creation_gas + k_init_word_gas * ((transaction.data.size() + 31) / 32);
    }
    for (const AccessListEntry& entry : transaction.access_list) {
        gas += k_list_address_gas + k_list_slot_gas * entry.slots.size();
    }
    return gas;
}

Answer<CheckedTransaction> check_transaction(const ChainSettings& settings, ByteView raw) {
    if (raw.size() > settings.max_transaction_bytes) {
        return refused(fmt::format("oversized data: transaction size {}, limit {}", raw.size(),
                                   settings.max_transaction_bytes));
    }
    constexpr std::uint8_t k_first_of_lists = 0x80;  // below: the type of what follows
    if (raw.empty() || (raw.size() == 1 && raw.front() < k_first_of_lists)) {
        return refused("typed transaction too short");
    }
    auto decoded = Transaction::decode(raw);
    if (!decoded) return unreadable(decoded.error());
    const Transaction& transaction = *decoded;
    if (!transaction.chain_id) {
        return refused("only replay-protected (EIP-155) transactions allowed over RPC");
    }
    if (*transaction.chain_id != settings.chain_id) {
        return refused(fmt::format("invalid sender: invalid chain id for signer: have {} want {}",
                                   *transaction.chain_id, settings.chain_id));
    }
    if (!transaction.to && transaction.data.size() > settings.max_init_code) {
        return refused(fmt::format("max initcode size exceeded: code size {} limit {}",
                                   transaction.data.size(), settings.max_init_code));
    }
    if (transaction.gas > settings.block_gas_limit) return refused("exceeds block gas limit");
    if (transaction.max_fee < transaction.max_priority_fee) {
        return refused("max priority fee per gas higher than max fee per gas");
    }
    const std::uint64_t least = intrinsic_gas(transaction);
    if (transaction.gas < least) {
        return refused(fmt::format("intrinsic gas too low: gas {}, minimum needed {}",
                                   transaction.gas, least));
    }
    if (transaction.nonce == UINT64_MAX) return refused("nonce has max value");
    // Last, since it costs most.
    auto key = transaction.recover();
    auto from = key ? ledger::ethereum::address_of(*key) : Result<Address>(key.error());
    if (!from) return refused("invalid sender: invalid transaction v, r, s values");
    return CheckedTransaction{ledger::Transaction::of_ethereum(raw, std::move(*decoded), *key),
                              *from};
}

Answer<bool> check_funds(const ChainSettings& settings, const CheckedTransaction& checked,
                         const AccountState& sender) {
    const Transaction& transaction = checked.native();
    std::optional<Word> cost = transaction.value;
    if (settings.metered) {
        auto fees = product(transaction.max_fee, transaction.gas);
        cost = fees ? sum(*fees, transaction.value) : std::nullopt;
    }
    if (cost && *cost <= sender.balance) return true;
    const std::string more = cost
                                 ? fmt::format("{}, overshot {}", rpc::decimal_text(*cost),
                                               rpc::decimal_text(difference(*cost, sender.balance)))
                                 : "over 2^256";
    return refused(fmt::format("insufficient funds for gas * price + value: balance {}, tx cost {}",
                               rpc::decimal_text(sender.balance), more));
}

Word difference(const Word& a, const Word& b) {
    Word result;
    unsigned borrow = 0;
    for (std::size_t i = Word::k_size; i-- > 0;) {
        unsigned digit = 0x100U + a.data()[i] - b.data()[i] - borrow;
        result.data()[i] = static_cast<std::uint8_t>(digit);
        borrow = digit < 0x100U ? 1 : 0;
    }
    return result;
}

}  // namespace bsn::framework::ethereum
