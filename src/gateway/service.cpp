#include "gateway/service.hpp"

#include "gateway/errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace bsn::gateway {
namespace {

constexpr std::size_t k_most_forwards = 1024;

std::uint64_t steady_ms() {
    using namespace std::chrono;
    return static_cast<std::uint64_t>(
        duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count());
}

}  // namespace

StreamPlace::StreamPlace(std::shared_ptr<std::atomic<std::size_t>> open, Gauge& gauge)
    : open_(std::move(open)), gauge_(gauge) {
    gauge_.add(1);
}

StreamPlace::~StreamPlace() {
    gauge_.add(-1);
    open_->fetch_sub(1);
}

Result<std::shared_ptr<StreamPlace>> Places::take() {
    if (taken_->fetch_add(1) >= most_) {
        taken_->fetch_sub(1);
        return Error{Code::overloaded, refusal_};
    }
    return std::make_shared<StreamPlace>(taken_, gauge_);
}

void HandedIn::note(const ledger::Hash& digest, const ledger::ParticipantId& who) {
    std::lock_guard lock(mutex_);
    if (!entries_.emplace(digest, who).second) return;
    in_order_.emplace_back(digest, who);
    if (in_order_.size() <= k_most) return;
    entries_.erase(in_order_.front());
    in_order_.pop_front();
}

bool HandedIn::has(const ledger::Hash& digest, const ledger::ParticipantId& who) const {
    std::lock_guard lock(mutex_);
    return entries_.contains({digest, who});
}

Service::Service(Backend& backend, Executor& executor, std::size_t max_streams, RpcOptions rpc,
                 bool published_mac, AppLanesOptions lanes,
                 std::optional<std::uint64_t> refused_per_second)
    : backend_(backend),
      work_(std::make_shared<Work>(executor)),
      authenticator_(backend),
      watches_(work_),
      rpc_(std::move(rpc)),
      published_mac_(published_mac),
      strangers_(std::make_shared<Strangers>(refused_per_second)),
      streams_(
          max_streams, backend.metrics().gauge("bsn_http_streams", "Event streams open now"),
          fmt::format("all {} event streams of this node are taken; try again later, or another of "
                      "the app's nodes",
                      max_streams)),
      rpc_calls_(
          rpc_.max_calls,
          backend.metrics().gauge("bsn_rpc_calls", "JSON-RPC requests being answered now"),
          fmt::format("this node answers {} JSON-RPC requests already; try again", rpc_.max_calls)),
      rpc_connections_(
          rpc_.max_connections,
          backend.metrics().gauge("bsn_rpc_connections", "JSON-RPC WebSockets open now"),
          fmt::format(
              "all {} WebSockets of this node are taken; try again later, or another of the "
              "app's nodes",
              rpc_.max_connections)),
      forwards_(k_most_forwards,
                backend.metrics().gauge("bsn_forwards", "Requests being answered by other nodes"),
                fmt::format("this node hands on {} requests to others already; try again, or ask "
                            "one of the app's nodes",
                            k_most_forwards)),
      connections_(backend.metrics().gauge("bsn_http_connections", "Connections open now")),
      lanes_(lanes) {}

bool Service::has_lane(const registry::App* app) const {
    return app != nullptr && app->record.is_foreign() && backend_.chain(app->record.name);
}

Status Service::run_for(const registry::App* app, Task task) {
    if (!has_lane(app)) {
        work_->run(std::move(task));
    } else if (!lanes_.run(app->record.channel, std::move(task))) {
        return Error{Code::overloaded,
                     fmt::format("too many requests wait for the chain of {} already; try again "
                                 "later, or another of the app's nodes",
                                 app->record.name)};
    }
    return {};
}

void Service::go_on_for(const registry::App* app, Task task) {
    if (!has_lane(app)) return work_->run(std::move(task));
    lanes_.go_on(app->record.channel, std::move(task));
}

void Service::run_for(const Request& request, const Reply& reply, Task task) {
    const auto name = request.path.find("app");
    const auto app = name == request.path.end() ? nullptr : backend_.app(name->second);
    if (Status taken = run_for(app.get(), std::move(task)); !taken) {
        reply([error = taken.error()] { return error_response(error); });
    }
}

