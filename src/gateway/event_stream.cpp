// Events of contracts, as server-sent events from a cursor on.
//
// A stream makes its next part only when the former one is written, and reads one page of the chain
// for it. At the end of the chain it waits for the next block by the chain's HeightWatch, holding
// no thread.
#include "gateway/errors.hpp"
#include "gateway/handlers.hpp"
#include "gateway/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

namespace bsn::gateway {
namespace {

constexpr std::size_t k_page_events = 500;

/// The place of an event in its chain: what its `id` line says.
struct EventPlace {
    std::uint64_t height = 0;
    std::uint32_t index = 0;
    std::uint32_t log = 0;

    auto operator<=>(const EventPlace&) const = default;
};

Result<EventPlace> place_from(std::string_view text) {
    std::array<std::uint64_t, 3> numbers{};
    std::string_view rest = text;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        std::size_t end = i + 1 < numbers.size() ? rest.find('-') : rest.size();
        auto number =
            end == std::string_view::npos ? std::nullopt : parse_number(rest.substr(0, end));
        if (!number || (i > 0 && *number > std::numeric_limits<std::uint32_t>::max())) {
            return Error{Code::invalid_argument,
                         "Last-Event-ID must be the id of an event: HEIGHT-INDEX-LOG"};
        }
        numbers.at(i) = *number;
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return EventPlace{numbers[0], static_cast<std::uint32_t>(numbers[1]),
                      static_cast<std::uint32_t>(numbers[2])};
}

/// A contract chose this name: no line end in it may begin a line of the stream.
std::string one_line(std::string_view name) {
    std::string line(name);
    for (char& c : line) {
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
    }
    return line;
}

std::string event_text(const framework::Event& event) {
    Json topics = Json::array();
    for (const Bytes& topic : event.topics) topics.push_back(to_hex(topic));
    Json data{{"height", event.height},     {"index", event.index},
              {"log", event.log},           {"transaction", to_hex(event.transaction)},
              {"contract", event.contract}, {"name", event.name},
              {"topics", topics},           {"data", to_base64(event.data)},
              {"time", event.time}};
    return fmt::format("id: {}-{}-{}\nevent: {}\ndata: {}\n\n", event.height, event.index,
                       event.log, one_line(event.name), to_text(data));
}

std::string height_text(std::uint64_t height) { return fmt::format(": height {}\n\n", height); }

class EventStream final : public BodyStream, public std::enable_shared_from_this<EventStream> {
  public:
    EventStream(Service& service, framework::Chain& chain, std::string chain_name,
                std::optional<registry::Caller> caller, std::uint64_t from,
                std::optional<EventPlace> seen, std::shared_ptr<StreamPlace> place)
        : service_(service),
          chain_(chain),
          watch_(service.watches().of(chain)),
          chain_name_(std::move(chain_name)),
          caller_(caller),
          next_height_(from),
          seen_(seen),
          place_(std::move(place)) {}

    ~EventStream() override { watch_->cancel(this); }

    void next(Done done) override {
        done_ = std::move(done);
        service_.work().run(again());
    }

    std::string heartbeat() override {
        std::uint64_t next = next_height_.load();
        return next == 0 ? ": waiting\n\n" : height_text(std::min(next - 1, chain_.height()));
    }

  private:
    Task again() {
        return [weak = weak_from_this()] {
            if (auto self = weak.lock()) self->produce();
        };
    }

    void produce() {
        if (Status allowed = still_allowed(); !allowed) {
            fail(allowed.error());
            return;
        }
        std::uint64_t last = chain_.height();
        std::uint64_t from = next_height_.load();
        if (from > last) {
            wait_for(from, last);
            return;
        }
        auto page = chain_.events({from}, k_page_events);
        if (!page) {
            fail(page.error());
            return;
        }
        next_height_.store(std::max(from, page->next.height));
        std::string text = page_text(page->events);
        if (!text.empty()) {
            answer({std::move(text)});
        } else if (page->at_end) {
            wait_for(std::max(page->next.height, last + 1), last);
        } else {
            service_.work().run(again());  // others get their turn before the next page
        }
    }

    /// At the end: says so once, so that a reader knows that it has caught up, then waits.
    void wait_for(std::uint64_t height, std::uint64_t read_up_to) {
        if (!caught_up_) {
            caught_up_ = true;
            answer({height_text(read_up_to)});
            return;
        }
        watch_->wait(this, height, again());
    }

    std::string page_text(const std::vector<framework::Event>& events) const {
        std::string text;
        for (std::size_t i = 0; i < events.size(); ++i) {
            const framework::Event& event = events[i];
            if (seen_ && EventPlace{event.height, event.index, event.log} <= *seen_) continue;
            text += event_text(event);
            bool ends_block = i + 1 == events.size() || events[i + 1].height != event.height;
            if (ends_block) text += height_text(event.height);
        }
        return text;
    }

    /// A member may be removed, and a key changed, while a stream is open.
    Status still_allowed() const {
        if (chain_name_ == "system") return {};
        auto app = service_.backend().app(chain_name_);
        if (!app) return Error{Code::not_found, "the app is no longer there"};
        if (caller_) BSN_CHECK(service_.authenticator().still_known(*caller_));
        return service_.backend().may_read(*app, caller_ ? &*caller_ : nullptr);
    }

    void fail(const Error& error) {
        answer(
            {fmt::format("event: bsn.error\ndata: {{\"error\":{}}}\n\n", error_json(error)), true});
    }

    void answer(Part part) {
        // `done` may lead to the next call of `next` before it returns.
        Done done = std::move(done_);
        done_ = nullptr;
        done(std::move(part));
    }

    Service& service_;
    framework::Chain& chain_;
    const std::shared_ptr<HeightWatch> watch_;
    const std::string chain_name_;
    const std::optional<registry::Caller> caller_;
    std::atomic<std::uint64_t> next_height_;  ///< everything below it was read
    const std::optional<EventPlace> seen_;
    const std::shared_ptr<StreamPlace> place_;
    Done done_;  ///< set while a part is asked for
    bool caught_up_ = false;
};

Result<std::shared_ptr<BodyStream>> open_events(Service& service, const Request& request) {
    BSN_TRY(target, service.target_of(request));
    BSN_TRY(caller, service.reader_of(request, target));
    BSN_TRY(chain, service.backend().chain(target.chain_name));
    BSN_TRY(from, number_parameter(request, "from", chain->height() + 1, 0,
                                   std::numeric_limits<std::uint64_t>::max() - 1));
    std::optional<EventPlace> seen;
    if (!request.last_event_id.empty()) {
        BSN_TRY(place, place_from(request.last_event_id));
        seen = place;
        from = place.height;
    }
    BSN_TRY(slot, service.take_stream_place());
    return std::shared_ptr<BodyStream>(std::make_shared<EventStream>(
        service, *chain, target.chain_name, caller, from, seen, slot));
}

}  // namespace

Response get_events(Service& service, const Request& request) {
    auto stream = open_events(service, request);
    if (!stream) return error_response(stream.error());
    return {.content_type = k_events_type, .stream = *stream, .close = true};
}

}  // namespace bsn::gateway
