#include "gateway/metering/door.hpp"

#include "framework/json_rpc.hpp"
#include "gateway/errors.hpp"

namespace bsn::gateway {
namespace {

namespace rpc = framework::rpc;

/// Counts what a stream sends.
class CountedStream final : public BodyStream {
  public:
    CountedStream(std::shared_ptr<BodyStream> inner, Door door)
        : inner_(std::move(inner)), door_(std::move(door)) {}

    void next(Done done) override {
        inner_->next([door = door_, done = std::move(done)](Part part) {
            door.count_traffic(0, part.bytes.size());
            done(std::move(part));
        });
    }
    std::string heartbeat() override { return inner_->heartbeat(); }

  private:
    const std::shared_ptr<BodyStream> inner_;
    const Door door_;
};

class MeteredRpc final : public framework::ClientRpc {
  public:
    MeteredRpc(ClientRpc& inner, Backend& backend, std::string app)
        : inner_(inner), backend_(backend), app_(std::move(app)) {}

    void answer(std::string request, Reply reply) override {
        inner_.answer(std::move(request), std::move(reply));
    }
    std::unique_ptr<framework::RpcConnection> connect(Send send) override {
        // The app may get other limits while the connection lives.
        auto door = [&backend = backend_, app = app_] { return Door(backend, backend.app(app)); };
        auto counted = [door, send = std::move(send)](std::string text) {
            door().count_traffic(0, text.size());
            send(std::move(text));
        };
        auto connection = inner_.connect(counted);
        if (!connection) return nullptr;
        return std::make_unique<Connection>(std::move(connection), door, counted);
    }

  private:
    class Connection final : public framework::RpcConnection {
      public:
        Connection(std::unique_ptr<RpcConnection> inner, std::function<Door()> door, Send send)
            : inner_(std::move(inner)), door_(std::move(door)), send_(std::move(send)) {}

        void receive(std::string message) override {
            const Door door = door_();
            if (auto refusal = door.turn_away(Asker::unknown)) {
                return send_(rpc_refusal_text(*refusal, message));
            }
            door.count_traffic(message.size(), 0);
            inner_->receive(std::move(message));
        }

      private:
        const std::unique_ptr<RpcConnection> inner_;
        const std::function<Door()> door_;
        const Send send_;
    };

    ClientRpc& inner_;
    Backend& backend_;
    const std::string app_;
};

void set_retry_after(Response& response, const Refusal& refusal) {
    std::erase_if(response.headers,
                  [](const auto& header) { return header.first == "Retry-After"; });
    response.headers.emplace_back("Retry-After", std::to_string(refusal.retry_after_s));
}

}  // namespace

Door::Door(Backend& backend, std::shared_ptr<const registry::App> app) : app_(std::move(app)) {
    if (app_ && backend.metering() != nullptr) meter_ = &backend.metering()->of(*app_);
}

Door Door::of(Service& service, std::string_view pattern, const Request& request) {
    if (!pattern.starts_with("/v1/apps/{app}/") && !pattern.starts_with("/rpc/")) return {};
    if (service.backend().metering() == nullptr) return {};
    return {service.backend(), service.backend().app(request.path.find("app")->second)};
}

std::optional<Refusal> Door::turn_away(Asker asker) const {
    return meter_ == nullptr ? std::nullopt : meter_->turn_away(app_->record.gateway.limits, asker);
}

Meter::Grant Door::take(std::uint64_t transactions, Asker asker) const {
    if (meter_ == nullptr) return {transactions, std::nullopt, 0};
    return meter_->take(app_->record.gateway.limits, transactions, asker);
}

void Door::settle(const Meter::Grant& grant, std::uint64_t strangers, std::uint64_t refused) const {
    if (meter_ == nullptr) return;
    meter_->give_back(strangers, grant.day);
    if (strangers < grant.transactions) meter_->count_refused(refused);
}

void Door::count_traffic(std::uint64_t in, std::uint64_t out) const {
    if (meter_ != nullptr) meter_->count_traffic(in, out);
}

void Door::count(std::uint64_t in, Response& response) const {
    if (meter_ == nullptr || (response.status >= 400 && response.status != 422)) return;
    if (response.charged_bytes) {
        if (*response.charged_bytes == 0) return;
        in = *response.charged_bytes;
    }
    count_traffic(in, response.body.size());
    if (response.stream) {
        response.stream = std::make_shared<CountedStream>(std::move(response.stream), *this);
    }
}

Response refusal_response(const Refusal& refusal) {
    Response response = error_response(refusal.error);
    set_retry_after(response, refusal);
    return response;
}

std::string rpc_refusal_text(const Refusal& refusal, std::string_view request) {
    return rpc::refusal_text({}, request,
                             {rpc::ErrorNumber::limit_exceeded, refusal.error.message});
}

Response rpc_refusal_response(const Refusal& refusal, std::string_view request) {
    Response response = refusal_response(refusal);
    response.body = rpc_refusal_text(refusal, request);
    return response;
}

std::shared_ptr<framework::ClientRpc> metered_rpc(framework::ClientRpc& inner, Backend& backend,
                                                  std::string app) {
    return std::make_shared<MeteredRpc>(inner, backend, std::move(app));
}

}  // namespace bsn::gateway
