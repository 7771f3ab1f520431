#pragma once
// Putting on a chain what custody signed for a user.

#include "gateway/service.hpp"

namespace bsn::gateway {

/// A transaction that a user's key in custody has signed.
struct SignedTransaction {
    Backend& backend;
    UserKeys& keys;
    framework::Chain* chain = nullptr;
    std::string app;             ///< its name
    ledger::ParticipantId user;  ///< who signed it
    std::string contract;        ///< what it calls, as roles name it
    std::string function;
    std::shared_ptr<const Bytes> bytes;
    std::uint64_t timeout = 0;  ///< for the chain's answer, in milliseconds
    /// Where it goes on, and `done` is called, so that nothing happens once the service is gone.
    std::shared_ptr<const Work> work = {};
};

/// Submits it once the custody's record of the signature is on disk. A user who is new, or has got
/// a role, is known to the app's chain a moment later than to this node: then it is sent again for
/// about a second, which holds no thread.
void submit_signed(const SignedTransaction& transaction,
                   const std::function<void(Result<framework::TransactionView>)>& done);

}  // namespace bsn::gateway
