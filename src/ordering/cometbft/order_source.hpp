#pragma once
// Where a node that takes no part in the agreement gets the order from.

#include "ordering/cometbft/light_commit.hpp"

#include <string>
#include <vector>

namespace bsn::ordering {

/// A block as a source gave it: not verified.
struct SourcedBlock {
    SignedBlock block;
    std::uint64_t newest = 0;  ///< the last height that the source has, as it says
};

/// The validators, as far as they can be reached: blocks from one of them, the next one's when it
/// fails. `next` and `distrust` are called by one thread, `submit` by another, the rest by any.
class OrderSource {
  public:
    virtual ~OrderSource() = default;

    /// The block of a height. Waits until there is one; `unavailable` if the validator that was
    /// asked did not answer, or fell silent: the next call asks another one, after a pause.
    virtual Result<SourcedBlock> next(std::uint64_t height) = 0;
    /// What `next` gave last is not right: the next call asks another one.
    virtual void distrust() = 0;
    /// Brings envelopes to a validator, which hands them on; tries each once. `unavailable` if none
    /// took them.
    virtual Status submit(const std::vector<Bytes>& envelopes) = 0;
    /// The name of the one whose blocks come; empty: none.
    virtual std::string followed() const = 0;
    /// Ends all waiting, for good.
    virtual void stop() = 0;
};

}  // namespace bsn::ordering
