#include "cli/node_client.hpp"

#include "base/clock.hpp"
#include "gateway/request_signature.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace bsn::cli {
namespace {

constexpr UnixMillis k_signature_life = 60'000;
constexpr std::uint64_t k_first_pause_ms = 50;
constexpr std::uint64_t k_longest_pause_ms = 2'000;
/// What a node may take beyond the wait that was asked for.
constexpr std::uint64_t k_answer_slack_ms = 5'000;
constexpr std::uint64_t k_longest_wait_ms = 60'000;

bool is_transient(Code code) {
    return code == Code::unavailable || code == Code::overloaded || code == Code::unknown_outcome;
}

/// The pauses between repetitions, until a deadline.
class Patience {
  public:
    explicit Patience(std::uint64_t timeout_ms) : end_(clock_.monotonic() + timeout_ms) {}

    std::uint64_t left() const {
        std::uint64_t now = clock_.monotonic();
        return now < end_ ? end_ - now : 0;
    }
    /// Waits before the next try; false if there is no time for one.
    bool pause() {
        if (left() <= pause_) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(pause_));
        pause_ = std::min(pause_ * 2, k_longest_pause_ms);
        return true;
    }

  private:
    SystemClock clock_;
    std::uint64_t end_;
    std::uint64_t pause_ = k_first_pause_ms;
};

std::string wait_parameter(std::uint64_t timeout_ms) {
    return fmt::format("?timeout_ms={}",
                       std::clamp<std::uint64_t>(timeout_ms, 1, k_longest_wait_ms));
}

Error unreachable(const std::vector<net::Endpoint>& endpoints, const Error& last) {
    return {Code::unavailable,
            fmt::format("{} ({}); start the network with `bsn up`, or name a node with --node URL",
                        endpoints.size() == 1 ? "the node does not answer" : "no node answers",
                        last.message)};
}

Json argument_json(ByteView argument) {
    if (is_utf8(as_text(argument))) return as_text(argument);
    return Json{{"base64", to_base64(argument)}};
}

Result<ledger::ReceiptBundle> bundle_of_line(const Json& line) {
    if (auto error = line.find("error"); error != line.end()) {
        auto code = code_from_name(text_of(*error, "code"));
        return Error{code.value_or(Code::internal), text_of(*error, "message")};
    }
    BSN_TRY(bytes, from_hex(text_of(line, "bundle")));
    return ledger::ReceiptBundle::decode(bytes);
}

}  // namespace

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

NodeClient::NodeClient(std::vector<net::Endpoint> endpoints, std::string authority,
                       ledger::NetworkId network, std::uint64_t timeout_ms)
    : endpoints_(std::move(endpoints)),
      checked_(endpoints_.size(), false),
      network_(network),
      timeout_ms_(timeout_ms) {
    for (const net::Endpoint& endpoint : endpoints_) connections_.emplace_back(endpoint, authority);
}

std::string NodeClient::authorization(const ApiCall& call) const {
    if (!call.sign_for || identity_ == nullptr) return {};
    gateway::RequestToSign request{network_, *call.sign_for, call.method, call.target, call.body};
    return gateway::sign_request(request, identity_->participant, identity_->key,
                                 SystemClock().now() + k_signature_life, new_nonce());
}

Status NodeClient::check_network(std::size_t endpoint, std::uint64_t timeout_ms) {
    if (checked_[endpoint]) return {};
    net::HttpRequest request{.target = "/v1/status"};
    BSN_TRY(response, connections_[endpoint].send(request, timeout_ms));
    if (response.status != 200) return api_error(response, endpoints_[endpoint]);
    BSN_TRY(status, parse_json(response.text(), "the node's status"));
    if (text_of(status, "network") != to_hex(network_.view())) {
        return Error{
            Code::wrong_network,
            fmt::format("{} belongs to another network than the pinned genesis file; name "
                        "the right genesis file with --genesis, or another node with --node",
                        endpoints_[endpoint].url())};
    }
    checked_[endpoint] = true;
    return {};
}

Result<net::HttpResponse> NodeClient::call_at(std::size_t endpoint, const ApiCall& call,
                                              std::uint64_t timeout_ms) {
    BSN_CHECK(check_network(endpoint, timeout_ms));
    // Signed anew for each try: a node refuses a nonce that it has seen.
    std::string signature = authorization(call);
    net::HttpRequest request{.method = call.method,
                             .target = call.target,
                             .content_type = call.content_type,
                             .body = call.body,
                             .authorization = signature};
    BSN_TRY(response, connections_[endpoint].send(request, timeout_ms + k_answer_slack_ms));
    if (response.status != 200) return api_error(response, endpoints_[endpoint]);
    return std::move(response);
}

