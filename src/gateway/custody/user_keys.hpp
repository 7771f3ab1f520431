#pragma once
// What this node's custody offers to whoever executes in the name of a user: the published
// protocol, the strict API. It hands out signatures, never keys.

#include "framework/chain.hpp"
#include "ledger/types.hpp"

#include <functional>
#include <memory>
#include <string>

namespace bsn::gateway {

/// A user of a member of an app, as custody finds their key. An app's channel has one suite.
struct CustodyUser {
    ledger::ChannelId channel;
    ledger::ParticipantId owner;  ///< the member who sponsors them
    std::string name;             ///< as the permission chain knows them; 1 to 64 bytes

    auto operator<=>(const CustodyUser&) const = default;
};

/// Why a key is used and at whose word, for the audit record. Texts of at most 256 bytes.
struct CustodyUse {
    std::string purpose;       ///< such as `transaction`
    std::string requested_by;  ///< who asked: a participant id, and by which protocol
    friend bool operator==(const CustodyUse&, const CustodyUse&) = default;
};

/// Users' transaction keys in the custody of this node. Any thread may call any member.
class UserKeys {
  public:
    virtual ~UserKeys() = default;

    /// Whether custody is on; `unavailable`, saying what to set up, where it has no master key.
    virtual Status available() const = 0;

    /// The public key of a user; `not_found` if none is held here.
    virtual Result<crypto::PublicKey> find(const CustodyUser& user) const = 0;
    /// The same, made first if there is none. The key is on disk when its public half is told.
    /// `wrong_suite` if there is one of another suite. It makes no user of the permission chain.
    virtual Result<crypto::PublicKey> find_or_create(const CustodyUser& user,
                                                     crypto::SuiteId suite) = 0;

    /// Signs with a user's key; it must not outlive custody. Each signature is noted in the audit
    /// log with what was signed. `not_found` if there is no key. `framework::Signer::participant`
    /// is the user's.
    virtual Result<std::unique_ptr<framework::Signer>> signer(const CustodyUser& user,
                                                              const CustodyUse& use) = 0;
    /// Calls `done`, from any thread, once the audit records of all signatures made before this
    /// call are on disk: nothing that was signed may leave the node (nor be submitted) before that.
    /// Submit nothing if it is an error. Many wait for one sync. `done` should only hand over.
    virtual void when_recorded(std::function<void(Status)> done) = 0;
};

}  // namespace bsn::gateway
