#include "gateway/router.hpp"

#include "api/answer_signature.hpp"
#include "crypto/sealed.hpp"
#include "gateway/client_rpc.hpp"
#include "gateway/errors.hpp"
#include "gateway/forwarding/elsewhere.hpp"
#include "gateway/forwarding/far_socket.hpp"
#include "gateway/forwarding/forward.hpp"
#include "gateway/metering/door.hpp"
#include "gateway/published/endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace bsn::gateway {
void post_endorsement(Service& service, const Request& request, const Reply& reply);

namespace {

constexpr std::string_view k_unknown_route = "none";
constexpr std::size_t k_max_target = 8U << 10;

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

/// Undoes %XX; none if a % stands alone.
std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        auto byte = from_hex(text.substr(i + 1, 2));
        if (!byte || byte->size() != 1) return std::nullopt;
        decoded += static_cast<char>(byte->front());
        i += 2;
    }
    return decoded;
}

/// Fills `values` and says true if the path is of this pattern.
bool matches(const Route& route, const std::vector<std::string>& path,
             std::map<std::string, std::string, std::less<>>& values) {
    auto pattern = split(route.pattern, '/');
    if (pattern.size() != path.size()) return false;
    values.clear();
    for (std::size_t i = 0; i < path.size(); ++i) {
        std::string_view part = pattern[i];
        if (part.starts_with('{') && !path[i].empty()) {
            values.emplace(part.substr(1, part.size() - 2), path[i]);
        } else if (part != path[i]) {
            return false;
        }
    }
    return true;
}

Status read_query(std::string_view text, Request& request) {
    if (text.empty()) return {};
    for (std::string_view pair : split(text, '&')) {
        std::size_t equals = pair.find('=');
        auto name = percent_decoded(pair.substr(0, equals));
        auto value = percent_decoded(equals == std::string_view::npos ? std::string_view{}
                                                                      : pair.substr(equals + 1));
        if (!name || !value || !is_utf8(*name) || !is_utf8(*value)) {
            return Error{Code::invalid_argument, "the query has a broken % escape"};
        }
        if (!request.query.emplace(*name, *value).second) {
            return Error{Code::invalid_argument,
                         fmt::format("the query parameter \"{}\" stands there twice", *name)};
        }
    }
    return {};
}

Result<std::vector<std::string>> read_path(std::string_view text) {
    std::vector<std::string> path;
    for (std::string_view part : split(text, '/')) {
        auto decoded = percent_decoded(part);
        if (!decoded || !is_utf8(*decoded)) {
            return Error{Code::invalid_argument, "the path has a broken % escape"};
        }
        path.push_back(std::move(*decoded));
    }
    return path;
}

/// Finds the route, and fills in what path and query say; none: `refusal` is the answer.
const Route* find_route(Request& request, Response& refusal) {
    if (request.target.size() > k_max_target) {
        refusal = error_response(
            414, {Code::too_large,
                  fmt::format("the path and query are longer than {} bytes", k_max_target)});
        return nullptr;
    }
    std::string_view target = request.target;
    std::size_t mark = target.find('?');
    auto path = read_path(target.substr(0, mark));
    Status query = read_query(
        mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1), request);
    if (!path || !query) {
        refusal = error_response(path ? query.error() : path.error());
        return nullptr;
    }
    std::vector<std::string_view> allowed;
    for (const Route& route : routes()) {
        if (!matches(route, *path, request.path)) continue;
        if (route.method == request.method) {
            Status known = route.parameter.empty() ? only_parameters(request, {})
                                                   : only_parameters(request, {route.parameter});
            if (known) return &route;
            refusal = error_response(known.error());
            return nullptr;
        }
        allowed.push_back(route.method);
    }
    if (allowed.empty()) {
        refusal = error_response({Code::not_found,
                                  "nothing is served under this path; "
                                  "/v1/openapi.json says what is"});
        return nullptr;
    }
    std::string methods = fmt::format("{}", fmt::join(allowed, ", "));
    refusal = error_response(405, {Code::invalid_argument, "this path takes " + methods + " only"});
    refusal.headers.emplace_back("Allow", methods);
    return nullptr;
}

/// Whose body has the passphrase of a key.
constexpr std::string_view k_export_confirm = "/v1/apps/{app}/users/{user}/export/confirm";

