#include "api/gateways.hpp"

#include "api/request_signature.hpp"
#include "base/clock.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <sys/random.h>
#include <thread>

namespace bsn::api {
namespace {

constexpr UnixMillis k_signature_life = 60'000;
constexpr std::uint64_t k_first_pause_ms = 50;
constexpr std::uint64_t k_longest_pause_ms = 2'000;
/// What a node may take beyond the wait that was asked for.
constexpr std::uint64_t k_answer_slack_ms = 5'000;
constexpr std::size_t k_nonce_time_bytes = 6;

}  // namespace

ledger::Nonce new_nonce() {
    ledger::Nonce nonce;
    ssize_t got = ::getrandom(nonce.data(), nonce.size(), 0);
    ensure(got == static_cast<ssize_t>(nonce.size()), "the system gave no random bytes");
    UnixMillis time = SystemClock().now();
    for (std::size_t i = k_nonce_time_bytes; i-- > 0; time >>= 8) {
        nonce.data()[i] = static_cast<std::uint8_t>(time);
    }
    return nonce;
}

bool is_transient(Code code) {
    return code == Code::unavailable || code == Code::overloaded || code == Code::unknown_outcome;
}

Patience::Patience(std::uint64_t timeout_ms)
    : end_(SystemClock().monotonic() + timeout_ms), pause_(k_first_pause_ms) {}

std::uint64_t Patience::left() const {
    std::uint64_t now = SystemClock().monotonic();
    return now < end_ ? end_ - now : 0;
}

bool Patience::pause() {
    if (left() <= pause_) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(pause_));
    pause_ = std::min(pause_ * 2, k_longest_pause_ms);
    return true;
}

Error api_error(const net::HttpResponse& response, const net::Endpoint& endpoint) {
    auto json = parse_json(response.text(), "");
    if (json && json->contains("error") && (*json)["error"].is_object()) {
        const Json& error = (*json)["error"];
        if (auto code = code_from_name(text_of(error, "code"))) {
            return {*code, text_of(error, "message")};
        }
    }
    Code code = response.status >= 500 ? Code::unavailable : Code::unsupported_version;
    return {code, fmt::format("{} answered HTTP status {}; check that this is a bsn node",
                              endpoint.url(), response.status)};
}

Gateways::Gateways(std::vector<net::Endpoint> endpoints, std::string authority,
                   ledger::NetworkId network, std::uint64_t timeout_ms, std::string advice)
    : endpoints_(std::move(endpoints)),
      checked_(endpoints_.size(), false),
      network_(network),
      timeout_ms_(timeout_ms),
      advice_(std::move(advice)) {
    for (const net::Endpoint& endpoint : endpoints_) connections_.emplace_back(endpoint, authority);
}

Error Gateways::unreachable(const Error& last) const {
    return {Code::unavailable,
            fmt::format("{} ({}); {}",
                        endpoints_.size() == 1 ? "the node does not answer" : "no node answers",
                        last.message, advice_)};
}

std::string Gateways::authorization(const ApiCall& call) const {
    if (!call.sign_for || !caller_) return {};
    RequestToSign request{network_, *call.sign_for, call.method, call.target, call.body};
    return sign_request(request, caller_->participant, *caller_->key,
                        SystemClock().now() + k_signature_life, new_nonce());
}

Status Gateways::check_network(std::size_t endpoint, std::uint64_t timeout_ms) {
    if (checked_[endpoint]) return {};
    net::HttpRequest request{.target = "/v1/status"};
    BSN_TRY(response, connections_[endpoint].send(request, timeout_ms));
    if (response.status != 200) return api_error(response, endpoints_[endpoint]);
    BSN_TRY(status, parse_json(response.text(), "the node's status"));
    if (text_of(status, "network") != to_hex(network_.view())) {
        return Error{
            Code::wrong_network,
            fmt::format("{} belongs to another network than the pinned genesis file; name the "
                        "right genesis file (--genesis), or another node (--node)",
                        endpoints_[endpoint].url())};
    }
    checked_[endpoint] = true;
    return {};
}

Gateways::Tried Gateways::exchange(std::size_t endpoint, net::HttpRequest request, bool streamed,
                                   std::uint64_t timeout_ms) {
    if (!keys_ || streamed) return {connections_[endpoint].send(request, timeout_ms)};
    const ledger::Nonce nonce = new_nonce();
    const std::string digits = to_hex(nonce);
    request.answer_nonce = digits;
    auto response = connections_[endpoint].send(request, timeout_ms);
    if (!response) return {response};
    const Question question =
        Question::of(nonce, request.method, request.target, request.body, request.authorization);
    Status right = check_answer_of(endpoint, question, *response, timeout_ms);
    if (right) return {response};
    return {right.error().within(endpoints_[endpoint].url()), false};
}

Status Gateways::check_answer_of(std::size_t endpoint, const Question& question,
                                 const net::HttpResponse& response, std::uint64_t timeout_ms) {
    if (response.answer_signature.empty()) {
        return Error{Code::bad_signature,
                     fmt::format("the answer (HTTP status {}) is not signed by a city node",
                                 response.status)};
    }
    BSN_TRY(signature, parse_answer_signature(response.answer_signature));
    if (keys_->find(signature.node) == nullptr) {
        // Who vouches for it is the genesis's authority, so anybody may tell.
        net::HttpRequest ask{.target = "/v1/nodes"};
        BSN_TRY(nodes, connections_[endpoint].send(ask, timeout_ms));
        auto json = parse_json(nodes.text(), "the list of city nodes");
        if (json) keys_->learn(*json);
    }
    const crypto::PublicKey* key = keys_->find(signature.node);
    if (key == nullptr) {
        return Error{Code::bad_signature,
                     fmt::format("the answer is signed by {}, which is no city node that the "
                                 "genesis vouches for",
                                 to_hex(signature.node))};
    }
    return check_answer(network_, question, {response.status, response.content_type, response.body},
                        signature, *key);
}

