// Writing with a user's key that this node keeps: the node makes, signs and submits the
// transaction; or with the node's own identity, on a chain of others where callers have none. It
// happens once for each idempotency key, because the key decides the transaction's nonce and the
// ledger takes a nonce once; so nothing needs to be remembered here.
#include "gateway/custody/owner_call.hpp"
#include "gateway/custody/recorded_signer.hpp"
#include "gateway/custody/signed_submit.hpp"
#include "gateway/errors.hpp"
#include "gateway/handlers.hpp"
#include "gateway/idempotency.hpp"
#include "gateway/known_caller.hpp"
#include "gateway/metering/door.hpp"

#include <fmt/format.h>

namespace bsn::gateway {
namespace {

constexpr std::string_view k_default_user = "default";

using Answer = Result<framework::TransactionView>;
using Done = std::function<void(const Answer&)>;

/// An invocation that was checked, ready to be made.
struct Call {
    OwnerCall owner;
    CustodyUser user;
    registry::Caller signer;  ///< the user, as the permission chain knows them
    framework::Invocation invocation;
    framework::Chain* chain = nullptr;
    UserKeys* keys = nullptr;   ///< null: the chain signs in the node's name
    std::uint64_t timeout = 0;  ///< in milliseconds
};

Result<UserKeys*> keys_of(Service& service) {
    UserKeys* keys = service.backend().user_keys();
    if (keys == nullptr) {
        return Error{Code::unavailable,
                     "this city node keeps no keys; ask the one that you made your custodian"};
    }
    BSN_CHECK(keys->available());
    return keys;
}

/// Our own ledger's nonces count for ever, and Fabric's transaction ids, which follow from them; a
/// dialect's do not, or not for all of its transactions.
Status check_framework(const registry::App& app) {
    if (!app.record.dialect && !app.record.network) return {};
    return Error{Code::invalid_argument,
                 fmt::format("app {} is of framework {}, whose nonces cannot carry an idempotency "
                             "key; sign its transactions yourself and send them to /rpc/{}",
                             app.record.name, app.record.framework, app.record.name)};
}

/// The user with the key that is theirs now, and that is here.
Result<registry::Caller> signer_of(Service& service, const OwnerCall& call, UserKeys& keys,
                                   const CustodyUser& user) {
    const std::string& app = call.app->record.name;
    auto users = call.app->users.find(user.owner);
    const bool known = users != call.app->users.end() && users->second.contains(user.name);
    if (!known) {
        return Error{
            Code::not_found,
            fmt::format("you have no user '{0}' in app {1}; make one with `bsn custody add "
                        "{1} {0}`",
                        user.name, app)};
    }
    const ledger::ParticipantId id = users->second.find(user.name)->second;
    auto record = service.backend().participant(id);
    auto held = keys.find(user);
    if (!record || !held || *held != record->key) {
        return Error{
            Code::unavailable,
            fmt::format("the key of user '{}' is not in the custody of this city node; ask "
                        "the one that keeps it, or sign with it yourself",
                        user.name)};
    }
    return registry::Caller{id, record->key};
}

Result<Call> call_from(Service& service, const Request& request) {
    Call call;
    BSN_TRY(timeout, submit_timeout(request));
    BSN_TRY(owner, owner_call(service, request));
    BSN_TRY(json, parse_object(request.body));
    BSN_CHECK(only_keys(json, {"user", "contract", "function", "arguments", "idempotency_key"}));
    BSN_TRY(invocation, invocation_from(json));
    BSN_TRY(key, text_member(json, "idempotency_key"));
    BSN_CHECK(check_idempotency_key(key));
    std::string name(k_default_user);
    if (json.contains("user")) {
        BSN_TRY(given, text_member(json, "user"));
        name = given;
    }
    BSN_CHECK(check_framework(*owner.app));
    BSN_TRY(chain, service.backend().chain(owner.app->record.name));
    call.user = owner.user(std::move(name));
    call.signer = owner.owner;
    if (!is_in_nodes_name(owner.app->record, json)) {
        BSN_TRY(keys, keys_of(service));
        BSN_TRY(signer, signer_of(service, owner, *keys, call.user));
        call.signer = signer;
        call.keys = keys;
    }
    call.invocation = std::move(invocation);
    const ledger::Nonce nonce = nonce_of_key(call.user.channel, call.user.owner, key);
    call.invocation.nonce = to_bytes(nonce.view());
    call.chain = chain;
    call.timeout = timeout;
    call.owner = std::move(owner);
    return call;
}

/// The transaction, unless it is that of another call with the same key.
Answer if_same_call(const Call& call, const framework::TransactionView& first) {
    const framework::Invocation& wanted = call.invocation;
    if (first.contract == wanted.contract && first.function == wanted.function &&
        first.arguments == wanted.arguments) {
        return first;
    }
    return Error{Code::duplicate,
                 fmt::format("this idempotency key was used for another call, transaction {}; take "
                             "a new key for what is to happen anew",
                             to_hex(first.id))};
}

/// What the key's first call came to; none if it has not been used.
Result<std::optional<framework::TransactionView>> first_of(const Call& call) {
    BSN_TRY(first, call.chain->transaction_with_nonce(call.signer.participant.view(),
                                                      call.invocation.nonce));
    if (!first) return first;
    BSN_TRY(same, if_same_call(call, *first));
    return std::optional(std::move(same));
}

/// What signs as the user, who may make this call now.
Result<std::unique_ptr<framework::Signer>> signer_for(Service& service, const Call& call) {
    Backend& backend = service.backend();
    auto app = backend.app(call.owner.app->record.name);
    BSN_CHECK(backend.may_call(app ? *app : *call.owner.app, &call.signer, call.invocation.contract,
                               call.invocation.function));
    return call.keys->signer(call.user, {"transaction", call.owner.requested_by});
}

Result<SignedTransaction> sign(Service& service, Call& call) {
    Backend& backend = service.backend();
    BSN_TRY(signer, signer_for(service, call));
    call.invocation.identity = signer.get();
    auto made = call.chain->make_transaction(call.invocation);
    call.invocation.identity = nullptr;
    if (!made) return made.error();
    return SignedTransaction{backend,
                             *call.keys,
                             call.chain,
                             call.owner.app->record.name,
                             call.signer.participant,
                             call.invocation.contract,
                             call.invocation.function,
                             std::make_shared<const Bytes>(std::move(*made)),
                             call.timeout,
                             service.shared_work()};
}

/// On Fabric, which finds a transaction with the key's id by itself, and answers with the first.
void invoke_endorsed(Service& service, const Call& call, const Done& done) {
    const auto grant = Door(service.backend(), call.owner.app).take(1, Asker::shown);
    if (grant.refusal) return done(grant.refusal->error);
    auto made = signer_for(service, call);
    if (!made) return done(made.error());
    auto signer = std::make_shared<RecordedSigner>(*call.keys, std::move(*made));
    call.chain->invoke(
        call.invocation, signer, call.timeout,
        [call, signer, done, work = service.shared_work()](std::vector<Answer> answers) {
            ensure(answers.size() == 1, "a chain must answer each transaction submitted");
            work->run([call, signer, done, answer = std::move(answers.front())] {
                if (Status recorded = signer->recorded(); !recorded) return done(recorded.error());
                done(answer ? if_same_call(call, *answer) : answer);
            });
        });
}

/// On a channel of others, in the node's name.
void invoke_as_node(Service& service, const Call& call, const Done& done) {
    const auto grant = Door(service.backend(), call.owner.app).take(1, Asker::shown);
    if (grant.refusal) return done(grant.refusal->error);
    call.chain->invoke(call.invocation, std::make_shared<KnownCaller>(call.signer), call.timeout,
                       [call, done, work = service.shared_work()](std::vector<Answer> answers) {
                           ensure(answers.size() == 1,
                                  "a chain must answer each transaction submitted");
                           work->run([call, done, answer = std::move(answers.front())] {
                               done(answer ? if_same_call(call, *answer) : answer);
                           });
                       });
}

void invoke(Service& service, Call call, const Done& done) {
    if (call.keys == nullptr) return invoke_as_node(service, call, done);
    if (call.owner.app->record.is_on_fabric()) return invoke_endorsed(service, call, done);
    auto first = first_of(call);
    if (!first) return done(first.error());
    if (*first) return done(Answer(std::move(**first)));
    // Asking again for what has happened costs no transaction.
    const auto grant = Door(service.backend(), call.owner.app).take(1, Asker::shown);
    if (grant.refusal) return done(grant.refusal->error);
    auto transaction = sign(service, call);
    if (!transaction) return done(transaction.error());
    submit_signed(*transaction, [call, done](const Answer& answer) {
        const bool taken = !answer && answer.error().code == Code::duplicate;
        if (!taken) return done(answer);
        // The same key came at the same time, here or by another node.
        auto other = first_of(call);
        if (!other) return done(other.error());
        done(*other ? Answer(std::move(**other)) : answer);
    });
}

void answer(Service& service, const Reply& reply, const Answer& answer) {
    count_outcomes(service.backend().metrics(), outcome_name(answer), 1);
    auto response = std::make_shared<Response>(
        answer ? json_response(transaction_json(*answer, false)) : error_response(answer.error()));
    reply([response] { return std::move(*response); });
}

}  // namespace

void post_invocation(Service& service, const Request& request, const Reply& reply) {
    if (request.content_type != k_json_type) {
        return reply([response = wrong_type(request, {k_json_type})] { return response; });
    }
    auto shared = std::make_shared<Request>(request);
    service.run_for(*shared, reply, [&service, shared, reply] {
        auto call = call_from(service, *shared);
        if (!call) return reply([error = call.error()] { return error_response(error); });
        invoke(service, std::move(*call),
               [&service, reply](const Answer& came) { answer(service, reply, came); });
    });
}

}  // namespace bsn::gateway