/// The native API.
std::vector<Route> own_routes() {
    return {
        {"GET", "/healthz", get_health},
        {"GET", "/metrics", get_metrics},
        {"GET", "/v1/openapi.json", get_openapi},
        {"GET", "/v1/genesis", get_genesis},
        {"GET", "/v1/status", get_status},
        {"GET", "/v1/nodes", get_nodes},
        {"GET", "/v1/participants/{id}", get_participant},
        {"POST", "/v1/packages", post_package},
        {"GET", "/v1/packages/{digest}", get_package},
        {"GET", "/v1/apps", get_apps},
        {"GET", "/v1/apps/{app}", get_app},
        {"POST", "/v1/apps/{app}/transactions", nullptr, post_transactions, "timeout_ms"},
        {"POST", "/v1/apps/{app}/invocations", nullptr, post_invocation, "timeout_ms"},
        {"GET", "/v1/apps/{app}/certificate", get_certificate},
        {"POST", "/v1/apps/{app}/endorsements", nullptr, post_endorsement},
        {"POST", "/v1/apps/{app}/query", post_query, nullptr, {}, true},
        {"GET", "/v1/apps/{app}/height", get_height, nullptr, {}, true},
        {"GET", "/v1/apps/{app}/blocks/{height}", get_block, nullptr, {}, true},
        {"GET", "/v1/apps/{app}/transactions/{id}", get_transaction, nullptr, {}, true},
        {"GET", "/v1/apps/{app}/transactions/{id}/receipt", get_receipt, nullptr, {}, true},
        {"POST", "/v1/apps/{app}/receipts", post_receipts},
        {"GET", "/v1/apps/{app}/events", get_events, nullptr, "from"},
        {"GET", "/v1/apps/{app}/users", get_users},
        {"POST", "/v1/apps/{app}/users", nullptr, post_user},
        {"POST", "/v1/apps/{app}/users/{user}/export", post_user_export},
        {.method = "POST",
         .pattern = k_export_confirm,
         .answer = post_user_export_confirm,
         .secret = true},
        {"POST", "/v1/apps/{app}/users/{user}/release", nullptr, post_user_release},
        {"POST", "/rpc/{app}", nullptr, post_rpc},
        {"GET", "/rpc/{app}", get_rpc},
        {"OPTIONS", "/rpc/{app}", options_rpc},
    };
}

}  // namespace

const std::vector<Route>& routes() {
    static const std::vector<Route> k_routes = [] {
        std::vector<Route> all = own_routes();
        for (const auto& endpoint : published::endpoints()) {
            all.push_back({"POST", endpoint.path, nullptr, post_published});
        }
        return all;
    }();
    return k_routes;
}

bool is_of_sockets(std::string_view target) {
    const std::string_view path = target.substr(0, target.find('?'));
    return path.starts_with("/rpc/") ||
           (path.starts_with("/v1/apps/") && path.ends_with("/events"));
}

bool has_secrets(std::string_view target) {
    // A path with escapes may be the same one.
    const std::string_view path = target.substr(0, target.find('?'));
    return path.ends_with("/confirm") || path.find('%') != std::string_view::npos;
}

namespace {

SocketOpening open_on_route(Service& service, const Route* route, const Request& request) {
    if (route->answer == get_rpc) return open_rpc_connection(service, request);
    const Door door = Door::of(service, route->pattern, request);
    if (auto over = door.turn_away(Asker::unknown)) return refusal_response(*over);
    Response answer = open_event_socket(service, request);
    door.count(0, answer);
    service.count_request(route->pattern, answer.stream ? 101 : answer.status, 0);
    return answer;
}

}  // namespace

SocketOpening open_socket_here(Service& service, Request request) {
    Response refusal;
    const Route* route = find_route(request, refusal);
    return route == nullptr ? SocketOpening(refusal) : open_on_route(service, route, request);
}

void open_socket(Service& service, Request request,
                 const std::function<void(SocketOpening)>& opened) {
    Response refusal;
    const Route* route = find_route(request, refusal);
    if (route == nullptr) return opened(refusal);
    auto way = way_of_socket(service, request);
    if (!way) return opened(open_on_route(service, route, request));
    auto shared = std::make_shared<const Request>(std::move(request));
    open_socket_elsewhere(
        service, std::move(*way), *shared, route->answer == get_rpc, opened,
        [&service, route, shared, opened] { opened(open_on_route(service, route, *shared)); });
}

