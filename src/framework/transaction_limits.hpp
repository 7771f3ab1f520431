#pragma once
// What apps may send by this node: asked where a dialect's own clients send, whose calls nobody
// above the framework reads.

#include "base/result.hpp"
#include "ledger/types.hpp"

namespace bsn::framework {

/// Any thread may call any member.
class TransactionLimits {
  public:
    virtual ~TransactionLimits() = default;
    /// Takes one transaction of a channel's app. `overloaded` if the app may send none now; the
    /// sentence says why, and when it may again.
    virtual Status take_one(const ledger::ChannelId& channel) = 0;
};

}  // namespace bsn::framework
