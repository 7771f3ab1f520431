#pragma once
// Headers of Ethereum blocks, up to the fork Cancun. `docs/formats.md` 18.

#include "ledger/ethereum/bloom.hpp"

#include <array>

namespace bsn::ledger::ethereum {

/// What a header has since Cancun.
struct CancunFields {
    std::uint64_t blob_gas_used = 0;
    std::uint64_t excess_blob_gas = 0;
    Hash parent_beacon_root;

    bool operator==(const CancunFields&) const = default;
};

/// Keccak-256 of the RLP of an empty list: the uncles of a block without any.
Hash no_uncles_hash();

/// The later fields came one fork after the other: none is there without those before it.
struct Header {
    Hash parent;
    Hash uncles_hash = no_uncles_hash();
    Address beneficiary;
    Hash state_root;
    Hash transactions_root;
    Hash receipts_root;
    Bloom bloom;
    Word difficulty;  ///< 0 since the Merge
    std::uint64_t number = 0;
    std::uint64_t gas_limit = 0;
    std::uint64_t gas_used = 0;
    std::uint64_t timestamp = 0;  ///< seconds since 1970
    Bytes extra_data;             ///< at most 32 bytes on the main network
    Hash mix_hash;                ///< since the Merge: prevRandao
    std::array<std::uint8_t, 8> nonce{};
    std::optional<Word> base_fee;          ///< since London
    std::optional<Hash> withdrawals_root;  ///< since Shanghai
    std::optional<CancunFields> cancun;    ///< since Cancun

    Bytes encode() const;
    static Result<Header> decode(ByteView bytes);
    /// The block's hash: Keccak-256 of the encoding.
    Hash hash() const;

    bool operator==(const Header&) const = default;
};

}  // namespace bsn::ledger::ethereum
