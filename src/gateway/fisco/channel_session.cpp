// One connection:
//
//   [TLS] -> header -> body -> (work) -> header -> ...        until either side closes
//               answers, receipts, blocks, events -> waiting -> written in order
//
// Frames are read while answers are being made, up to a bound; a client that does not take what it
// asked for is not read from, and one that lets what comes unasked pile up is closed.
#include "gateway/fisco/channel_session.hpp"

#include "gateway/fisco/group_traffic.hpp"
#include "gateway/fisco/message_exchange.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>

namespace bsn::gateway::fisco {

namespace chain = framework::fisco;
using boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;

namespace {

/// A client that has so much to take is not read from, and no further events are read for it.
constexpr std::size_t k_read_below_bytes = 1U << 20;
/// The Java SDK hands the frames of a connection to several threads, and drops a receipt that
/// overtakes the hash before it; the Go SDK stands still for ever if one comes before its thread
/// has woken up with the hash. Nodes of FISCO BCOS need longer than this for a block.
constexpr std::chrono::milliseconds k_after_hash{50};
constexpr std::size_t k_max_control = 1U << 20;  ///< of a registration, or of topics
constexpr std::string_view k_no_topic;

}  // namespace

ChannelSession::ChannelSession(ChannelHost& host, asio::ip::tcp::socket socket,
                               asio::ssl::context& tls)
    : host_(host), stream_(std::move(socket), tls), heard_(SteadyClock::now()) {}

/// A completion handler; nothing follows once the connection has ended.
template <typename Next>
auto ChannelSession::then(Next next) {
    return [self = shared_from_this(), next](error_code error, std::size_t = 0) {
        if (self->ended_) return;
        if (error) return self->end();
        next(*self);
    };
}

void ChannelSession::start() {
    stream_.async_handshake(asio::ssl::stream_base::server, then([](ChannelSession& session) {
                                session.secured_ = true;
                                session.heard_ = SteadyClock::now();
                                session.read_header();
                            }));
}

void ChannelSession::end() {
    if (std::exchange(ended_, true)) return;
    auto keep = shared_from_this();
    error_code ignored;
    stream_.next_layer().close(ignored);
    host_.sessions.erase(this);
    topics_.clear();
    host_.messages->forget(*this);
}

void ChannelSession::check_silence() {
    const auto patience = secured_ ? host_.options.idle_timeout : host_.options.handshake_timeout;
    if (SteadyClock::now() - heard_ > patience) end();
}

// --- reading ---

void ChannelSession::read_header() {
    reading_ = true;
    asio::async_read(stream_, asio::buffer(head_),
                     then([](ChannelSession& session) { session.on_header(); }));
}

void ChannelSession::on_header() {
    heard_ = SteadyClock::now();
    auto header = decode_header(head_, host_.options.max_frame_bytes);
    if (!header) return end();
    header_ = *header;
    body_.resize(header_.body);
    if (body_.empty()) return on_frame();
    asio::async_read(stream_, asio::buffer(body_),
                     then([](ChannelSession& session) { session.on_frame(); }));
}

void ChannelSession::on_frame() {
    reading_ = false;
    heard_ = SteadyClock::now();
    dispatch(header_, std::move(body_));
    body_ = {};
    read_on();
}

void ChannelSession::read_on() {
    if (ended_ || reading_ || calls_ >= host_.options.max_calls ||
        waiting_bytes_ > k_read_below_bytes) {
        return;
    }
    read_header();
}

void ChannelSession::dispatch(const FrameHeader& header, std::string body) {
    switch (static_cast<FrameType>(header.type)) {
        case FrameType::rpc: return on_rpc(header.sequence, std::move(body));
        case FrameType::heartbeat:
            return send(FrameType::heartbeat, header.sequence, heartbeat_answer(body));
        case FrameType::handshake: return on_handshake(header.sequence, body);
        case FrameType::register_event: return on_register_event(header.sequence, body);
        case FrameType::unregister_event: return on_unregister_event(header.sequence, body);
        case FrameType::amop_request: return host_.messages->ask(*this, header.sequence, body);
        case FrameType::amop_response:
            return host_.messages->answer(*this, header.sequence, body, header.result);
        case FrameType::amop_topics: return on_topics(body);
        case FrameType::amop_broadcast:
            return host_.messages->broadcast(*this, header.sequence, body);
        default: return;  // of a later version: FISCO BCOS passes over it, too
    }
}

// --- writing ---

void ChannelSession::send(Text frame) {
    if (ended_) return;
    if (waiting_bytes_ + frame->size() > host_.options.max_waiting_bytes) return end();
    waiting_bytes_ += frame->size();
    waiting_.push_back(std::move(frame));
    if (writing_ == nullptr) write();
}

/// Each frame is a TLS record (or several) of its own: the Go SDK takes one frame out of what one
/// read gives it, and a second one only when more has come.
void ChannelSession::write() {
    if (waiting_.empty()) return;
    writing_ = std::move(waiting_.front());
    waiting_.pop_front();
    asio::async_write(stream_, asio::buffer(*writing_), then([](ChannelSession& session) {
                          session.waiting_bytes_ -= session.writing_->size();
                          session.writing_ = nullptr;
                          session.write();
                          session.read_on();
                          session.pump_events();
                      }));
}

// --- what clients say ---

void ChannelSession::on_handshake(const Sequence& sequence, std::string_view body) {
    auto version = common_version(body);
    if (!version) return end();
    version_ = *version;
    send(FrameType::handshake, sequence, handshake_answer(version_, chain::k_version));
}

void ChannelSession::on_rpc(const Sequence& sequence, std::string body) {
    ++calls_;
    auto back = [mailbox = host_.mailbox, weak = weak_from_this()](auto next) {
        mailbox->post([weak, next] {
            auto self = weak.lock();
            if (self && !self->ended_) next(*self);
        });
    };
    auto reply = [back, sequence](std::string text) {
        auto frame =
            std::make_shared<const std::string>(encode_frame(FrameType::rpc, sequence, text));
        back([frame, empty = text.empty()](ChannelSession& session) {
            --session.calls_;
            if (!empty) session.send(frame);
            session.read_on();
        });
    };
    auto notify = [back, sequence](std::string text) {
        auto frame = std::make_shared<const std::string>(
            encode_frame(FrameType::transaction_notify, sequence, text));
        back([frame](ChannelSession& session) { session.send_soon(frame); });
    };
    host_.work.run([&host = host_, text = std::move(body), reply, notify] {
        through_doors(host.traffic, text, reply, [&](std::function<void(std::string)> answer) {
            host.rpc.answer(std::string_view(text), std::move(answer), notify);
        });
    });
}

void ChannelSession::send_soon(Text receipt) {
    auto timer = std::make_shared<asio::steady_timer>(stream_.get_executor(), k_after_hash);
    timer->async_wait([timer, receipt, weak = weak_from_this()](error_code error) {
        auto self = weak.lock();
        if (!error && self) self->send(receipt);
    });
}

void ChannelSession::on_topics(std::string_view body) {
    if (body.size() > k_max_control) return end();
    auto topics = topics_from(body, host_.options.max_topics);
    if (!topics) return end();
    topics_ = {topics->begin(), topics->end()};
}

void ChannelSession::on_block(std::uint64_t group, std::uint64_t height) {
    const std::string topic = block_topic(group);
    if (wants(topic)) {
        send(FrameType::block_notify, k_no_sequence,
             topic_body(topic, block_notice(version_, group, height)));
    }
    pump_events();
}

// --- events ---

void ChannelSession::on_register_event(const Sequence& sequence, std::string_view body) {
    auto message = split_topic_body(body);
    if (!message || body.size() > k_max_control) return end();
    auto registration = chain::event_registration_from(message->data);
    if (registration.result == chain::EventResult::success) {
        registration.result = add_filter(std::move(registration.filter));
    }
    send(FrameType::register_event, sequence,
         topic_body(k_no_topic, chain::event_answer(registration.result)));
    pump_events();
}

chain::EventResult ChannelSession::add_filter(chain::EventFilter filter) {
    auto found = host_.rpc.groups().find(filter.group);
    if (!found) {
        const bool refused =
            found.error().code == Code::forbidden || found.error().code == Code::unauthenticated;
        return refused ? chain::EventResult::not_allowed : chain::EventResult::group_not_exist;
    }
    if (!events_.has(filter.id) && events_.size() >= host_.options.max_filters) {
        return chain::EventResult::invalid_request;
    }
    events_.add(std::move(filter), **found);
    return chain::EventResult::success;
}

void ChannelSession::on_unregister_event(const Sequence& sequence, std::string_view body) {
    auto message = split_topic_body(body);
    if (!message) return end();
    auto registration = chain::event_end_from(message->data);
    if (registration.result == chain::EventResult::success &&
        !events_.remove(registration.filter.id)) {
        registration.result = chain::EventResult::no_such_filter;
    }
    send(FrameType::unregister_event, sequence,
         topic_body(k_no_topic, chain::event_answer(registration.result)));
}

void ChannelSession::pump_events() {
    if (ended_ || waiting_bytes_ > k_read_below_bytes) return;
    auto reading = events_.begin();
    if (!reading) return;
    host_.work.run([mailbox = host_.mailbox, weak = weak_from_this(), wanted = *reading] {
        auto batch = std::make_shared<EventBatch>(read_events(wanted));
        mailbox->post([weak, batch] {
            auto self = weak.lock();
            if (self && !self->ended_) self->on_events(*batch);
        });
    });
}

void ChannelSession::on_events(const EventBatch& batch) {
    std::optional<std::string> end_of_range;
    if (!events_.finish(batch, end_of_range)) return pump_events();
    for (const std::string& push : batch.pushes) {
        send(FrameType::event_push, k_no_sequence, push);
    }
    if (end_of_range) send(FrameType::event_push, k_no_sequence, *end_of_range);
    // A block that cannot be read now is tried again with the next one.
    if (!batch.failed) pump_events();
}

}  // namespace bsn::gateway::fisco
