// The JSON-RPC of a dialect's clients: who may call it, and its requests by HTTP.
//
// Wallets and SDKs cannot sign as `Authorization` wants it, so what decides is the app: if it may
// be read by everybody, everybody may call. A browser sends along which page asks; a page that was
// not named is refused, so that no page reaches a node behind its visitor's firewall.
#include "gateway/client_rpc.hpp"

#include "framework/json_rpc.hpp"
#include "gateway/errors.hpp"
#include "gateway/handlers.hpp"
#include "gateway/metering/door.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::gateway {
namespace {

namespace rpc = framework::rpc;

rpc::ErrorNumber number_of(Code code) {
    switch (code) {
        case Code::overloaded: return rpc::ErrorNumber::limit_exceeded;
        case Code::invalid_argument: return rpc::ErrorNumber::invalid_request;
        default: return rpc::ErrorNumber::server;
    }
}

/// An error that JSON-RPC clients understand.
Response refusal_of(unsigned status, const Error& error) {
    Response response = error_response(status, error);
    response.body = rpc::failure_text({number_of(error.code), error.message});
    return response;
}

Response refusal_of(const Error& error) { return refusal_of(error_row(error.code).status, error); }

}  // namespace

Response rpc_error_response(const Error& error) { return refusal_of(error); }

void allow_page(Response& response, const std::string& origin) {
    if (origin.empty()) return;
    response.headers.emplace_back("Access-Control-Allow-Origin", origin);
    response.headers.emplace_back("Vary", "Origin");
}

namespace {

Result<framework::ClientRpc*> rpc_of(Service& service, const Request& request) {
    BSN_CHECK(service.allowed_origin(request));
    BSN_TRY(chain, service.chain_to_read(request));
    framework::ClientRpc* rpc = chain->client_rpc();
    if (rpc == nullptr) {
        return Error{
            Code::not_found,
            fmt::format("the app \"{}\" is of a framework whose clients speak no JSON-RPC; "
                        "see /v1/openapi.json",
                        request.path.find("app")->second)};
    }
    return rpc;
}

bool is_json(std::string_view type) {
    return type == k_json_type || type == "application/json-rpc" ||
           type == "application/jsonrequest";
}

}  // namespace

Response get_rpc(Service&, const Request&) {
    Response response =
        refusal_of(426, {Code::invalid_argument,
                         "POST a JSON-RPC request to this path, or open a WebSocket at it"});
    response.headers.emplace_back("Upgrade", "websocket");
    return response;
}

Response options_rpc(Service& service, const Request& request) {
    if (Status allowed = service.allowed_origin(request); !allowed) {
        return refusal_of(allowed.error());
    }
    Response response{.content_type = k_text_type};
    allow_page(response, request.origin);
    response.headers.emplace_back("Access-Control-Allow-Methods", "POST");
    response.headers.emplace_back("Access-Control-Allow-Headers", "Content-Type, Authorization");
    response.headers.emplace_back("Access-Control-Max-Age", "600");
    return response;
}

void post_rpc(Service& service, const Request& request, const Reply& reply) {
    auto refuse = [&reply](Response response) {
        reply([response = std::move(response)] { return response; });
    };
    if (!is_json(request.content_type)) {
        return refuse(refusal_of(415, {Code::invalid_argument,
                                       "invalid content type, only application/json is "
                                       "supported"}));
    }
    if (request.body.size() > service.rpc().max_message_bytes) {
        return refuse(refusal_of(
            413, {Code::invalid_argument, fmt::format("request too large: at most {} bytes",
                                                      service.rpc().max_message_bytes)}));
    }
    auto place = service.rpc_calls().take();
    if (!place) return refuse(refusal_of(place.error()));
    service.work().run([&service, request, reply, place = *place] {
        auto rpc = rpc_of(service, request);
        if (!rpc) {
            return reply([error = rpc.error()] { return refusal_of(error); });
        }
        // The place is held until there is an answer.
        (*rpc)->answer(to_text(request.body),
                       [reply, place, page = request.origin](std::string answer) {
                           reply([page, shared = std::make_shared<std::string>(std::move(answer))] {
                               Response response{.body = std::move(*shared)};
                               allow_page(response, page);
                               return response;
                           });
                       });
    });
}

SocketOpening open_rpc_connection(Service& service, const Request& request) {
    auto rpc = rpc_of(service, request);
    if (!rpc) return refusal_of(rpc.error());
    auto place = service.rpc_connections().take();
    if (!place) return refusal_of(place.error());
    auto metered = metered_rpc(**rpc, service.backend(), request.path.find("app")->second);
    return RpcOpening{std::move(metered), *place, &service.work()};
}

}  // namespace bsn::gateway