namespace {

/// What a signed answer is wanted to.
Result<api::Question> question_of(Service& service, const Request& request) {
    auto nonce = fixed_from_hex<ledger::Nonce>(*request.answer_nonce);
    if (!nonce) {
        return Error{Code::invalid_argument,
                     fmt::format("{} must be {} random hexadecimal digits",
                                 api::k_answer_nonce_header, 2 * ledger::Nonce::size())};
    }
    if (service.backend().identity() == nullptr) {
        return Error{Code::unavailable, "this city node has no keys to sign answers with"};
    }
    return api::Question::of(*nonce, request.method, request.target, request.body,
                             request.authorization ? *request.authorization : std::string());
}

void sign_answer(Service& service, const api::Question& question, Response& response) {
    Backend& backend = service.backend();
    const ordering::NodeIdentity& node = *backend.identity();
    const api::AnswerToSign answer{response.status, response.content_type, as_bytes(response.body)};
    const UnixMillis time = backend.now();
    const Bytes statement = api::answer_statement(backend.network(), question, answer, time);
    const api::AnswerSignature signature{node.id(), time,
                                         node.sign(crypto::SuiteId::secp256r1, statement)};
    response.headers.emplace_back(api::k_answer_signature_header,
                                  api::format_answer_signature(signature));
}

/// Counts what is answered.
Reply counting(Service& service, std::string_view name, Reply reply) {
    using SteadyClock = std::chrono::steady_clock;
    return
        [&service, name, begin = SteadyClock::now(), reply = std::move(reply)](MakeResponse make) {
            reply([&service, name, begin, make = std::move(make)] {
                Response response = make();
                std::chrono::duration<double> seconds = SteadyClock::now() - begin;
                service.count_request(name, response.status, seconds.count());
                return response;
            });
        };
}

void answer_here(Service& service, const Route& route, Request request, const Reply& reply) {
    const Door door = Door::of(service, route.pattern, request);
    auto counted = [reply, door, in = request.body.size()](MakeResponse make) {
        reply([door, in, make = std::move(make)] {
            Response response = make();
            door.count(in, response);
            return response;
        });
    };
    if (auto over = door.turn_away(Asker::unknown)) {
        const bool rpc = route.pattern.starts_with("/rpc/");
        Response refusal =
            rpc ? rpc_refusal_response(*over, as_text(request.body)) : refusal_response(*over);
        counted([refusal] { return refusal; });
    } else if (route.begin != nullptr) {
        route.begin(service, request, counted);
    } else {
        auto shared = std::make_shared<Request>(std::move(request));
        auto answer = [&service, &route, shared, counted] {
            auto response = std::make_shared<Response>(route.answer(service, *shared));
            if (route.secret) crypto::wipe(shared->body);
            counted([response] { return std::move(*response); });
        };
        if (route.asks_chain) return service.run_for(*shared, counted, std::move(answer));
        service.work().run(std::move(answer));
    }
}

/// Has another node answer. Its answer goes on as it is, with its signature. The app's limits are
/// those of the node that answers, and so is what is counted of its traffic.
void answer_elsewhere(Service& service, const Route& route, Way way, Request request,
                      const Reply& reply) {
    const bool rpc = route.pattern.starts_with("/rpc/");
    auto answered = [reply, rpc, page = request.origin](Result<Response> came) {
        auto shared = std::make_shared<Result<Response>>(std::move(came));
        reply([shared, rpc, page] {
            Response response = *shared ? std::move(**shared)
                                : rpc   ? rpc_error_response(shared->error())
                                        : error_response(shared->error());
            if (rpc) allow_page(response, page);
            return response;
        });
    };
    auto own = std::make_shared<const Request>(std::move(request));
    auto here = [&service, &route, own, reply] {
        service.work().run(
            [&service, &route, own, reply] { answer_here(service, route, *own, reply); });
    };
    auto sent = own;
    if (!own->origin.empty()) {  // which pages may call is for the node that they reach
        auto without_page = std::make_shared<Request>(*own);
        without_page->origin.clear();
        sent = std::move(without_page);
    }
    hand_on(service, std::move(way), std::move(sent), {answered, here});
}

void dispatch(Service& service, Request request, Reply reply) {
    Response refusal;
    const Route* route = find_route(request, refusal);
    const Reply counted =
        counting(service, route == nullptr ? k_unknown_route : route->pattern, std::move(reply));
    if (route == nullptr) return counted([refusal] { return refusal; });
    if (auto way = way_of(service, *route, request)) {
        return answer_elsewhere(service, *route, std::move(*way), std::move(request), counted);
    }
    answer_here(service, *route, std::move(request), counted);
}

bool is_signed(const Response& response) {
    return std::any_of(response.headers.begin(), response.headers.end(), [](const auto& header) {
        return header.first == api::k_answer_signature_header;
    });
}

/// Hands on signed answers, made and signed as work. A body that is a stream has no signature: it
/// is not known before it is sent. What another node answered bears that node's.
Reply signing(Service& service, api::Question question, Reply reply) {
    auto shared = std::make_shared<const api::Question>(std::move(question));
    return [&service, shared, reply = std::move(reply)](MakeResponse make) {
        service.work().run([&service, shared, reply, make = std::move(make)] {
            auto response = std::make_shared<Response>(make());
            if (!response->stream && !is_signed(*response))
                sign_answer(service, *shared, *response);
            reply([response] { return std::move(*response); });
        });
    };
}

}  // namespace

void serve(Service& service, Request request, Reply reply) {
    if (!request.answer_nonce) return dispatch(service, std::move(request), std::move(reply));
    auto shared = std::make_shared<Request>(std::move(request));
    service.work().run([&service, shared, reply = std::move(reply)] {
        auto question = question_of(service, *shared);
        if (!question) {
            return reply([error = question.error()] { return error_response(error); });
        }
        dispatch(service, std::move(*shared), signing(service, std::move(*question), reply));
    });
}

}  // namespace bsn::gateway
