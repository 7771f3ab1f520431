#pragma once
// What an engine of many nodes asks the permission chain, so that all nodes judge alike.

#include "ledger/envelope.hpp"

#include <vector>

namespace bsn::ordering {

/// A node that takes part in the agreement on the order.
struct Validator {
    Bytes key;  ///< Ed25519 public key, 32 bytes
    std::uint64_t power = 1;

    auto operator<=>(const Validator&) const = default;
};

/// The permission chain as of an ordering height. What is asked about a height is asked once all
/// below it is ordered and before it is, so that "now" is the same on all nodes. Any thread.
class OrderRules {
  public:
    virtual ~OrderRules() = default;

    /// Waits until this node has executed the permission chain up to and with an ordering height.
    virtual Status await_executed(std::uint64_t order_height) = 0;
    /// Whether an envelope may be ordered at a height: well-formed, of a channel and a node that
    /// there are, with the certificates or the signature that its kind asks for.
    virtual Status check(const ledger::Envelope& envelope, std::uint64_t order_height) const = 0;
    /// The header hash of the permission chain's last block.
    virtual ledger::Hash state() const = 0;
    /// The validators, ascending by key.
    virtual std::vector<Validator> validators() const = 0;
};

}  // namespace bsn::ordering
