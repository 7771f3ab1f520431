#include "gateway/forwarding/forward.hpp"

#include "base/log.hpp"
#include "gateway/forwarding/forwarder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace bsn::gateway {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr unsigned k_unavailable = 503;

Counter& forwarded(Backend& backend, std::string_view result) {
    return backend.metrics().counter(
        "bsn_forwarded_requests_total",
        "Requests handed on to other nodes' gateways, by what came of it",
        {{"result", std::string(result)}});
}

Counter& failures_of(Backend& backend, const std::string& node) {
    return backend.metrics().counter(
        "bsn_forward_failures_total",
        "Tries to hand a request on that failed, by the node that was asked", {{"node", node}});
}

/// Holds a place for as long as the body goes on.
class PlacedStream final : public BodyStream {
  public:
    PlacedStream(std::shared_ptr<BodyStream> inner, std::shared_ptr<StreamPlace> place)
        : inner_(std::move(inner)), place_(std::move(place)) {}
    void next(Done done) override { inner_->next(std::move(done)); }
    std::string heartbeat() override { return inner_->heartbeat(); }

  private:
    const std::shared_ptr<BodyStream> inner_;
    const std::shared_ptr<StreamPlace> place_;
};

/// One request on its way. One node is asked at a time, so that one thread at a time is in here.
class Journey : public std::enable_shared_from_this<Journey> {
  public:
    Journey(Service& service, Way way, std::shared_ptr<const Request> request, HandedOn then,
            std::shared_ptr<StreamPlace> place)
        : service_(service),
          way_(std::move(way)),
          request_(std::move(request)),
          then_(std::move(then)),
          place_(std::move(place)),
          end_(SteadyClock::now() + milliseconds(way_.timeout_ms)) {}

    void ask_next() {
        const auto left = std::chrono::duration_cast<milliseconds>(end_ - SteadyClock::now());
        if (asked_ == way_.nodes.size() || left.count() <= 0) return give_up();
        const ledger::NodeId& node = way_.nodes[asked_++];
        service_.backend().forwarder()->forward(
            node, request_, static_cast<std::uint64_t>(left.count()),
            [self = shared_from_this(), node](Forwarded came) { self->take(node, came); });
    }

  private:
    void take(const ledger::NodeId& node, Forwarded& came) {
        if (came.answer && came.answer->status != k_unavailable) {
            count("answered");
            return answer(std::move(*came.answer));
        }
        note_failure(node, came);
        ask_next();
    }

    void note_failure(const ledger::NodeId& node, Forwarded& came) {
        auto record = service_.backend().node(node);
        const std::string name = record ? record->name : to_hex(node);
        failures_of(service_.backend(), name).add();
        if (came.answer) {
            refusal_ = std::move(*came.answer);
            return failures_.push_back(name + " cannot answer it either");
        }
        begun_ = begun_ || came.begun;
        failures_.push_back(name + ": " + came.answer.error().message);
    }

    void give_up() {
        if (way_.here_at_last) {
            count("here");
            return then_.here();
        }
        count("failed");
        if (begun_ && way_.writes) {
            return then_.answered(Error{
                Code::unknown_outcome,
                fmt::format("{}; it was handed on, and no answer came ({}): it may have happened; "
                            "transactions and idempotency keys count once, so send those again",
                            way_.why.message, fmt::join(failures_, "; "))});
        }
        if (refusal_) return answer(std::move(*refusal_));
        then_.answered(Error{
            Code::unavailable,
            fmt::format("{}, and none of those that it could be handed on to answers ({}); try "
                        "again",
                        way_.why.message, fmt::join(failures_, "; "))});
    }

    void answer(Response response) {
        if (response.stream) {
            response.stream = std::make_shared<PlacedStream>(std::move(response.stream), place_);
        }
        then_.answered(std::move(response));
    }

    void count(std::string_view result) { forwarded(service_.backend(), result).add(); }

    Service& service_;
    const Way way_;
    const std::shared_ptr<const Request> request_;
    const HandedOn then_;
    const std::shared_ptr<StreamPlace> place_;
    const SteadyClock::time_point end_;
    std::size_t asked_ = 0;
    bool begun_ = false;
    std::vector<std::string> failures_;
    std::optional<Response> refusal_;
};

}  // namespace

void add_forwarding_metrics(Backend& backend) {
    if (backend.forwarder() == nullptr) return;
    for (const char* result : {"answered", "here", "failed"}) forwarded(backend, result);
    const ordering::NodeIdentity* own = backend.identity();
    for (const registry::NodeRecord& node : backend.nodes()) {
        if (own == nullptr || node.id != own->id()) failures_of(backend, node.name);
    }
    forwards_taken(backend);
}

Counter& forwards_taken(Backend& backend) {
    return backend.metrics().counter("bsn_forwards_taken_total",
                                     "Requests of other nodes' gateways answered here");
}

void hand_on(Service& service, Way way, std::shared_ptr<const Request> request, HandedOn then) {
    auto place = service.forwards().take();
    if (!place) return way.here_at_last ? then.here() : then.answered(place.error());
    std::make_shared<Journey>(service, std::move(way), std::move(request), std::move(then), *place)
        ->ask_next();
}

}  // namespace bsn::gateway
