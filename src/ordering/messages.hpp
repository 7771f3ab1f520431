#pragma once
// What the peers of a channel tell each other, and the interface that carries it.

#include "ledger/envelope.hpp"

#include <memory>
#include <variant>
#include <vector>

namespace bsn::ordering {

/// "Store this batch, check it, and say so." Sent by the node that made the batch. Of a channel
/// whose batches travel inside their envelopes: "have these transactions ordered", since the sender
/// is none of its peers.
struct BatchOffer {
    Bytes core;  ///< the envelope's core (`Envelope::encode_core`)
    std::shared_ptr<const Bytes> batch;
};

/// The answer to an offer: one availability signature for each suite of the epoch, or none and why.
struct AvailabilityVote {
    ledger::Hash core_hash;
    std::vector<ledger::Signature> signatures;
    std::string refusal;
};

/// "This is the header that I computed, and I hold its block durably."
struct HeaderVote {
    ledger::Epoch epoch = 0;
    ledger::Height height = 0;
    ledger::Hash header;
    std::vector<ledger::Signature> signatures;
    /// The sender lacks the others' votes on this height: please send yours.
    bool wants_answer = false;
    /// What the sender holds as certified; it needs no signatures of its own then.
    std::vector<ledger::Certificate> certificates;
};

/// "I need this batch, which was ordered."
struct BatchRequest {
    ledger::Hash digest;
};

struct BatchAnswer {
    ledger::Hash digest;
    std::shared_ptr<const Bytes> batch;
};

using Message = std::variant<BatchOffer, AvailabilityVote, HeaderVote, BatchRequest, BatchAnswer>;

/// Carries messages between the peers of channels. It may lose, repeat and reorder them, but tells
/// truly who sent them. `send` does not block and may be called from any thread.
class PeerNetwork {
  public:
    virtual ~PeerNetwork() = default;
    virtual void send(const ledger::NodeId& to, const ledger::ChannelId& channel,
                      Message message) = 0;
};

}  // namespace bsn::ordering
