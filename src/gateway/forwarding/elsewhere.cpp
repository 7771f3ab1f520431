#include "gateway/forwarding/elsewhere.hpp"

#include "api/request_signature.hpp"
#include "gateway/custody/owner_call.hpp"
#include "gateway/json.hpp"

namespace bsn::gateway {
namespace {

constexpr std::string_view k_of_app = "/v1/apps/{app}/";
constexpr std::string_view k_of_rpc = "/rpc/";
/// What a node may take beyond the wait that was asked for.
constexpr std::uint64_t k_slack_ms = 5'000;

/// The user whose key a call needs, as its caller says; whether they are who they say is for the
/// node that answers.
std::optional<CustodyUser> user_of(const Route& route, const Request& request,
                                   const registry::App& app) {
    const std::string_view call = route.pattern.substr(k_of_app.size());
    const bool by_body = call == "invocations" || (call == "users" && route.method == "POST");
    if (!by_body && !call.starts_with("users/")) return std::nullopt;
    if (!request.authorization) return std::nullopt;
    auto header = api::parse_authorization(*request.authorization);
    if (!header) return std::nullopt;
    CustodyUser user{app.record.channel, header->participant, "default"};
    if (!by_body) {
        user.name = request.path.find("user")->second;
        return user;
    }
    auto json = parse_object(request.body);
    if (!json) return std::nullopt;
    if (call == "invocations" && is_in_nodes_name(app.record, *json)) return std::nullopt;
    auto name = text_member(*json, call == "users" ? "name" : "user");
    if (name) user.name = *name;
    return user;
}

bool is_of_app(const Route& route) {
    if (route.method == "OPTIONS") return false;  // the node's own policy for web pages
    return route.pattern.starts_with(k_of_app) ||
           (route.pattern.starts_with(k_of_rpc) && route.method == "POST");
}

}  // namespace

std::optional<Way> way_of(Service& service, const Route& route, const Request& request) {
    Backend& backend = service.backend();
    if (request.forwarded || backend.forwarder() == nullptr || !is_of_app(route)) {
        return std::nullopt;
    }
    if (route.pattern.starts_with(k_of_rpc) && !service.allowed_origin(request)) {
        return std::nullopt;
    }
    auto app = backend.app(request.path.find("app")->second);
    if (!app) return std::nullopt;
    Need need;
    if (route.begin == post_transactions || route.begin == post_invocation) {
        need.writes = true;
        auto timeout = submit_timeout(request);
        if (!timeout) return std::nullopt;
        need.timeout_ms = *timeout + k_slack_ms;
    }
    if (route.pattern.starts_with(k_of_app)) need.key = user_of(route, request, *app);
    if (need.key) need.writes = true;
    return way_of(backend, *app, need);
}

std::optional<Way> way_of_socket(Service& service, const Request& request) {
    Backend& backend = service.backend();
    if (request.forwarded || backend.forwarder() == nullptr) return std::nullopt;
    if (!service.allowed_origin(request)) return std::nullopt;  // it is told that here
    auto app = backend.app(request.path.find("app")->second);
    if (!app) return std::nullopt;
    return way_of(backend, *app, Need());
}

}  // namespace bsn::gateway