Result<net::HttpResponse> NodeClient::call(const ApiCall& call) {
    auto response = call_any(call);
    bool unknown_caller = !response && call.sign_for && identity_ != nullptr &&
                          response.error().code == Code::unauthenticated;
    if (!unknown_caller) return response;
    // A key that the network does not know yet must not keep its owner from what is public.
    ApiCall anonymous = call;
    anonymous.sign_for.reset();
    auto public_response = call_any(anonymous);
    // What a contract answered counts, a refusal too; only whoever is unknown must learn of that.
    bool answered = public_response || public_response.error().code != Code::unauthenticated;
    return answered ? std::move(public_response) : std::move(response);
}

Result<net::HttpResponse> NodeClient::call_any(const ApiCall& call) {
    ensure(!endpoints_.empty(), "a client without endpoints");
    Patience patience(timeout_ms_);
    for (;;) {
        bool reached = false;
        Error last;
        std::size_t first = preferred_;
        for (std::size_t i = 0; i < endpoints_.size(); ++i) {
            std::size_t at = (first + i) % endpoints_.size();
            bool was_reachable = checked_[at];
            auto response = call_at(at, call, std::max<std::uint64_t>(patience.left(), 1));
            if (response) {
                preferred_ = at;
                return response;
            }
            last = response.error();
            if (!is_transient(last.code)) return last;
            reached = reached || checked_[at] || was_reachable;
        }
        // Nobody is there at all: waiting would only hide that from the user.
        if (!reached) return unreachable(endpoints_, last);
        if (!patience.pause()) return last;
    }
}

Result<Json> NodeClient::call_json(const ApiCall& request) {
    BSN_TRY(response, call(request));
    return parse_json(response.text(), "the node's answer");
}

Result<Json> NodeClient::get_from(std::size_t endpoint, const std::string& target,
                                  std::uint64_t timeout_ms) {
    net::HttpRequest request{.target = target};
    BSN_TRY(response, connections_[endpoint].send(request, timeout_ms));
    if (response.status != 200) return api_error(response, endpoints_[endpoint]);
    return parse_json(response.text(), "the node's answer");
}

Result<Json> NodeClient::app_record(const std::string& name) {
    ApiCall request{.target = "/v1/apps/" + url_encoded(name)};
    // The members are told to members only, so that who asks matters where it is known.
    if (identity_ == nullptr) return call_json(request);
    BSN_TRY(known, app(name));
    request.sign_for = known.channel;
    return call_json(request);
}

Result<AppRef> NodeClient::app(const std::string& name) {
    if (name == "system") return AppRef{name, ledger::system_channel(network_), std::nullopt};
    BSN_TRY(record, call_json({.target = "/v1/apps/" + url_encoded(name)}));
    auto channel = fixed_from_hex<ledger::ChannelId>(text_of(record, "channel"));
    auto suite = crypto::suite_from_name(text_of(record, "suite"));
    if (!channel || !suite) {
        return Error{Code::unsupported_version,
                     fmt::format("the node's description of the app {} lacks its channel or suite; "
                                 "use a bsn of the same version as the node",
                                 name)};
    }
    AppRef app{text_of(record, "name"), *channel, *suite};
    auto dialect = ledger::dialect_of_framework(text_of(record, "framework"));
    if (dialect && *dialect != ledger::Dialect::native) {
        const Json evm = record.contains("evm") ? record["evm"] : Json::object();
        ledger::DialectSettings settings;
        settings.dialect = *dialect;
        settings.fork = ledger::fork_from_name(text_of(evm, "fork")).value_or(settings.fork);
        settings.chain_id = number_of(evm, "chain_id");
        settings.group = number_of(evm, "group");
        settings.metered = text_of(evm, "gas") == "metered";
        settings.base_fee = number_of(evm, "base_fee");
        settings.transaction_gas = number_of(evm, "transaction_gas");
        settings.open_accounts = text_of(evm, "accounts") == "open";
        app.evm = std::move(settings);
    }
    return app;
}

Result<SubmitAnswer> NodeClient::submit(const AppRef& app, const ledger::Transaction& transaction) {
    ApiCall request{.method = "POST",
                    .target = fmt::format("/v1/apps/{}/transactions{}", to_hex(app.channel.view()),
                                          wait_parameter(timeout_ms_)),
                    .content_type = "application/octet-stream",
                    .body = transaction.bytes()};
    BSN_TRY(json, call_json(request));
    SubmitAnswer answer;
    answer.id = transaction.id();
    answer.height = number_of(json, "height");
    answer.index = static_cast<std::uint32_t>(number_of(json, "index"));
    answer.time = number_of(json, "time");
    BSN_TRY(result, from_base64(text_of(json, "result")));
    answer.result = std::move(result);
    if (text_of(json, "status") != "success") {
        answer.error = Error{Code::contract_failed, text_of(json, "error")};
    }
    return answer;
}

