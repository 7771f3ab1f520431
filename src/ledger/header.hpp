#pragma once
// Block headers: what peers certify. `docs/formats.md` 7.

#include "ledger/envelope.hpp"

namespace bsn::ledger {

/// How a channel commits to its world state.
enum class StateCommitmentType : std::uint8_t {
    multiset_hash = 1,    ///< LtHash over all entries; finds divergence (`state_commitment.hpp`)
    merkle_map = 2,       ///< sparse Merkle tree; proves current values (`merkle_map.hpp`)
    merkle_patricia = 3,  ///< Ethereum's tries; prove current values (`merkle_patricia.hpp`)
};

/// What further hashes a header may hold. Readers skip tags that they do not know.
namespace extension {
inline constexpr std::uint16_t k_next_epoch = 1;  ///< hash of the next EpochRecord: the handover
inline constexpr std::uint16_t k_controls = 2;    ///< of the control records executed first
inline constexpr std::uint16_t k_envelopes = 3;   ///< of the envelopes executed
inline constexpr std::uint16_t k_skipped = 4;     ///< of what was ordered but not admitted
inline constexpr std::uint16_t k_outbox = 5;      ///< root of cross-chain messages
inline constexpr std::uint16_t k_dialect = 6;     ///< a dialect's own block hash
}  // namespace extension

struct Extension {
    std::uint16_t tag = 0;
    Hash hash;
    auto operator<=>(const Extension&) const = default;
};

struct Header {
    HashId hash_id = HashId::sha256;
    NetworkId network;
    ChannelId channel;
    Height height = 0;
    Hash previous;      ///< hash of the header before; zero at height 0
    Position position;  ///< of the first envelope executed; index 0 where there is none
    UnixMillis time = 0;
    Epoch epoch = 0;
    std::uint32_t transactions = 0;
    Hash transaction_root;
    Hash receipt_root;
    StateCommitmentType state_type = StateCommitmentType::multiset_hash;
    Hash state;
    std::vector<Extension> extensions;  ///< strictly ascending by tag

    std::optional<Hash> find_extension(std::uint16_t tag) const;
    Bytes encode() const;
    static Result<Header> decode(ByteView bytes);
    /// By the header's own hash function, of its encoding.
    Hash hash() const;
    /// What peers sign.
    Bytes statement() const;

    bool operator==(const Header&) const = default;
};

}  // namespace bsn::ledger
