#include "gateway/callbacks/callbacks.hpp"

#include "base/log.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace bsn::gateway {

using published::EventRegistration;

namespace {

std::vector<framework::Event> selected(const EventSelection& selection,
                                       const std::vector<framework::Event>& events) {
    std::vector<framework::Event> found;
    std::copy_if(events.begin(), events.end(), std::back_inserter(found),
                 [&](const framework::Event& event) { return selection.has(event); });
    return found;
}

Error ended() {
    return {Code::unavailable, "this city node is stopping; register again once it is back"};
}

}  // namespace

Callbacks::Callbacks(Backend& backend, const Clock& clock, const CallbackGuard& guard, Send send)
    : backend_(backend),
      clock_(clock),
      guard_(guard),
      send_(std::move(send)),
      told_(backend.metrics().counter("bsn_callbacks_told_total",
                                      "Notifications that their receivers took")),
      failed_(backend.metrics().counter("bsn_callbacks_failed_total",
                                        "Callbacks that their receivers did not take")),
      retried_(backend.metrics().counter("bsn_callbacks_retried_total",
                                         "Callbacks that told something again")),
      given_up_(backend.metrics().counter("bsn_callbacks_given_up_total",
                                          "Notifications given up after the last attempt")),
      registered_(
          backend.metrics().gauge("bsn_callback_registrations", "Registrations for callbacks")),
      lag_(backend.metrics().gauge("bsn_callback_lag_blocks",
                                   "Blocks that the last of the registrations is behind")) {}

Callbacks::~Callbacks() { close(); }

Status Callbacks::open(store::Database& database) {
    store_.emplace(database);
    BSN_TRY(all, store_->load());
    std::lock_guard lock(mutex_);
    for (KeptRegistration& kept : all) {
        Key key{kept.registration.channel, kept.registration.id};
        auto delivery = Delivery::of(std::move(kept));
        if (!delivery) return delivery.error().within("registration " + key.second);
        lanes_[key.first];
        deliveries_.emplace(std::move(key), std::move(*delivery));
    }
    if (!deliveries_.empty()) need_threads();
    return {};
}

void Callbacks::tick() {
    std::lock_guard lock(mutex_);
    std::uint64_t lag = 0;
    for (auto& [channel, lane] : lanes_) {
        auto [begin, end] = of_app(channel);
        if (begin == end) lane.lag = 0;
        lag = std::max(lag, lane.lag);
        if (closed_ || lane.reading || begin == end) continue;
        lane.reading = true;
        threads_->post([this, channel = channel] { read_app(channel); });
    }
    registered_.set(static_cast<double>(deliveries_.size()));
    lag_.set(static_cast<double>(lag));
}

void Callbacks::close() {
    closed_ = true;
    std::unique_ptr<ThreadPool> ending;
    {
        std::lock_guard lock(mutex_);
        ending = std::move(threads_);
    }
    if (!ending) return;
    ending->stop();
    std::lock_guard lock(mutex_);
    for (auto& [key, delivery] : deliveries_) {
        auto place = delivery.unsaved(1);
        if (place) (void)store_->advance(key.second, *place);  // else it is read again
    }
}

// --- registrations ---

std::pair<Callbacks::Deliveries::iterator, Callbacks::Deliveries::iterator> Callbacks::of_app(
    const ledger::ChannelId& channel) {
    auto begin = deliveries_.lower_bound({channel, ""});
    auto end = begin;
    while (end != deliveries_.end() && end->first.first == channel) ++end;
    return {begin, end};
}

void Callbacks::need_threads() {
    if (!threads_ && !closed_) threads_ = std::make_unique<ThreadPool>(k_threads);
}

Status Callbacks::check_room(const EventRegistration& registration) {
    auto [begin, end] = of_app(registration.channel);
    const auto of_user = std::count_if(begin, end, [&](const auto& one) {
        return one.second.registration().user == registration.user;
    });
    if (static_cast<std::size_t>(of_user) >= k_most_of_user) {
        return Error{Code::overloaded,
                     fmt::format("you have {} registrations in this app at this city node, as many "
                                 "as a user may have; remove one first",
                                 of_user)};
    }
    if (static_cast<std::size_t>(std::distance(begin, end)) >= k_most_of_app) {
        return Error{Code::overloaded,
                     fmt::format("the app has {} registrations at this city node, as many as an "
                                 "app may have; register at another of its nodes",
                                 k_most_of_app)};
    }
    return {};
}