Gateways::Tried Gateways::call_at(std::size_t endpoint, const ApiCall& call,
                                  std::uint64_t timeout_ms) {
    if (Status known = check_network(endpoint, timeout_ms); !known) return {known.error()};
    // Signed anew for each try: a node refuses a nonce that it has seen.
    const std::string signature = authorization(call);
    const net::HttpRequest request{.method = call.method,
                                   .target = call.target,
                                   .content_type = call.content_type,
                                   .body = call.body,
                                   .authorization = signature};
    Tried tried = exchange(endpoint, request, call.streamed, timeout_ms + k_answer_slack_ms);
    if (tried.response && tried.response->status != 200) {
        return {api_error(*tried.response, endpoints_[endpoint])};
    }
    return tried;
}

Result<net::HttpResponse> Gateways::call(const ApiCall& call) {
    auto response = call_any(call);
    bool unknown_caller =
        !response && call.sign_for && caller_ && response.error().code == Code::unauthenticated;
    if (!unknown_caller) return response;
    // A key that the network does not know yet must not keep its owner from what is public.
    ApiCall anonymous = call;
    anonymous.sign_for.reset();
    auto public_response = call_any(anonymous);
    // What a contract answered counts, a refusal too; only whoever is unknown must learn of that.
    bool answered = public_response || public_response.error().code != Code::unauthenticated;
    return answered ? std::move(public_response) : std::move(response);
}

Result<net::HttpResponse> Gateways::call_any(const ApiCall& call) {
    ensure(!endpoints_.empty(), "a client without endpoints");
    Patience patience(timeout_ms_);
    std::optional<Error> told;  // by a node
    for (;;) {
        bool reached = false;
        bool honest = false;  // some node may give a better answer later
        Error last;
        std::size_t first = preferred_;
        for (std::size_t i = 0; i < endpoints_.size(); ++i) {
            std::size_t at = (first + i) % endpoints_.size();
            bool was_reachable = checked_[at];
            // Each has its share of the time, so that one that is silent leaves some for the
            // others.
            const std::uint64_t share = patience.left() / (endpoints_.size() - i);
            Tried tried = call_at(at, call, std::max<std::uint64_t>(share, 1));
            if (tried.response) {
                preferred_ = at;
                return std::move(tried.response);
            }
            last = tried.response.error();
            if (tried.trusted && !is_transient(last.code)) return last;
            if (last.code != Code::unknown_outcome) {
                told = last;
            } else if (call.reads && told) {
                last = *told;
            }
            reached = reached || checked_[at] || was_reachable;
            honest = honest || tried.trusted;
        }
        // Nobody is there at all: waiting would only hide that from the user.
        if (!reached) return unreachable(last);
        if (!honest || !patience.pause()) return last;
    }
}

Result<Json> Gateways::call_json(const ApiCall& request) {
    BSN_TRY(response, call(request));
    return parse_json(response.text(), "the node's answer");
}

Result<Json> Gateways::get_from(std::size_t endpoint, const std::string& target,
                                std::uint64_t timeout_ms) {
    const net::HttpRequest request{.target = target};
    Tried tried = exchange(endpoint, request, false, timeout_ms);
    if (!tried.response) return tried.response.error();
    if (tried.response->status != 200) return api_error(*tried.response, endpoints_[endpoint]);
    return parse_json(tried.response->text(), "the node's answer");
}

Result<net::HttpResponse> Gateways::stream(const ApiCall& call, std::string_view last_event_id,
                                           std::uint64_t idle_ms,
                                           const std::function<bool(std::string_view)>& take) {
    Error last;
    std::size_t first = preferred_;
    for (std::size_t i = 0; i < endpoints_.size(); ++i) {
        std::size_t at = (first + i) % endpoints_.size();
        if (Status known = check_network(at, idle_ms); !known) {
            last = known.error();
            if (!is_transient(last.code)) return last;
            continue;
        }
        std::string signature = authorization(call);
        net::HttpRequest request{.method = call.method,
                                 .target = call.target,
                                 .authorization = signature,
                                 .last_event_id = last_event_id};
        preferred_ = at;
        bool taken = false;
        auto response = connections_[at].stream(request, idle_ms, [&](std::string_view piece) {
            taken = true;
            return take(piece);
        });
        if (!response) preferred_ = (at + 1) % endpoints_.size();
        if (!response && !taken && is_transient(response.error().code)) {
            last = response.error();
            continue;
        }
        if (!response || response->status == 200) return response;
        last = api_error(*response, endpoints_[at]);
        if (is_transient(last.code)) {
            preferred_ = (at + 1) % endpoints_.size();
            continue;
        }
        if (last.code != Code::unauthenticated || signature.empty()) return last;
        ApiCall anonymous = call;  // as in call()
        anonymous.sign_for.reset();
        return stream(anonymous, last_event_id, idle_ms, take);
    }
    return unreachable(last);
}

}  // namespace bsn::api