Status NodeClient::submit_round(const AppRef& app, std::span<const ByteView> transactions,
                                std::span<const std::size_t> wanted,
                                std::vector<SubmitAnswer>& answers) {
    std::vector<ByteView> chosen;
    for (std::size_t index : wanted) chosen.push_back(transactions[index]);
    ApiCall request{.method = "POST",
                    .target = fmt::format("/v1/apps/{}/transactions{}", to_hex(app.channel.view()),
                                          wait_parameter(timeout_ms_)),
                    .content_type = "application/x-bsn-transactions",
                    .body = encode_submission(chosen)};
    BSN_TRY(response, call(request));
    BSN_TRY(results, decode_results(response.body));
    if (results.size() != wanted.size()) {
        return Error{Code::unsupported_version,
                     fmt::format("the node answered {} results for {} transactions; the same call "
                                 "again is safe",
                                 results.size(), wanted.size())};
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) answers[wanted[i]] = std::move(results[i]);
    return {};
}

Result<std::vector<SubmitAnswer>> NodeClient::submit_all(
    const AppRef& app, std::span<const ByteView> transactions, std::size_t batch,
    const std::function<void(std::size_t)>& done) {
    std::vector<SubmitAnswer> answers(transactions.size());
    for (std::size_t first = 0; first < transactions.size();) {
        std::size_t count = next_submission_size(transactions.subspan(first), batch);
        std::vector<std::size_t> wanted(count);
        for (std::size_t i = 0; i < count; ++i) wanted[i] = first + i;
        Patience patience(timeout_ms_);
        for (;;) {
            BSN_CHECK(submit_round(app, transactions, wanted, answers));
            std::size_t before = wanted.size();
            std::erase_if(wanted, [&](std::size_t index) {
                const auto& error = answers[index].error;
                return !error || !is_transient(error->code);
            });
            if (done) done(before - wanted.size());
            if (wanted.empty() || !patience.pause()) break;
        }
        first += count;
    }
    return answers;
}

Result<Bytes> NodeClient::query(const AppRef& app, const Invocation& invocation) {
    Json body{{"contract", invocation.contract},
              {"function", invocation.function},
              {"arguments", Json::array()}};
    for (const Bytes& argument : invocation.arguments) {
        body["arguments"].push_back(argument_json(argument));
    }
    std::string text = body.dump();
    ApiCall request{.method = "POST",
                    .target = fmt::format("/v1/apps/{}/query", to_hex(app.channel.view())),
                    .content_type = "application/json",
                    .body = to_bytes(text),
                    .sign_for = app.channel};
    BSN_TRY(json, call_json(request));
    return from_base64(text_of(json, "result"));
}

Result<std::vector<Result<ledger::ReceiptBundle>>> NodeClient::receipts(
    const AppRef& app, const std::vector<ledger::TxId>& ids) {
    Json body{{"ids", Json::array()}};
    for (const ledger::TxId& id : ids) body["ids"].push_back(to_hex(id.view()));
    std::string text = body.dump();
    ApiCall request{.method = "POST",
                    .target = fmt::format("/v1/apps/{}/receipts", to_hex(app.channel.view())),
                    .content_type = "application/json",
                    .body = to_bytes(text),
                    .sign_for = app.channel};
    BSN_TRY(response, call(request));
    std::vector<Result<ledger::ReceiptBundle>> bundles;
    std::string_view rest = response.text();
    while (!rest.empty()) {
        std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        if (line.empty()) continue;
        BSN_TRY(json, parse_json(line, "a line of the node's receipts"));
        bundles.push_back(bundle_of_line(json));
    }
    if (bundles.size() != ids.size()) {
        return Error{Code::unknown_outcome,
                     fmt::format("the node answered {} of {} receipts; try again", bundles.size(),
                                 ids.size())};
    }
    return bundles;
}

Result<net::HttpResponse> NodeClient::stream(const ApiCall& call, std::string_view last_event_id,
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
        auto response = connections_[at].stream(request, idle_ms, take);
        if (!response && response.error().code == Code::unavailable) {
            last = response.error();
            continue;
        }
        if (!response || response->status == 200) return response;
        last = api_error(*response, endpoints_[at]);
        if (last.code != Code::unauthenticated || signature.empty()) return last;
        ApiCall anonymous = call;  // as in call()
        anonymous.sign_for.reset();
        return stream(anonymous, last_event_id, idle_ms, take);
    }
    return unreachable(endpoints_, last);
}

namespace {

constexpr std::uint64_t k_most_settling_ms = 5'000;
constexpr auto k_settling_poll = std::chrono::milliseconds(5);

bool is_settled(const Json& status, std::uint64_t height) {
    for (const Json& chain : status.value("chains", Json::array())) {
        if (text_of(chain, "app") == "system" && number_of(chain, "certified") < height) {
            return false;
        }
        if (text_of(chain, "state") != "stopped" && !chain.value("settled", true)) return false;
    }
    return true;
}

}  // namespace

void NodeClient::wait_settled(std::uint64_t height) {
    auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(k_most_settling_ms);
    for (std::size_t endpoint = 0; endpoint < endpoints_.size(); ++endpoint) {
        while (std::chrono::steady_clock::now() < end) {
            auto status = get_from(endpoint, "/v1/status", k_most_settling_ms);
            if (!status || is_settled(*status, height)) break;
            std::this_thread::sleep_for(k_settling_poll);
        }
    }
}

}  // namespace bsn::cli
