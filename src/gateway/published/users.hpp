#pragma once
// Users of a member whose keys this node keeps: made, and signed for.

#include "framework/relaying.hpp"
#include "gateway/published/job.hpp"

namespace bsn::gateway::published {

/// The user that a member acts by if no name is given.
inline constexpr std::string_view k_default_user = "default";

/// A user who can sign.
struct SigningUser {
    std::shared_ptr<const framework::Signer> signer;
    registry::Caller caller;  ///< as the permission chain knows them
};

/// Makes a key for a user of the caller, and the user on the permission chain, in the name of this
/// node, which the caller must have made its custodian. A user who is there stays as they are.
/// `done` comes as work of the service, once this node knows them.
/// An empty name means the default user.
void register_user(const Job& job, const std::string& name,
                   const std::function<void(Result<crypto::PublicKey>)>& done);

/// Has the permission chain add a user of the caller, whose key is proven by `proof` (see
/// `add_user` there), in the name of this node. `done` comes as work of the service, once this node
/// knows them.
void add_user(const Job& job, const std::string& name, const crypto::PublicKey& key, ByteView proof,
              const std::function<void(Result<crypto::PublicKey>)>& done);

/// Fabric's way for users who keep their keys: registers one with a secret; enrols one by a request
/// for a certificate.
void register_with_secret(const Job& job, const Done& done);
void enroll(const Job& job, const Done& done);

/// Hands on a user of the caller; the default one is made if there is none yet.
void with_user(const Job& job, const std::string& name,
               const std::function<void(Result<SigningUser>)>& done);

/// Takes one transaction of the app: `overloaded`, saying why, if it may send none now.
Status take_transaction(const Job& job);

/// What a transaction calls, as roles name it.
struct CalledFunction {
    std::string contract;
    std::string function;
};

/// Puts a transaction that a user signed, who may call that, on the chain, if the app may send one,
/// once the custody's record of the signature is on disk.
void submit_recorded(const Job& job, const SigningUser& user, const CalledFunction& call,
                     Bytes transaction,
                     const std::function<void(Result<framework::TransactionView>)>& done);
/// Has the app's framework make, sign and put a call on the chain, where others endorse it before
/// the user signs.
void invoke_recorded(const Job& job, const SigningUser& user, framework::Invocation invocation,
                     const std::function<void(Result<framework::TransactionView>)>& done);
/// Puts a call on the chain that a user has signed once, in a transaction that this node signs.
void relay(const Job& job, framework::Relaying& chain, Bytes signed_call,
           const std::function<void(Result<framework::TransactionView>)>& done);
/// Puts a transaction on the chain that custody has not signed.
void submit(const Job& job, Bytes transaction,
            const std::function<void(Result<framework::TransactionView>)>& done);

}  // namespace bsn::gateway::published
