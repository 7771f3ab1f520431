// Packages of contracts: publishers hand them in, and city nodes get them from one another.
#include "gateway/errors.hpp"
#include "gateway/handlers.hpp"
#include "gateway/json.hpp"
#include "registry/packaged_code.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace bsn::gateway {
namespace {

Result<ledger::Hash> digest_in(const Request& request) {
    auto digest = fixed_from_hex<ledger::Hash>(request.path.find("digest")->second);
    if (digest) return digest;
    return Error{Code::invalid_argument,
                 "a package is named by the 64 hexadecimal digits of its "
                 "SHA-256"};
}

Result<ledger::ParticipantId> signer_of(Service& service, const Request& request) {
    BSN_TRY(caller, service.authenticator().caller_of(request, ledger::ChannelId{}));
    if (caller) return caller->participant;
    return Error{Code::unauthenticated,
                 "packages are for those who publish apps, and for members of apps that run them; "
                 "sign the request"};
}

bool runs(const registry::App& app, const ledger::Hash& digest) {
    const auto& contracts = app.record.contracts;
    return std::any_of(contracts.begin(), contracts.end(), [&](const auto& contract) {
        const auto code = registry::packaged_code(contract.type);
        return code && code->digest == digest;
    });
}

bool is_member(const registry::App& app, const ledger::ParticipantId& who) {
    auto member = app.members.find(who);
    return member != app.members.end() &&
           member->second.state == registry::MembershipState::approved;
}

/// The digest is no secret: it is in the records of apps, and anybody may name it in another app.
/// So an app gives its publisher and members a package only while no other publisher's names it,
/// too; whoever has handed the package in has shown to have it anyway.
Status may_have(Service& service, const ledger::ParticipantId& who, const ledger::Hash& digest) {
    if (service.handed_in().has(digest, who)) return {};
    std::set<ledger::ParticipantId> publishers;
    bool of_app = false;
    for (const auto& app : service.backend().apps()) {
        if (!runs(*app, digest)) continue;
        publishers.insert(app->record.publisher);
        of_app = of_app || app->record.publisher == who || is_member(*app, who);
    }
    if (of_app && publishers.size() == 1) return {};
    return Error{Code::forbidden,
                 fmt::format("participant {} gets this package only where they have handed it in "
                             "(since this node started), or as publisher or member of an app that "
                             "runs it, if no other publisher's app names it",
                             to_hex(who))};
}

Result<Json> keep(Service& service, const Request& request) {
    BSN_TRY(signer, signer_of(service, request));
    if (!service.backend().may_publish(signer)) {
        return Error{Code::forbidden,
                     fmt::format("participant {} may not publish apps; an operator permits it by "
                                 "set_publisher",
                                 to_hex(signer))};
    }
    BSN_TRY(digest, service.backend().keep_package(request.body));
    service.handed_in().note(digest, signer);
    return Json{{"package", to_hex(digest)}, {"bytes", request.body.size()}};
}

/// Other city nodes need no signature: they have proven who they are.
Result<Bytes> find(Service& service, const Request& request) {
    BSN_TRY(digest, digest_in(request));
    if (!request.forwarded) {
        BSN_TRY(signer, signer_of(service, request));
        BSN_CHECK(may_have(service, signer, digest));
    }
    return service.backend().package(digest);
}

}  // namespace

Response post_package(Service& service, const Request& request) {
    if (request.content_type != k_bytes_type) return wrong_type(request, {k_bytes_type});
    auto kept = keep(service, request);
    return kept ? json_response(*kept) : error_response(kept.error());
}

Response get_package(Service& service, const Request& request) {
    auto package = find(service, request);
    if (!package) return error_response(package.error());
    return {.content_type = k_bytes_type, .body = bsn::to_text(*package)};
}

}  // namespace bsn::gateway
