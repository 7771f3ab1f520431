#include "framework/json_rpc_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

namespace bsn::framework::rpc {
namespace {

constexpr std::string_view k_scheme_end = "://";
constexpr int k_max_depth = 64;
constexpr std::size_t k_max_failure_text = 512;

/// Parses with a bound on nesting: the parser itself has none.
Json parse_bounded(std::string_view text) {
    bool too_deep = false;
    auto watch = [&](int depth, Json::parse_event_t, Json&) {
        if (depth > k_max_depth) too_deep = true;
        return !too_deep;
    };
    Json json = Json::parse(text, watch, false);
    return too_deep ? Json(Json::value_t::discarded) : json;
}

Failure failure_from(const Json& error) {
    int number = static_cast<int>(ErrorNumber::server);
    std::string sentence = "the call failed, without a reason";
    if (auto code = error.find("code"); code != error.end() && code->is_number_integer()) {
        const auto wide = code->get<std::int64_t>();
        if (wide >= std::numeric_limits<int>::min() && wide <= std::numeric_limits<int>::max()) {
            number = static_cast<int>(wide);
        }
    }
    if (auto message = error.find("message"); message != error.end() && message->is_string()) {
        sentence = message->get<std::string>().substr(0, k_max_failure_text);
    }
    return {number, std::move(sentence)};
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
    const std::size_t scheme = text.find(k_scheme_end);
    const std::size_t path =
        scheme == std::string_view::npos ? scheme : text.find('/', scheme + k_scheme_end.size());
    BSN_TRY(endpoint, net::parse_endpoint(text.substr(0, path)));
    Url url{endpoint};
    if (path != std::string_view::npos) url.path = text.substr(path);
    for (const char c : url.path) {
        if (c > ' ' && c < '\x7f' && c != '#') continue;
        return Error{Code::invalid_argument,
                     fmt::format("the path of \"{}\" holds what no URL does", text)};
    }
    return url;
}

Result<Answer<Json>> read_answer(std::string_view body, std::uint64_t id) {
    Json json = parse_bounded(body);
    const Error none{Code::unknown_outcome, "no JSON-RPC answer came"};
    if (!json.is_object() || !json.contains("id") || json["id"] != Json(id)) return none;
    if (auto error = json.find("error"); error != json.end() && !error->is_null()) {
        if (!error->is_object()) return none;
        return Answer<Json>(failure_from(*error));
    }
    auto result = json.find("result");
    if (result == json.end()) return none;
    return Answer<Json>(std::move(*result));
}

HttpCaller::HttpCaller(HttpCallerOptions options)
    : options_(std::move(options)),
      idle_(options_.urls.size()),
      rests_until_(options_.urls.size(), 0) {
    ensure(!options_.urls.empty(), "a JSON-RPC client without endpoints");
}

std::vector<std::size_t> HttpCaller::order() const {
    std::vector<std::size_t> order(options_.urls.size());
    std::iota(order.begin(), order.end(), 0);
    const std::uint64_t now = clock_.monotonic();
    std::lock_guard lock(mutex_);
    std::stable_partition(order.begin(), order.end(),
                          [&](std::size_t endpoint) { return rests_until_[endpoint] <= now; });
    return order;
}

net::HttpConnection HttpCaller::take(std::size_t endpoint) {
    {
        std::lock_guard lock(mutex_);
        auto& idle = idle_.at(endpoint);
        if (!idle.empty()) {
            net::HttpConnection connection = std::move(idle.back());
            idle.pop_back();
            return connection;
        }
    }
    return {options_.urls.at(endpoint).endpoint, options_.authority};
}

void HttpCaller::give_back(std::size_t endpoint, net::HttpConnection connection) {
    std::lock_guard lock(mutex_);
    auto& idle = idle_.at(endpoint);
    if (idle.size() < options_.max_idle) idle.push_back(std::move(connection));
}

Result<Answer<Json>> HttpCaller::call_at(std::size_t endpoint, std::string_view method,
                                         const Json& params) {
    const Url& url = options_.urls.at(endpoint);
    const std::uint64_t id = next_id_++;
    const std::string body =
        Json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}.dump();
    net::HttpConnection connection = take(endpoint);
    auto response = connection.send({.method = "POST",
                                     .target = url.path,
                                     .content_type = "application/json",
                                     .body = as_bytes(body),
                                     .max_answer_bytes = options_.max_answer_bytes},
                                    options_.timeout_ms);
    if (!response) {
        std::lock_guard lock(mutex_);
        rests_until_[endpoint] = clock_.monotonic() + k_rest_ms;
        return response.error();
    }
    give_back(endpoint, std::move(connection));
    auto answer = read_answer(response->text(), id);
    if (answer) return answer;
    return Error{answer.error().code, fmt::format("{}: {} (HTTP status {})", url.text(),
                                                  answer.error().message, response->status)};
}

Result<Answer<Json>> HttpCaller::call(std::string_view method, const Json& params) {
    Error failed{Code::unavailable, "no endpoint was asked"};
    for (const std::size_t endpoint : order()) {
        auto answer = call_at(endpoint, method, params);
        if (answer) return answer;
        // What one endpoint may have had stays unknown, whatever the others say.
        if (failed.code != Code::unknown_outcome) failed = answer.error();
    }
    return failed;
}

}  // namespace bsn::framework::rpc