void Callbacks::add(const EventRegistration& registration, Added done) {
    auto app = app_of(registration.channel);
    auto chain = app ? backend_.chain(app->record.name)
                     : Error{Code::not_found, "the app is no longer there"};
    if (!chain) return done(chain.error());
    const std::uint64_t next = (*chain)->height() + 1;
    std::unique_lock lock(mutex_);
    if (Status room = check_room(registration); !room) {
        lock.unlock();
        return done(room);
    }
    need_threads();
    if (!threads_ || checks_ >= k_most_checks) {
        lock.unlock();
        return done(closed_ ? ended()
                            : Error{Code::overloaded,
                                    "other registrations are being looked at; try again"});
    }
    ++checks_;
    threads_->post([this, registration, next, done = std::move(done)] {
        Status kept = closed_ ? ended() : check_and_keep(registration, next);
        --checks_;
        done(kept);
    });
}

Status Callbacks::check_and_keep(const EventRegistration& registration, std::uint64_t next) {
    BSN_TRY(url, CallbackUrl::parse(registration.notify_url));
    BSN_CHECK(guard_.check(url));
    KeptRegistration kept{registration, {next, 0, 0}};
    BSN_TRY(delivery, Delivery::of(kept));
    std::lock_guard adding(adding_);
    {
        std::lock_guard lock(mutex_);
        BSN_CHECK(check_room(registration));
    }
    BSN_CHECK(store_->add(kept));
    std::lock_guard lock(mutex_);
    lanes_[registration.channel];
    deliveries_.emplace(Key{registration.channel, registration.id}, std::move(delivery));
    return {};
}

Result<std::vector<EventRegistration>> Callbacks::of(const ledger::ChannelId& channel,
                                                     const ledger::ParticipantId& user) {
    std::vector<EventRegistration> found;
    {
        std::lock_guard lock(mutex_);
        auto [begin, end] = of_app(channel);
        for (auto it = begin; it != end; ++it) {
            const EventRegistration& one = it->second.registration();
            if (one.user == user) found.push_back(one);
        }
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.created < b.created; });
    return found;
}

Status Callbacks::remove(const ledger::ChannelId& channel, const ledger::ParticipantId& user,
                         std::string_view id) {
    Deliveries::node_type removed;
    {
        std::lock_guard lock(mutex_);
        auto found = deliveries_.find({channel, std::string(id)});
        if (found == deliveries_.end() || found->second.registration().user != user) {
            return Error{Code::not_found, "you have no registration of this eventId in this app"};
        }
        removed = deliveries_.extract(found);
    }
    // First from memory: what is being told now notes nothing any more.
    Status status = store_->remove(id);
    if (!status) {
        std::lock_guard lock(mutex_);
        removed.mapped().pause(0);
        deliveries_.insert(std::move(removed));
    }
    return status;
}

// --- reading ---

std::shared_ptr<const registry::App> Callbacks::app_of(const ledger::ChannelId& channel) const {
    return backend_.app(to_hex(channel));
}

Status Callbacks::may_be_told(const registry::App& app, const ledger::ParticipantId& user) const {
    auto record = backend_.participant(user);
    auto member = app.members.find(user);
    const bool may = app.record.gateway.published && record && !record->revoked &&
                     member != app.members.end() &&
                     member->second.state == registry::MembershipState::approved;
    if (may) return {};
    return Error{Code::forbidden, "the user may not read the app by this protocol now"};
}

void Callbacks::read_app(const ledger::ChannelId& channel) {
    auto app = closed_ ? nullptr : app_of(channel);
    auto chain =
        app ? backend_.chain(app->record.name) : Error{Code::not_found, "the app is not there"};
    if (chain) {
        const std::uint64_t height = (*chain)->height();
        for (const auto& [from, readings] : readings_of(*app, height)) {
            if (!closed_) read_page(**chain, from, readings, height);
        }
    }
    std::lock_guard lock(mutex_);
    lanes_[channel].reading = false;
    if (!chain) pause_app(channel);
    start_sending();
}

void Callbacks::pause_app(const ledger::ChannelId& channel) {
    const std::uint64_t until = clock_.monotonic() + k_rest_ms;
    auto [begin, end] = of_app(channel);
    for (auto it = begin; it != end; ++it) {
        if (!it->second.is_sending()) it->second.pause(until);
    }
}

Callbacks::Readings Callbacks::readings_of(const registry::App& app, std::uint64_t height) {
    const std::uint64_t now = clock_.monotonic();
    Readings readings;
    std::uint64_t first = height + 1;
    std::lock_guard lock(mutex_);
    auto [begin, end] = of_app(app.record.channel);
    for (auto it = begin; it != end; ++it) {
        Delivery& delivery = it->second;
        const EventRegistration& registration = delivery.registration();
        first = std::min(first, delivery.height());
        if (!may_be_told(app, registration.user)) {
            if (!delivery.is_sending()) delivery.pause(now + k_rest_ms);
            continue;
        }
        auto from = delivery.reads_from(now);
        if (!from || *from > height) continue;
        readings[*from].push_back({it->first, delivery.selection(), registration.blocks});
    }
    lanes_[app.record.channel].lag = height + 1 - first;
    return readings;
}

