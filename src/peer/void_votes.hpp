#pragma once
// Void votes: how the peers of a channel agree, through the order, that a batch which none of them
// can get is never executed. The argument is in `docs/decisions/0010-void-votes.md`, the model in
// `docs/model`.

#include "ledger/envelope.hpp"

#include <compare>
#include <map>
#include <vector>

namespace bsn::peer {

/// An ordered envelope: the ordering height, and the SHA-256 of its core. (What is ordered twice at
/// one height is executed once at most.)
struct OrderedEnvelope {
    std::uint64_t order_height = 0;
    ledger::Hash core_hash;

    auto operator<=>(const OrderedEnvelope&) const = default;
};

enum class VoidStance : std::uint8_t {
    promise = 1,   ///< "I shall not execute it, unless I withdraw this before it is void"
    withdraw = 2,  ///< "I have the batch now": final
};

/// A peer's vote about an envelope: the body of an envelope of kind `void_batch`.
struct VoidVote {
    VoidStance stance = VoidStance::promise;
    OrderedEnvelope target;

    /// u8 stance, u64 ordering height, 32 bytes core hash. `docs/formats.md` 6.
    Bytes encode() const;
    static Result<VoidVote> decode(ByteView bytes);
};

/// The votes of one channel, as far as this peer has read the order. Every peer that has read as
/// far answers the same. One thread.
class VoidVotes {
  public:
    explicit VoidVotes(const ledger::NetworkId& network) : network_(network) {}

    /// Takes note of an ordered envelope of kind `void_batch`. Call in the order of the channel. A
    /// vote about what is ordered later than itself is ignored.
    void note(const ledger::Envelope& vote, std::uint64_t order_height);
    /// Whether a quorum of promises stood at some place of the order, by peers of the epoch in
    /// which the target was ordered.
    bool is_void(const OrderedEnvelope& target, const ledger::EpochRecord& epoch) const;
    /// Whether this peer's promise about the target stands.
    bool stands(const OrderedEnvelope& target, const ledger::EpochRecord& epoch,
                const ledger::NodeId& peer) const;
    /// Whether this peer's withdrawal was ordered.
    bool withdrawn(const OrderedEnvelope& target, const ledger::EpochRecord& epoch,
                   const ledger::NodeId& peer) const;
    /// Lets go of the votes about envelopes ordered up to and with this height.
    void forget_through(std::uint64_t order_height);
    bool empty() const { return votes_.empty(); }

  private:
    struct Noted {
        ledger::Envelope envelope;
        std::uint64_t order_height = 0;
        VoidStance stance = VoidStance::promise;
    };
    struct Tally {
        std::map<ledger::NodeId, VoidStance> stances;
        bool is_void = false;
    };
    Tally tally(const OrderedEnvelope& target, const ledger::EpochRecord& epoch) const;

    const ledger::NetworkId network_;
    std::map<OrderedEnvelope, std::vector<Noted>> votes_;
};

}  // namespace bsn::peer
