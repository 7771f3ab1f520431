#pragma once
// The accounts, code and slots of an EVM as entries of world state, under the contract name "evm".
// `docs/formats.md` 20.

#include "ledger/ethereum/types.hpp"
#include "ledger/types.hpp"

#include <string_view>

namespace bsn::ledger::ethereum {

/// Under which name the entries of an EVM stand in world state.
inline constexpr std::string_view k_evm = "evm";

/// Keccak-256 of nothing: the code hash of an account without code.
const Hash& empty_code_hash();

struct Account {
    std::uint64_t nonce = 0;
    Word balance;
    Hash code_hash = empty_code_hash();  ///< Keccak-256, on chains of 国密 suites too

    bool has_code() const { return code_hash != empty_code_hash(); }
    /// An empty account does not exist (EIP-161).
    bool is_empty() const { return nonce == 0 && balance.is_zero() && !has_code(); }

    Bytes encode() const;
    /// `corrupted` unless these are bytes that `encode` yields, of an account that is not empty.
    static Result<Account> decode(ByteView bytes);

    bool operator==(const Account&) const = default;
};

/// 'a' and the address.
Bytes account_key(const Address& address);
/// 'c' and the hash of the code.
Bytes code_key(const Hash& hash);
/// 's', the address and the number of the slot.
Bytes slot_key(const Address& address, const Word& slot);
/// What the keys of all slots of an account begin with.
Bytes slots_prefix(const Address& address);

/// A slot's value without leading zeros; one of zero has no entry.
Bytes encode_slot(const Word& value);
/// `corrupted` unless `encode_slot` yields it, and for zero.
Result<Word> decode_slot(ByteView bytes);

}  // namespace bsn::ledger::ethereum
