// How a key leaves custody: a copy to its owner, or for good when the user signs by themselves.
#include "gateway/custody/owner_call.hpp"
#include "gateway/errors.hpp"
#include "gateway/handlers.hpp"
#include "registry/contract.hpp"

#include <fmt/format.h>

namespace bsn::gateway {
namespace {

template <typename Value>
Result<Value> hex_member(const Json& json, std::string_view name) {
    BSN_TRY(text, text_member(json, name));
    auto value = fixed_from_hex<Value>(text);
    if (value) return value;
    return Error{Code::invalid_argument,
                 fmt::format("{} must be {} hexadecimal digits", name, 2 * Value::k_size)};
}

/// Wipes a text of a JSON object at the end, whatever came of it.
class WipedMember {
  public:
    WipedMember(Json& json, const char* name) : json_(json), name_(name) {}
    ~WipedMember() {
        const auto member = json_.find(name_);
        if (member == json_.end() || !member->is_string()) return;
        crypto::wipe(member->get_ref<std::string&>());
    }
    WipedMember(const WipedMember&) = delete;
    WipedMember& operator=(const WipedMember&) = delete;

  private:
    Json& json_;
    const char* const name_;
};

Result<Json> begin_export(Service& service, const Request& request) {
    BSN_TRY(call, owner_call(service, request));
    BSN_TRY(custody, custody_of(service));
    const CustodyUser user = user_of(call, request);
    BSN_TRY(challenge, custody->ask_export(user, call.requested_by));
    return Json{{"challenge", to_hex(challenge.challenge)},
                {"expires", challenge.expires},
                {"statement",
                 to_hex(export_statement(service.backend().network(), user, challenge.challenge))}};
}

Result<Json> confirm_export(Service& service, const Request& request) {
    BSN_TRY(call, owner_call(service, request));
    BSN_TRY(custody, custody_of(service));
    BSN_TRY(json, parse_object(request.body));
    const WipedMember wiped(json, "passphrase");
    BSN_CHECK(only_keys(json, {"challenge", "signature", "passphrase"}));
    BSN_TRY(challenge, hex_member<ledger::Nonce>(json, "challenge"));
    BSN_TRY(signature, hex_member<crypto::Signature>(json, "signature"));
    BSN_TRY(passphrase, text_member(json, "passphrase"));
    const CustodyUser user = user_of(call, request);
    const Bytes statement = export_statement(service.backend().network(), user, challenge);
    auto pem = custody->export_key(user, challenge, passphrase, call.requested_by, [&] {
        return crypto::verify(call.owner.key, statement, signature);
    });
    crypto::wipe(passphrase);
    if (!pem) return pem.error();
    return Json{{"name", user.name}, {"key", *pem}};
}

/// A key that takes the place of the one in custody.
struct Release {
    OwnerCall call;
    Custody* custody = nullptr;
    CustodyUser user;
    ledger::ParticipantId participant;
    crypto::PublicKey next;
    crypto::Signature proof;
    std::unique_ptr<framework::Signer> signer;  ///< with the key in custody
    bool taken = false;                         ///< the permission chain has the next key already
};

Result<ledger::ParticipantId> participant_of(const OwnerCall& call, const CustodyUser& user) {
    auto users = call.app->users.find(user.owner);
    if (users != call.app->users.end()) {
        auto found = users->second.find(user.name);
        if (found != users->second.end()) return found->second;
    }
    return Error{Code::not_found,
                 fmt::format("you have no user '{}' in app {}", user.name, call.app->record.name)};
}

Result<std::shared_ptr<Release>> prepare(Service& service, const Request& request) {
    auto release = std::make_shared<Release>();
    BSN_TRY(call, owner_call(service, request));
    BSN_TRY(custody, custody_of(service));
    BSN_TRY(json, parse_object(request.body));
    BSN_CHECK(only_keys(json, {"key", "proof"}));
    BSN_TRY(bytes, hex_member<crypto::PublicKeyBytes>(json, "key"));
    BSN_TRY(proof, hex_member<crypto::Signature>(json, "proof"));
    release->call = call;
    release->custody = custody;
    release->user = user_of(call, request);
    release->next = {call.app->record.suite, bytes};
    release->proof = proof;
    BSN_TRY(participant, participant_of(call, release->user));
    release->participant = participant;
    // Before the ledger is asked: a wrong key would be the user's for good.
    BSN_CHECK(crypto::verify(
        release->next,
        registry::key_change_statement(service.backend().network(), participant, release->next),
        proof));
    auto record = service.backend().participant(participant);
    release->taken = record && record->key == release->next;
    if (release->taken) return release;
    BSN_TRY(signer, custody->signer(release->user, {"migration", call.requested_by}));
    release->signer = std::move(signer);
    return release;
}

/// The permission chain has the next key: the one here goes.
Response finish(Service& service, const Release& release) {
    Status gone = release.custody->destroy(release.user, {"migration", release.call.requested_by});
    if (!gone) return error_response(gone.error());
    return json_response(user_json(service, release.user, release.participant));
}

}  // namespace

Response post_user_export(Service& service, const Request& request) {
    auto answer = begin_export(service, request);
    return answer ? json_response(*answer) : error_response(answer.error());
}

Response post_user_export_confirm(Service& service, const Request& request) {
    auto answer = confirm_export(service, request);
    return answer ? json_response(*answer) : error_response(answer.error());
}

void post_user_release(Service& service, const Request& request, const Reply& reply) {
    service.work().run([&service, reply, request] {
        auto prepared = prepare(service, request);
        if (!prepared) return reply([error = prepared.error()] { return error_response(error); });
        std::shared_ptr<Release> release = *prepared;
        auto finished = [&service, release, reply](const Result<framework::TransactionView>& done) {
            Response response = done ? finish(service, *release) : error_response(done.error());
            reply([response] { return response; });
        };
        if (release->taken) return finished(framework::TransactionView{});
        call_registry(service, *release->custody, *release->signer, "rotate_key",
                      {std::string(crypto::suite_name(release->next.suite)),
                       to_hex(release->next.bytes), to_hex(release->proof)},
                      finished);
    });
}

}  // namespace bsn::gateway
