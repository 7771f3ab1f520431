#include "gateway/custody/owner_call.hpp"

#include "registry/records.hpp"

#include <fmt/format.h>

namespace bsn::gateway {
namespace {

constexpr std::uint64_t k_answer_ms = 15'000;

}  // namespace

Result<OwnerCall> owner_call(Service& service, const Request& request) {
    BSN_TRY(target, service.target_of(request));
    if (!target.app) return Error{Code::not_found, "the permission chain has no users of members"};
    BSN_TRY(caller, service.authenticator().caller_of(request, target.channel));
    if (!caller) {
        return Error{Code::unauthenticated,
                     "members see and change their own users only: sign the request"};
    }
    auto member = target.app->members.find(caller->participant);
    if (member == target.app->members.end() ||
        member->second.state != registry::MembershipState::approved) {
        return Error{Code::forbidden,
                     fmt::format("you are no member of app {}", target.app->record.name)};
    }
    std::string by = to_hex(caller->participant) + " by the API";
    return OwnerCall{target.app, *caller, std::move(by)};
}

bool is_in_nodes_name(const registry::AppRecord& app, const Json& invocation) {
    return app.fabric_network && !invocation.contains("user");
}

CustodyUser user_of(const OwnerCall& call, const Request& request) {
    return call.user(request.path.find("user")->second);
}

Result<Custody*> custody_of(Service& service) {
    if (Custody* custody = service.backend().custody()) return custody;
    return Error{Code::unavailable,
                 "this city node keeps no users' keys: custody is off until its operator names a "
                 "master key in node.yaml, under `custody`"};
}

Json user_json(Service& service, const CustodyUser& user, const ledger::ParticipantId& id) {
    Json json{{"name", user.name}, {"participant", to_hex(id)}};
    auto record = service.backend().participant(id);
    if (record) {
        json["suite"] = crypto::suite_name(record->key.suite);
        json["key"] = to_hex(record->key.bytes);
    }
    Custody* custody = service.backend().custody();
    auto held = custody != nullptr ? custody->find(user) : Error{Code::not_found, ""};
    json["held_here"] = record && held.ok() && *held == record->key;
    return json;
}

void call_registry(Service& service, Custody& custody, const framework::Signer& signer,
                   std::string function, const std::vector<std::string>& arguments,
                   const Submitted& done) {
    auto chain = service.backend().chain("system");
    if (!chain) return done(chain.error());
    framework::Invocation call{
        std::string(registry::k_contract), std::move(function), {}, {}, &signer};
    for (const std::string& argument : arguments) call.arguments.push_back(to_bytes(argument));
    auto made = (*chain)->make_transaction(call);
    if (!made) return done(made.error());
    auto answered = [&service, done](std::vector<Result<framework::TransactionView>> answers) {
        service.work().run([done, answer = std::move(answers.front())] {
            if (!answer || answer->success) return done(answer);
            done(Error{Code::contract_failed, answer->error});
        });
    };
    custody.when_recorded(
        [&service, chain = *chain, made = *made, done, answered](const Status& recorded) {
            service.work().run([chain, made, done, answered, recorded] {
                if (!recorded) return done(recorded.error());
                chain->submit({made}, k_answer_ms, answered);
            });
        });
}

}  // namespace bsn::gateway
