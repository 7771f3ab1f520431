// Events of contracts from a cursor on, as server-sent events or over a WebSocket.
//
// A stream makes its next part only when the former one is written, and reads one page of the chain
// for it. At the end of the chain it waits for the next block by the chain's HeightWatch, holding
// no thread.
#include "gateway/errors.hpp"
#include "gateway/event_text.hpp"
#include "gateway/handlers.hpp"

#include <algorithm>
#include <limits>

namespace bsn::gateway {
namespace {

constexpr std::size_t k_page_events = 500;

class EventStream final : public BodyStream, public std::enable_shared_from_this<EventStream> {
  public:
    EventStream(EventForm form, Service& service, framework::Chain& chain, Service::Target target,
                std::optional<registry::Caller> caller, std::uint64_t from,
                std::optional<EventPlace> seen, std::shared_ptr<StreamPlace> place)
        : form_(form),
          service_(service),
          chain_(chain),
          watch_(service.watches().of(chain)),
          target_(std::move(target)),
          caller_(caller),
          next_height_(from),
          seen_(seen),
          place_(std::move(place)) {}

    ~EventStream() override { watch_->cancel(this); }

    void next(Done done) override {
        done_ = std::move(done);
        produce_later();
    }

    std::string heartbeat() override {
        std::uint64_t next = next_height_.load();
        return height_text(
            form_, next == 0 ? std::nullopt : std::optional(std::min(next - 1, chain_.height())));
    }

  private:
    void produce_later() {
        service_.go_on_for(target_.app.get(), [weak = weak_from_this()] {
            if (auto self = weak.lock()) self->produce();
        });
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
        // At least one block was read, so there is one before the next.
        std::string text =
            events_text(form_, unseen(std::move(page->events)), next_height_.load() - 1);
        if (!text.empty()) {
            answer({std::move(text)});
        } else if (page->at_end) {
            wait_for(std::max(page->next.height, last + 1), last);
        } else {
            produce_later();  // others get their turn before the next page
        }
    }

    /// At the end: says so once, so that a reader knows that it has caught up, then waits.
    void wait_for(std::uint64_t height, std::uint64_t read_up_to) {
        if (!caught_up_) {
            caught_up_ = true;
            answer({height_text(form_, read_up_to)});
            return;
        }
        watch_->wait(this, height, [weak = weak_from_this()] {
            if (auto self = weak.lock()) self->produce_later();
        });
    }

    std::vector<framework::Event> unseen(std::vector<framework::Event> events) const {
        if (seen_) {
            std::erase_if(events,
                          [this](const auto& one) { return EventPlace::of(one) <= *seen_; });
        }
        return events;
    }

    /// A member may be removed, and a key changed, while a stream is open.
    Status still_allowed() const {
        if (!target_.app) return {};
        auto app = service_.backend().app(target_.chain_name);
        if (!app) return Error{Code::not_found, "the app is no longer there"};
        if (caller_) BSN_CHECK(service_.authenticator().still_known(*caller_));
        return service_.backend().may_read(*app, caller_ ? &*caller_ : nullptr);
    }

    void fail(const Error& error) { answer({ending_text(form_, error), true}); }

    void answer(Part part) {
        // `done` may lead to the next call of `next` before it returns.
        Done done = std::move(done_);
        done_ = nullptr;
        done(std::move(part));
    }

    const EventForm form_;
    Service& service_;
    framework::Chain& chain_;
    const std::shared_ptr<HeightWatch> watch_;
    const Service::Target target_;
    const std::optional<registry::Caller> caller_;
    std::atomic<std::uint64_t> next_height_;  ///< everything below it was read
    const std::optional<EventPlace> seen_;
    const std::shared_ptr<StreamPlace> place_;
    Done done_;  ///< set while a part is asked for
    bool caught_up_ = false;
};

Result<std::shared_ptr<BodyStream>> open_events(EventForm form, Service& service,
                                                const Request& request) {
    BSN_TRY(target, service.target_of(request));
    BSN_TRY(caller, service.reader_of(request, target));
    BSN_TRY(chain, service.backend().chain(target.chain_name));
    BSN_TRY(from, number_parameter(request, "from", chain->height() + 1, 0,
                                   std::numeric_limits<std::uint64_t>::max() - 1));
    std::optional<EventPlace> seen;
    if (!request.last_event_id.empty()) {
        auto place = EventPlace::parse(request.last_event_id);
        if (!place) return place.error().within("Last-Event-ID");
        seen = *place;
        from = place->height;
    }
    BSN_TRY(slot, service.take_stream_place());
    return std::shared_ptr<BodyStream>(std::make_shared<EventStream>(
        form, service, *chain, std::move(target), caller, from, seen, slot));
}

}  // namespace

Response get_events(Service& service, const Request& request) {
    auto stream = open_events(EventForm::server_sent, service, request);
    if (!stream) return error_response(stream.error());
    return {.content_type = k_events_type, .stream = *stream, .close = true};
}

Response open_event_socket(Service& service, const Request& request) {
    if (Status page = service.allowed_origin(request); !page) return error_response(page.error());
    auto stream = open_events(EventForm::messages, service, request);
    if (!stream) return error_response(stream.error());
    return {.stream = *stream};
}

}  // namespace bsn::gateway
