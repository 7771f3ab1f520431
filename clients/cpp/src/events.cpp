#include "api/server_events.hpp"
#include "client_impl.hpp"

#include <fmt/format.h>

#include <tuple>

namespace bsn::client {
namespace {

/// Nodes say something at least every 15 s.
constexpr std::uint64_t k_idle_ms = 45'000;

using Place = std::tuple<std::uint64_t, std::uint32_t, std::uint32_t>;

Place place_of(const Event& event) { return {event.height, event.index, event.log}; }

Result<Event> event_of(const api::ServerEvent& sent) {
    BSN_TRY(json, api::parse_json(sent.data, "an event"));
    Event event;
    event.id = sent.id;
    event.height = api::number_of(json, "height");
    event.index = static_cast<std::uint32_t>(api::number_of(json, "index"));
    event.log = static_cast<std::uint32_t>(api::number_of(json, "log"));
    event.transaction = api::text_of(json, "transaction");
    event.contract = api::text_of(json, "contract");
    event.name = api::text_of(json, "name");
    for (const api::Json& topic : json.value("topics", api::Json::array())) {
        BSN_TRY(bytes, from_hex(topic.is_string() ? topic.get<std::string>() : "?"));
        event.topics.push_back(to_text(bytes));
    }
    BSN_TRY(data, from_base64(api::text_of(json, "data")));
    event.data = to_text(data);
    event.time = api::number_of(json, "time");
    return event;
}

/// Follows an app's events over as many connections as it takes.
class Listener {
  public:
    Listener(api::Gateways& gateways, api::ApiCall call, std::string after,
             std::optional<std::uint64_t> from, const std::function<bool(const Event&)>& take)
        : gateways_(gateways),
          call_(std::move(call)),
          after_(std::move(after)),
          from_(from),
          take_(take) {}

    Status run() {
        api::Patience patience(gateways_.timeout_ms());
        for (;;) {
            heard_ = false;
            Status end = follow();
            if (done_) return ended_by_;
            if (!end && !api::is_transient(end.error().code)) return end;
            if (heard_) patience = api::Patience(gateways_.timeout_ms());
            if (!patience.pause()) return end ? silence() : end;
        }
    }

  private:
    static Status silence() {
        return Error{Code::unavailable, "the gateways end the stream of events at once"};
    }

    Status follow() {
        api::ServerEventReader reader([this](const api::ServerEvent& sent) { return take(sent); });
        api::ApiCall call = call_;
        if (from_) call.target += fmt::format("?from={}", *from_);
        call.streamed = true;
        auto response = gateways_.stream(call, after_, k_idle_ms, [&](std::string_view piece) {
            heard_ = true;
            return reader.feed(piece);
        });
        if (!response) return response.error();
        return {};
    }

    bool take(const api::ServerEvent& sent) {
        if (sent.name == "bsn.error") return stop(refusal(sent));
        auto event = event_of(sent);
        if (!event) return stop(event.error());
        // Events of a block may come again when reading goes on.
        if (last_ && place_of(*event) <= *last_) return true;
        last_ = place_of(*event);
        after_ = event->id;
        from_.reset();
        return take_(*event) || stop({});
    }

    static Error refusal(const api::ServerEvent& sent) {
        auto json = api::parse_json(sent.data, "an event");
        const api::Json error = json ? json->value("error", api::Json::object()) : api::Json();
        auto code = code_from_name(api::text_of(error, "code"));
        return {code.value_or(Code::internal), api::text_of(error, "message")};
    }

    bool stop(Status why) {
        done_ = true;
        ended_by_ = std::move(why);
        return false;
    }

    api::Gateways& gateways_;
    const api::ApiCall call_;  ///< without a place
    std::string after_;
    std::optional<std::uint64_t> from_;
    const std::function<bool(const Event&)>& take_;
    std::optional<Place> last_;
    bool heard_ = false;
    bool done_ = false;
    Status ended_by_;
};

}  // namespace

Status App::events(const EventCursor& from, const std::function<bool(const Event&)>& take) {
    std::optional<std::uint64_t> first = from.from;
    if (!from.after.empty()) {
        first.reset();
    } else if (!first) {
        BSN_TRY(now, height());
        first = now + 1;
    }
    return Listener(impl_->client.gateways, impl_->get("/events"), from.after, first, take).run();
}

}  // namespace bsn::client
