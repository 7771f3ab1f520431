#pragma once
// Envelopes: what is ordered in place of the batches themselves. `docs/formats.md` 6.

#include "ledger/certificate.hpp"

namespace bsn::ledger {

/// The place of an envelope in the order of all envelopes of the network.
struct Position {
    OrdererId orderer;
    std::uint32_t era = 0;     ///< grows when an ordering log is restored or replaced
    std::uint64_t height = 0;  ///< ordering height; the first is 1, and 0 stands for the genesis
    std::uint32_t index = 0;   ///< among the envelopes of that height

    auto operator<=>(const Position&) const = default;
};

enum class EnvelopeKind : std::uint8_t {
    batch = 1,       ///< names a batch that a quorum of the channel's peers hold
    carried = 2,     ///< carries its batch (system channel only)
    void_batch = 3,  ///< a peer's vote about an ordered batch that nobody serves (`peer::VoidVote`)
    tick = 4,        ///< asks for an empty block, so that an idle channel's time goes on
};

/// What is ordered.
struct Envelope {
    EnvelopeKind kind = EnvelopeKind::batch;
    ChannelId channel;
    Epoch epoch = 0;
    NodeId proposer;
    std::uint64_t sequence = 0;  ///< counts the proposer's envelopes of this channel
    HashId digest_hash = HashId::sha256;
    Hash digest;              ///< of the batch bytes; a tick's: zero
    std::uint32_t count = 0;  ///< transactions in the batch
    std::uint32_t bytes = 0;  ///< size of the batch
    /// Skipped when ordered above this ordering height.
    std::uint64_t valid_until_order_height = 0;
    /// `carried`: the batch bytes. `tick`: the channel height (u64) that must still be the last.
    /// `void_batch`: the vote.
    Bytes body;
    /// `batch`: availability certificates of a quorum, one for each suite of the epoch.
    /// The other kinds: the proposer's own signature.
    std::vector<Certificate> availability;

    /// What the availability signatures cover: all of the above but themselves.
    Bytes encode_core() const;
    Bytes encode() const;
    static Result<Envelope> decode(ByteView bytes);
    /// The hash of the core.
    Hash core_hash(HashId id) const { return crypto::hash(id, encode_core()); }

    bool operator==(const Envelope&) const = default;
};

/// Whether the availability certificates are what the kind of envelope asks for.
Status check_availability(const Envelope& envelope, const EpochRecord& epoch,
                          const NetworkId& network, std::uint64_t order_height);

}  // namespace bsn::ledger
