#pragma once
// Endorsement without a thread that waits: what a chain offers beside the port (`chain.hpp`), if
// its peers endorse a call before its client signs.

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <functional>

namespace bsn::framework {

/// Any thread may call.
class Endorsing {
  public:
    using Done = std::function<void(Result<Bytes>)>;

    virtual ~Endorsing() = default;
    /// As `Chain::endorse`, and does not wait for the peers: `done` comes once, from any thread,
    /// perhaps before this returns.
    virtual void when_endorsed(Bytes signed_proposal, Done done) const = 0;
};

}  // namespace bsn::framework
