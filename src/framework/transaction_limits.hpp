#pragma once
// What apps may send by this node: asked where a dialect's own clients send, whose calls nobody
// above the framework reads.

#include "base/result.hpp"
#include "ledger/types.hpp"

#include <functional>

namespace bsn::framework {

/// Any thread may call any member.
class TransactionLimits {
  public:
    virtual ~TransactionLimits() = default;
    /// Takes one transaction of a channel's app. `overloaded` if the app may send none now; the
    /// sentence says why, and when it may again.
    virtual Status take_one(const ledger::ChannelId& channel) = 0;
    /// Gives one back that was taken for a transaction that is not of the app (`is_not_of_app`).
    virtual void give_back_one(const ledger::ChannelId& channel) = 0;
};

/// What the limits of one app say to transactions of its dialect's own clients. Any thread.
struct ClientLimits {
    std::function<Status()> take_one;     ///< before one is taken; an error is its answer
    std::function<void()> give_back_one;  ///< one that was taken is nobody's who may send
};

/// Whether a chain's refusal says that a transaction is nobody's who may send to it: no transaction
/// of it at all, or not signed by one who may call. The app is not charged for such.
inline bool is_not_of_app(Code refusal) {
    switch (refusal) {
        case Code::invalid_argument:
        case Code::unsupported_version:
        case Code::too_large:
        case Code::bad_signature:
        case Code::wrong_network:
        case Code::wrong_channel:
        case Code::wrong_suite:
        case Code::unauthenticated:
        case Code::forbidden: return true;
        default: return false;
    }
}

}  // namespace bsn::framework
