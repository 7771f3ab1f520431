#include "gateway/custody/challenges.hpp"

#include "crypto/random.hpp"

#include <algorithm>

namespace bsn::gateway {

Result<ExportChallenge> Challenges::begin(const CustodyUser& user, UnixMillis now) {
    std::lock_guard lock(mutex_);
    std::erase_if(open_, [&](const auto& one) { return one.second.expires < now; });
    const auto own = std::count_if(open_.begin(), open_.end(),
                                   [&](const auto& one) { return one.second.user == user; });
    if (open_.size() >= k_most || static_cast<std::size_t>(own) >= k_most_of_user) {
        return Error{Code::overloaded,
                     "too many exports wait for a confirmation; try again in two minutes"};
    }
    ExportChallenge made{crypto::random_value<ledger::Nonce>(), now + k_challenge_life};
    open_[made.challenge] = {user, made.expires};
    return made;
}

Status Challenges::take(const CustodyUser& user, const ledger::Nonce& challenge, UnixMillis now) {
    std::lock_guard lock(mutex_);
    auto found = open_.find(challenge);
    if (found == open_.end() || found->second.user != user) {
        return Error{Code::not_found,
                     "there is no such challenge for this key, or it was used; ask for another "
                     "one"};
    }
    const UnixMillis expires = found->second.expires;
    open_.erase(found);
    if (now <= expires) return {};
    return Error{Code::expired, "the challenge has expired; ask for another one"};
}

}  // namespace bsn::gateway
