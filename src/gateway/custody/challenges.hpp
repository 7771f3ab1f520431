#pragma once
// Challenges: random, good for a while, and once.

#include "gateway/custody/user_keys.hpp"

#include <map>
#include <mutex>

namespace bsn::gateway {

/// How long a challenge may be answered, in milliseconds.
inline constexpr std::uint64_t k_challenge_life = 120'000;

struct ExportChallenge {
    ledger::Nonce challenge;
    UnixMillis expires = 0;
};

/// Bounded; forgotten with the process. Any thread.
class Challenges {
  public:
    static constexpr std::size_t k_most = 1'000;
    static constexpr std::size_t k_most_of_user = 8;

    /// `overloaded` if too many are open.
    Result<ExportChallenge> begin(const CustodyUser& user, UnixMillis now);
    /// Takes a challenge of this user, which is none any more then; `expired`, or `not_found` for
    /// one that was used, or is another's (which stays).
    Status take(const CustodyUser& user, const ledger::Nonce& challenge, UnixMillis now);

  private:
    struct Open {
        CustodyUser user;
        UnixMillis expires = 0;
    };
    std::mutex mutex_;
    std::map<ledger::Nonce, Open> open_;
};

}  // namespace bsn::gateway
