#pragma once
// The ordering service: puts envelopes of all channels in one order that every node sees.

#include "ledger/envelope.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace bsn::ordering {

/// The envelopes of one ordering height.
struct OrderedHeight {
    ledger::OrdererId orderer;
    std::uint32_t era = 0;
    std::uint64_t height = 0;
    UnixMillis time = 0;  ///< grows from height to height
    std::vector<Bytes> envelopes;
    /// What an engine that is not in this process needs to go on from here; of no concern to
    /// others.
    Bytes engine_state;

    Bytes encode() const;
    static Result<OrderedHeight> decode(ByteView bytes);
};

/// Receives what was ordered. `consume` is called for one height after the other, by a thread of
/// the orderer, and should only hand over.
class OrderConsumer {
  public:
    virtual ~OrderConsumer() = default;
    virtual void consume(const OrderedHeight& ordered) = 0;
};

/// A validator that signed two blocks for one height, as its own signatures prove.
struct DoubleSign {
    Bytes validator;  ///< public key
    std::uint64_t height = 0;
};

/// What an operator wants to know of the order, beside its height.
struct OrdererStatus {
    std::vector<Bytes> validators;  ///< public keys of those who agree on it; none: one orderer
    std::size_t waiting_bytes = 0;  ///< of envelopes not handed over to be ordered
    std::vector<DoubleSign> double_signs;  ///< since the start, the last one of each validator
};

/// Any thread may call any member once started.
class Orderer {
  public:
    virtual ~Orderer() = default;

    /// Adds a consumer, which gets all heights from `from` on, old ones first. Before `start`.
    virtual void subscribe(OrderConsumer& consumer, std::uint64_t from) = 0;
    virtual Status start() = 0;
    virtual void stop() = 0;
    /// Asks for an envelope to be ordered. It may be ordered late, twice, or (when the service
    /// fails) not at all: who needs it asks again. `overloaded` when too much is waiting;
    /// `too_large` beyond `k_max_envelope_bytes`.
    virtual Status submit(Bytes envelope) = 0;
    /// Visits the heights from `from` up to and with `through` once more, in their order, of those
    /// that were ordered already.
    virtual Status revisit(std::uint64_t from, std::uint64_t through,
                           const std::function<void(const OrderedHeight&)>& visit) const = 0;
    /// Why nothing is ordered any more, if so (such as a full disk).
    virtual Status health() const = 0;
    /// The last height ordered.
    virtual std::uint64_t height() const = 0;
    virtual OrdererStatus status() const { return {}; }
};

inline constexpr std::size_t k_max_envelope_bytes = 2U << 20;

}  // namespace bsn::ordering