void Callbacks::read_page(const framework::Chain& chain, std::uint64_t from,
                          const std::vector<Reading>& readings, std::uint64_t height) {
    const bool only_blocks =
        std::all_of(readings.begin(), readings.end(), [](const auto& one) { return one.blocks; });
    Result<framework::EventPage> page = framework::EventPage{};
    if (!only_blocks) page = chain.events({from}, k_page_events);
    if (!page) {
        log_warn("gateway", "events from block {} on are not read for callbacks: {}", from,
                 page.error().message);
    }
    for (const Reading& reading : readings) {
        auto events = page && !reading.blocks ? selected(reading.selection, page->events)
                                              : std::vector<framework::Event>{};
        std::lock_guard lock(mutex_);
        auto found = deliveries_.find(reading.key);
        if (found == deliveries_.end()) continue;
        Delivery& delivery = found->second;
        if (!page) {
            delivery.pause(clock_.monotonic() + k_rest_ms);
            continue;
        }
        delivery.take(std::move(events), reading.blocks ? height + 1 : page->next.height);
        auto place = delivery.unsaved(k_save_blocks);
        if (place) (void)store_->advance(reading.key.second, *place);  // else it is read again
    }
}

// --- sending ---

void Callbacks::start_sending() {
    if (closed_ || !threads_) return;
    const std::uint64_t now = clock_.monotonic();
    auto has_room = [](const Sending& sending, std::size_t most, bool slow) {
        return sending.all < most && (!slow || sending.slow < most / 2);
    };
    auto it = deliveries_.upper_bound(last_);
    for (std::size_t i = 0; i < deliveries_.size(); ++i, ++it) {
        if (it == deliveries_.end()) it = deliveries_.begin();
        if (sending_.all >= k_most_sending) return;
        const bool slow = it->second.is_slow();
        Sending& of_app = lanes_[it->first.first].sending;
        if (!has_room(sending_, k_most_sending, slow) ||
            !has_room(of_app, k_most_sending_of_app, slow) || !it->second.begin(now)) {
            continue;
        }
        for (Sending* sending : {&sending_, &of_app}) {
            ++sending->all;
            if (slow) ++sending->slow;
        }
        last_ = it->first;
        threads_->post([this, key = it->first, slow] { send_one(key, slow); });
    }
}

void Callbacks::send_one(const Key& key, bool slow) {
    std::optional<EventRegistration> registration;
    Notice notice;
    {
        std::lock_guard lock(mutex_);
        auto found = deliveries_.find(key);
        if (found != deliveries_.end()) {
            registration = found->second.registration();
            notice = found->second.sent_now();
        }
    }
    const bool there = registration && !closed_;
    auto text = there ? text_of(*registration, notice) : ended();
    Status outcome = text ? send_(registration->notify_url, *text) : Status(text.error());
    std::lock_guard lock(mutex_);
    for (Sending* sending : {&sending_, &lanes_[key.first].sending}) {
        --sending->all;
        if (slow) --sending->slow;
    }
    auto found = deliveries_.find(key);
    if (found != deliveries_.end()) {
        if (text) {
            note(found->second, outcome);
        } else {
            found->second.pause(clock_.monotonic() + k_rest_ms);
        }
    }
    start_sending();
}

Result<std::string> Callbacks::text_of(const EventRegistration& registration,
                                       const Notice& notice) {
    auto app = app_of(registration.channel);
    if (!app) return Error{Code::not_found, "the app is not there"};
    BSN_CHECK(may_be_told(*app, registration.user));
    NotificationFrame frame{.app = app->record.name};
    if (const ordering::NodeIdentity* identity = backend_.identity()) {
        frame.node = to_hex(identity->id());
        frame.key = &identity->key(app->record.suite);
    }
    if (app->record.dialect) frame.group = app->record.dialect->group;
    if (notice.event || frame.group) {
        return notification_text(frame, registration, notice, nullptr);
    }
    BSN_TRY(chain, backend_.chain(app->record.name));
    BSN_TRY(block, chain->block(notice.place.height));
    return notification_text(frame, registration, notice, &block);
}

void Callbacks::note(Delivery& delivery, const Status& outcome) {
    const EventRegistration& registration = delivery.registration();
    const EventPlace place = delivery.sent_now().place;
    if (!outcome) failed_.add();
    switch (delivery.sent(outcome.ok(), clock_.monotonic())) {
        case Delivery::Outcome::again: retried_.add(); return;
        case Delivery::Outcome::told: told_.add(); break;
        case Delivery::Outcome::given_up:
            given_up_.add();
            log_warn("gateway", "registration {} is told no more of {}: {}", registration.id,
                     place.text(), outcome.error().message);
            break;
    }
    if (Status noted = store_->advance(registration.id, delivery.next()); !noted) {
        log_warn("gateway", "how far registration {} was told is not noted: {}", registration.id,
                 noted.error().message);
    }
}

}  // namespace bsn::gateway
