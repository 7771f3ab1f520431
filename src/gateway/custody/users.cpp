// A member's users: those there are, and new ones whose keys this node keeps.
#include "framework/node_signer.hpp"
#include "gateway/custody/owner_call.hpp"
#include "gateway/errors.hpp"
#include "gateway/handlers.hpp"
#include "registry/contract.hpp"

#include <fmt/format.h>

namespace bsn::gateway {
namespace {

std::optional<ledger::ParticipantId> known_user(const registry::App& app, const CustodyUser& user) {
    auto users = app.users.find(user.owner);
    if (users == app.users.end()) return std::nullopt;
    auto found = users->second.find(user.name);
    if (found == users->second.end()) return std::nullopt;
    return found->second;
}

Status require_custodian(Service& service, const OwnerCall& call) {
    const ordering::NodeIdentity* node = service.backend().identity();
    auto chosen = call.app->custodians.find(call.owner.participant);
    if (node != nullptr && chosen != call.app->custodians.end() && chosen->second == node->id()) {
        return {};
    }
    return Error{Code::forbidden,
                 fmt::format("this city node is not your custodian in app {0}; make it that with "
                             "`bsn custody grant {0} --city-node NAME`",
                             call.app->record.name)};
}

/// What a call to make a user has to do still.
struct NewUser {
    OwnerCall call;
    Custody* custody = nullptr;
    CustodyUser user;
    crypto::PublicKey key;
    bool there = false;  ///< an earlier call got through
};

/// A key that is kept for a user who is gone is of no use any more: keys are used once.
Status drop_stale(Service& service, Custody& custody, const CustodyUser& user) {
    auto held = custody.find(user);
    if (!held || !service.backend().participant(ledger::participant_id_of(*held))) return {};
    return custody.destroy(user, {"the user was removed", "the node"});
}

Result<NewUser> prepare(Service& service, const Request& request) {
    NewUser made;
    BSN_TRY(call, owner_call(service, request));
    BSN_TRY(json, parse_object(request.body));
    BSN_CHECK(only_keys(json, {"name"}));
    BSN_TRY(name, text_member(json, "name"));
    BSN_TRY(custody, custody_of(service));
    BSN_CHECK(require_custodian(service, call));
    made.call = call;
    made.custody = custody;
    made.user = call.user(name);
    if (auto known = known_user(*call.app, made.user)) {
        auto held = custody->find(made.user);
        if (!held || ledger::participant_id_of(*held) != *known) {
            return Error{Code::already_exists,
                         fmt::format("you have a user '{}' whose key is not here", name)};
        }
        made.key = *held;
        made.there = true;
        return made;
    }
    BSN_CHECK(drop_stale(service, *custody, made.user));
    BSN_TRY(key, custody->find_or_create(made.user, call.app->record.suite));
    made.key = key;
    return made;
}

void add(Service& service, const NewUser& made, const Reply& reply) {
    auto user_signer =
        made.custody->signer(made.user, {"proof of a new user's key", made.call.requested_by});
    if (!user_signer) {
        return reply([error = user_signer.error()] { return error_response(error); });
    }
    const ledger::ParticipantId& owner = made.user.owner;
    const crypto::Signature proof =
        (*user_signer)
            ->sign(registry::user_statement(service.backend().network(), made.user.channel, owner,
                                            made.user.name, made.key));
    const framework::NodeSigner node(*service.backend().identity());
    call_registry(
        service, *made.custody, node, "add_user",
        {made.call.app->record.name, to_hex(owner), made.user.name,
         std::string(crypto::suite_name(made.key.suite)), to_hex(made.key.bytes), to_hex(proof)},
        [&service, made, reply](const auto& answer) {
            auto response = answer ? json_response(user_json(service, made.user,
                                                             ledger::participant_id_of(made.key)))
                                   : error_response(answer.error());
            reply([response] { return response; });
        });
}

}  // namespace

Response get_users(Service& service, const Request& request) {
    auto call = owner_call(service, request);
    if (!call) return error_response(call.error());
    Json users = Json::array();
    auto own = call->app->users.find(call->owner.participant);
    if (own != call->app->users.end()) {
        for (const auto& [name, id] : own->second) {
            users.push_back(user_json(service, call->user(name), id));
        }
    }
    Json json{{"app", call->app->record.name}, {"users", users}};
    auto custodian = call->app->custodians.find(call->owner.participant);
    if (custodian != call->app->custodians.end()) json["custodian"] = to_hex(custodian->second);
    return json_response(json);
}

void post_user(Service& service, const Request& request, const Reply& reply) {
    service.work().run([&service, reply, request] {
        auto made = prepare(service, request);
        if (!made) return reply([error = made.error()] { return error_response(error); });
        if (!made->there) return add(service, *made, reply);
        auto response =
            json_response(user_json(service, made->user, ledger::participant_id_of(made->key)));
        reply([response] { return response; });
    });
}

}  // namespace bsn::gateway
