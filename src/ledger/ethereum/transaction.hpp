#pragma once
// Transactions as Ethereum's clients sign them: legacy (with and without EIP-155), EIP-2930 and
// EIP-1559. `docs/formats.md` 16.

#include "crypto/recovery.hpp"
#include "ledger/ethereum/types.hpp"
#include "ledger/types.hpp"

#include <vector>

namespace bsn::ledger::ethereum {

enum class TransactionType : std::uint8_t {
    legacy = 0,
    access_list = 1,  ///< EIP-2930
    dynamic_fee = 2,  ///< EIP-1559
};

/// An account, and slots of its storage, that a transaction announces.
struct AccessListEntry {
    Address address;
    std::vector<Word> slots;

    bool operator==(const AccessListEntry&) const = default;
};

struct Transaction {
    TransactionType type = TransactionType::legacy;
    /// None for a legacy transaction that is valid on every chain (before EIP-155).
    std::optional<std::uint64_t> chain_id;
    std::uint64_t nonce = 0;
    Word max_priority_fee;      ///< wei for a unit of gas; of `dynamic_fee` only
    Word max_fee;               ///< of the other types: the gas price
    std::uint64_t gas = 0;      ///< the limit
    std::optional<Address> to;  ///< none creates a contract
    Word value;
    Bytes data;
    std::vector<AccessListEntry> access_list;  ///< not of `legacy`
    bool y_parity = false;
    Word r;
    Word s;

    /// Checks the form, not the signature: bytes as `eth_sendRawTransaction` takes them. Types that
    /// we do not execute (EIP-4844 blobs, EIP-7702) are `unsupported_version`.
    static Result<Transaction> decode(ByteView bytes);
    Bytes encode() const;
    /// The bytes whose Keccak-256 is signed.
    Bytes signing_payload() const;
    /// The id by which Ethereum knows it: Keccak-256 of the encoding.
    Hash hash() const;
    /// The key that signed it; `bad_signature` if there is none, or if s is high.
    Result<PublicKey> recover() const;
    /// Sets the signature. The key must be of the suite secp256k1.
    void sign(const crypto::PrivateKey& key);

    bool operator==(const Transaction&) const = default;
};

/// The largest chain id that a legacy signature can name (EIP-155: v = 2 id + 36 in 64 bits).
inline constexpr std::uint64_t k_max_legacy_chain_id = (UINT64_MAX - 36) / 2;

}  // namespace bsn::ledger::ethereum
