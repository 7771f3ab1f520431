#pragma once
// What the calls about a member's users share: who asks, for which user, and the permission chain.

#include "gateway/custody/custody.hpp"
#include "gateway/json.hpp"
#include "gateway/service.hpp"

namespace bsn::gateway {

/// A call by a member of an app about users of theirs.
struct OwnerCall {
    std::shared_ptr<const registry::App> app;
    registry::Caller owner;
    std::string requested_by;  ///< for the audit log

    CustodyUser user(std::string name) const {
        return {app->record.channel, owner.participant, std::move(name)};
    }
};

/// Who asks: an approved member of the app, by signature.
Result<OwnerCall> owner_call(Service& service, const Request& request);
/// Whether an invocation (the body of the call) is made in the node's name: it names no user, and
/// the app's chain is a channel of others, on which users have no identity.
bool is_in_nodes_name(const registry::AppRecord& app, const Json& invocation);
/// The user that the path names.
CustodyUser user_of(const OwnerCall& call, const Request& request);
/// This node's custody; `unavailable`, saying what to set up, where it is off.
Result<Custody*> custody_of(Service& service);
/// A user as the API shows them.
Json user_json(Service& service, const CustodyUser& user, const ledger::ParticipantId& id);

using Submitted = std::function<void(Result<framework::TransactionView>)>;
/// Calls a function of the permission chain, once the audit log has what custody signed for it.
/// `done` comes as a task of the service, with an error if the contract refused.
void call_registry(Service& service, Custody& custody, const framework::Signer& signer,
                   std::string function, const std::vector<std::string>& arguments,
                   const Submitted& done);

}  // namespace bsn::gateway