void Service::close() {
    lanes_.close();
    work_->close();
}

Result<Service::Target> Service::target_of(const Request& request) {
    const std::string& name = request.path.find("app")->second;
    const ledger::ChannelId& system = backend_.registry().system_channel();
    if (name == "system" || name == to_hex(system)) return Target{system, nullptr, "system"};
    auto app = backend_.app(name);
    if (!app) {
        return Error{Code::not_found, fmt::format("no app \"{}\" on this network; `bsn app list` "
                                                  "(GET /v1/apps) shows those there are",
                                                  name)};
    }
    return Target{app->record.channel, app, name};
}

Result<std::optional<registry::Caller>> Service::reader_of(const Request& request,
                                                           const Target& target) {
    if (!target.app) return std::optional<registry::Caller>{};  // the permission chain is public
    BSN_TRY(caller, authenticator_.caller_of(request, target.channel));
    BSN_CHECK(backend_.may_read(*target.app, caller ? &*caller : nullptr));
    return caller;
}

Result<framework::Chain*> Service::chain_to_read(const Request& request) {
    BSN_TRY(target, target_of(request));
    BSN_CHECK(reader_of(request, target));
    return backend_.chain(target.chain_name);
}

Status Service::allowed_origin(const Request& request) const {
    if (request.origin.empty()) return {};
    for (const std::string& origin : rpc_.origins) {
        if (origin == "*" || origin == request.origin) return {};
    }
    return Error{Code::forbidden,
                 "this node answers no pages of this origin; its operator can name it in "
                 "`rpc_origins`"};
}

std::optional<Refusal> Service::turn_stranger_away(const Request& request) {
    return strangers_->turn_away(request.client, steady_ms());
}

std::function<void(std::uint64_t)> Service::strangers_of(const Request& request) {
    return [strangers = strangers_, client = request.client](std::uint64_t refused) {
        strangers->note(client, refused, steady_ms());
    };
}

void Service::count_request(std::string_view route, unsigned status, double seconds) {
    MetricsRegistry& metrics = backend_.metrics();
    metrics
        .counter("bsn_http_requests_total", "Requests answered, by route and status",
                 {{"route", std::string(route)}, {"status", std::to_string(status)}})
        .add();
    metrics
        .histogram("bsn_http_request_seconds",
                   "From the whole request received to its answer (of streams: their beginning)",
                   k_latency_bounds, {{"route", std::string(route)}})
        .observe(seconds);
}

std::string_view outcome_name(const Result<framework::TransactionView>& answer) {
    if (!answer) return code_name(answer.error().code);
    return answer->success ? "success" : "refused";
}

void count_outcomes(MetricsRegistry& metrics, std::string_view outcome,
                    std::uint64_t transactions) {
    metrics
        .counter("bsn_gateway_transactions_total", "Transactions submitted here, by what came",
                 {{"result", std::string(outcome)}})
        .add(transactions);
}

Status only_parameters(const Request& request, std::initializer_list<std::string_view> known) {
    for (const auto& [name, value] : request.query) {
        if (std::find(known.begin(), known.end(), name) != known.end()) continue;
        return Error{
            Code::invalid_argument,
            fmt::format("the query parameter \"{}\" is not known here; known: {}", name,
                        known.size() == 0 ? "none" : fmt::format("{}", fmt::join(known, ", ")))};
    }
    return {};
}

Result<std::uint64_t> number_parameter(const Request& request, std::string_view name,
                                       std::uint64_t otherwise, std::uint64_t least,
                                       std::uint64_t most) {
    auto parameter = request.query.find(name);
    if (parameter == request.query.end()) return otherwise;
    auto number = parse_number(parameter->second);
    if (!number || *number < least || *number > most) {
        return Error{Code::invalid_argument,
                     fmt::format("{} must be a number from {} to {}", name, least, most)};
    }
    return *number;
}

Result<std::uint64_t> submit_timeout(const Request& request) {
    constexpr std::uint64_t k_default = 15'000;
    constexpr std::uint64_t k_most = 60'000;
    return number_parameter(request, "timeout_ms", k_default, 1, k_most);
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

}  // namespace bsn::gateway
