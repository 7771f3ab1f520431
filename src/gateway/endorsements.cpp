// What a client needs beside `transactions` on frameworks whose peers endorse a call before its
// client signs the transaction (Hyperledger Fabric): a certificate, and their endorsement.
#include "framework/endorsing.hpp"
#include "gateway/errors.hpp"
#include "gateway/handlers.hpp"
#include "gateway/json.hpp"

#include <fmt/format.h>

namespace bsn::gateway {
namespace {

Result<std::shared_ptr<const registry::App>> endorsed_app(const Service::Target& target) {
    if (target.app && target.app->record.is_on_fabric()) return target.app;
    return Error{Code::invalid_argument,
                 fmt::format("transactions of {} need neither certificate nor endorsement; sign "
                             "them and send them to /v1/apps/{}/transactions",
                             target.chain_name, target.chain_name)};
}

Result<Json> find_certificate(Service& service, const Request& request) {
    BSN_TRY(target, service.target_of(request));
    BSN_TRY(app, endorsed_app(target));
    if (app->record.fabric_network) {
        return Error{Code::invalid_argument,
                     fmt::format("the network of {0} is others', who issue its certificates: sign "
                                 "with one of these, or have the node sign with /v1/apps/{0}/"
                                 "invocations",
                                 app->record.name)};
    }
    BSN_TRY(caller, service.authenticator().caller_of(request, target.channel));
    if (!caller) {
        return Error{Code::unauthenticated,
                     "a certificate is made for the key that signs the request: sign it"};
    }
    BSN_CHECK(service.backend().may_read(*app, &*caller));
    BSN_TRY(certificate, service.backend().certificate(*app, *caller));
    return Json{{"channel", certificate.channel},
                {"msp", certificate.msp},
                {"certificate", certificate.certificate}};
}

Result<framework::Endorsing*> chain_to_ask(Service& service, const Request& request) {
    BSN_TRY(target, service.target_of(request));
    BSN_TRY(app, endorsed_app(target));
    if (request.body.empty()) return Error{Code::invalid_argument, "the body is empty"};
    BSN_TRY(chain, service.backend().chain(app->record.name));
    auto* endorsing = dynamic_cast<framework::Endorsing*>(chain);
    ensure(endorsing != nullptr, "a chain of Fabric has peers that endorse");
    return endorsing;
}

Response endorsement_response(Result<Bytes> payload) {
    if (!payload) return error_response(payload.error());
    return {.content_type = k_bytes_type, .body = bsn::to_text(*payload)};
}

}  // namespace

Response get_certificate(Service& service, const Request& request) {
    auto certificate = find_certificate(service, request);
    return certificate ? json_response(*certificate) : error_response(certificate.error());
}

void post_endorsement(Service& service, const Request& request, const Reply& reply) {
    if (request.content_type != k_bytes_type) {
        return reply([response = wrong_type(request, {k_bytes_type})] { return response; });
    }
    auto shared = std::make_shared<Request>(request);
    service.run_for(*shared, reply, [&service, shared, reply] {
        auto chain = chain_to_ask(service, *shared);
        if (!chain) return reply([error = chain.error()] { return error_response(error); });
        (*chain)->when_endorsed(std::move(shared->body), [reply](const Result<Bytes>& payload) {
            reply([payload] { return endorsement_response(payload); });
        });
    });
}

}  // namespace bsn::gateway
