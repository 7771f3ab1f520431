// One connection:
//
//   [handshake] -> header -> body -> (handler) -> answer -> header -> ...
//                    |         |                    |-> parts of a stream -> header, or closed
//                    +---------+-> refusal -> rest of what was sent is discarded -> closed
//
// At every moment either the client is waited for, until `deadline_`, or a handler of ours, without
// one. All members are touched in the connection's strand only.
#include "gateway/session.hpp"

#include "crypto/sealed.hpp"
#include "gateway/errors.hpp"
#include "gateway/event_socket.hpp"
#include "gateway/received_request.hpp"
#include "gateway/router.hpp"
#include "gateway/websocket_session.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace bsn::gateway {

namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using SteadyClock = std::chrono::steady_clock;

namespace {

constexpr std::size_t k_read_buffer = 128U << 10;
constexpr std::size_t k_small_body = 64U << 10;
constexpr std::size_t k_idle_buffer = 2U << 10;
constexpr std::size_t k_discard_buffer = 4U << 10;
/// A client that is being refused may go on sending for so long, so that it reads the refusal
/// rather than a broken connection.
constexpr std::chrono::seconds k_discard_time{2};
constexpr std::chrono::seconds k_goodbye_time{2};
constexpr std::chrono::seconds k_turn_away_time{5};

Response too_many_connections() {
    return error_response({Code::unavailable,
                           "this node has all the connections that it takes, or all that it takes "
                           "from one address; try again later, or another node"});
}

using TlsStream = asio::ssl::stream<tcp::socket>;

template <typename Stream>
class HttpSession final : public Session, public std::enable_shared_from_this<HttpSession<Stream>> {
    static constexpr bool k_tls = std::is_same_v<Stream, TlsStream>;

  public:
    template <typename... StreamArguments>
    explicit HttpSession(SessionHost& host, StreamArguments&&... arguments)
        : host_(host),
          stream_(std::forward<StreamArguments>(arguments)...),
          deadline_timer_(stream_.get_executor()),
          heartbeat_timer_(stream_.get_executor()),
          buffer_(k_read_buffer) {}

    ~HttpSession() override { host_.release(reserved_); }

    void start() override {
        begin(host_.options.idle_timeout, [](HttpSession& session) { session.read_header(); });
    }

    void turn_away() override {
        begin(std::min<std::chrono::milliseconds>(k_turn_away_time, host_.options.idle_timeout),
              [](HttpSession& session) { session.refuse(too_many_connections()); });
    }

    void abort() override { end(); }

  private:
    using Self = std::shared_ptr<HttpSession>;

    tcp::socket& socket() {
        if constexpr (k_tls) {
            return stream_.next_layer();
        } else {
            return stream_;
        }
    }

    Self self() { return this->shared_from_this(); }

    /// Goes on with `next` once the connection can be talked over.
    template <typename Next>
    void begin(std::chrono::milliseconds time, Next next) {
        asio::dispatch(stream_.get_executor(), [self = self(), time, next] {
            self->expect_within(time);
            self->watch_deadline();
            if constexpr (k_tls) {
                self->stream_.async_handshake(
                    asio::ssl::stream_base::server,
                    self->then([next](HttpSession& session, error_code error) {
                        if (error) return session.end();
                        next(session);
                    }));
            } else {
                next(*self);
            }
        });
    }

    /// A completion handler. An operation may have succeeded although the connection has ended
    /// meanwhile (the deadline passed, or the client left): then nothing follows.
    template <typename Next>
    auto then(Next next) {
        return [self = self(), next](error_code error, std::size_t = 0) {
            if (!self->ended_) next(*self, error);
        };
    }

    // --- deadlines ---

    void expect_within(std::chrono::milliseconds time) { deadline_ = SteadyClock::now() + time; }
    void expect_nothing() { deadline_ = SteadyClock::time_point::max(); }

    /// Looks at the deadline now and then, so that setting one costs nothing.
    void watch_deadline() {
        const SteadyClock::duration usual = host_.options.idle_timeout / 8;
        deadline_timer_.expires_after(
            std::clamp<SteadyClock::duration>(deadline_ - SteadyClock::now(), {}, usual) +
            std::chrono::milliseconds(1));
        deadline_timer_.async_wait([weak = this->weak_from_this()](error_code error) {
            auto self = weak.lock();
            if (error || !self || self->ended_) return;
            if (SteadyClock::now() >= self->deadline_) return self->end();
            self->watch_deadline();
        });
    }

    // --- reading ---

    void read_header() {
        host_.release(std::exchange(reserved_, 0));
        // A connection may be idle for long: it keeps no memory for what was large.
        if (buffer_.size() == 0 && buffer_.capacity() > k_idle_buffer) buffer_.shrink_to_fit();
        head_ = {};
        parser_.emplace();
        parser_->header_limit(static_cast<std::uint32_t>(host_.options.max_header_bytes));
        parser_->body_limit(host_.options.max_body_bytes);
        expect_within(host_.options.idle_timeout);
        http::async_read_header(
            stream_, buffer_, *parser_,
            then([](HttpSession& session, error_code error) { session.on_header(error); }));
    }

    void on_header(error_code error) {
        if (error) return on_bad_request(error);
        // Large bodies are bounded together: each announces itself, or counts as the largest.
        std::size_t size = parser_->chunked() ? host_.options.max_body_bytes
                                              : parser_->content_length().value_or(0);
        if (size > k_small_body) {
            if (!host_.reserve(size)) {
                return refuse(error_response(
                    {Code::overloaded, "too many large requests at once; try again"}));
            }
            reserved_ = size;
        }
        expect_within(host_.options.idle_timeout);
        if (boost::beast::iequals(parser_->get()[http::field::expect], "100-continue")) {
            static constexpr std::string_view k_continue = "HTTP/1.1 100 Continue\r\n\r\n";
            asio::async_write(stream_, asio::buffer(k_continue),
                              then([](HttpSession& session, error_code failure) {
                                  if (failure) return session.end();
                                  session.read_body();
                              }));
        } else {
            read_body();
        }
    }

    void read_body() {
        http::async_read(stream_, buffer_, *parser_,
                         then([](HttpSession& session, error_code error) {
                             if (error) return session.on_bad_request(error);
                             session.on_request();
                         }));
    }

    void on_bad_request(error_code error) {
        auto refusal = refusal_of(error, host_.options);
        if (!refusal) return say_goodbye();
        refuse(std::move(*refusal));
    }

    /// The last answer of this connection, while the client may still be sending.
    void refuse(Response response) {
        keep_alive_ = false;
        discard_ = true;
        write_answer(std::move(response));
    }

    void on_request() {
        expect_nothing();
        auto& message = parser_->get();
        keep_alive_ = message.keep_alive();
        http_1_0_ = message.version() < 11;
        head_only_ = message.method() == http::verb::head;
        Request request = request_from(message);
        request.client = client;
        if (has_secrets(request.target)) wipe_buffer();
        if (is_of_sockets(request.target) && boost::beast::websocket::is_upgrade(message)) {
            return host_.open_socket(std::move(request), upgraded());
        }
        parser_.reset();
        host_.serve(std::move(request), reply());
    }

    /// Wipes what was read and taken out.
    void wipe_buffer() {
        const auto free = buffer_.prepare(buffer_.capacity() - buffer_.size());
        crypto::wipe_memory(free.data(), free.size());
    }

    /// Leads what a request for a WebSocket came to back to this connection.
    SessionHost::Opened upgraded() {
        return to_session<SocketOpening>(host_, this->weak_from_this(), stream_.get_executor(),
                                         [](HttpSession& session, SocketOpening opening) {
                                             if (!session.ended_)
                                                 session.on_upgrade(std::move(opening));
                                         });
    }

    /// Hands the connection over to a session that speaks WebSocket.
    void on_upgrade(SocketOpening opening) {
        auto* answer = std::get_if<Response>(&opening);
        if (answer != nullptr && !answer->stream) {
            answer->close = true;
            parser_.reset();
            return write_answer(std::move(*answer));
        }
        // Nothing may be sent before the upgrade is answered.
        if (buffer_.size() != 0) return end();
        auto request = parser_->release();
        std::shared_ptr<Session> successor;
        if (answer != nullptr) {
            successor = make_event_socket(host_, std::move(stream_), std::move(request),
                                          std::move(answer->stream));
        } else {
            successor = make_websocket_session(host_, std::move(stream_), std::move(request),
                                               std::move(std::get<RpcOpening>(opening)));
        }
        ended_ = true;
        Self keep = self();
        deadline_timer_.cancel();
        successor->client = client;
        host_.add(successor);
        host_.remove(this);
        successor->start();
    }

    /// Leads an answer back to this connection, if both still exist.
    Reply reply() {
        return to_session<MakeResponse>(host_, this->weak_from_this(), stream_.get_executor(),
                                        [](HttpSession& session, const MakeResponse& make) {
                                            if (!session.ended_) session.write_answer(make());
                                        });
    }

    // --- writing ---

    void write_answer(Response response) {
        if (response.close) keep_alive_ = false;
        if (response.stream) return begin_stream(std::move(response));
        // A body in answer to HEAD would be taken for the next answer.
        if (head_only_) keep_alive_ = false;
        head_ = encode_head(response, response.body.size(), false, keep_alive_);
        body_ = head_only_ ? std::string{} : std::move(response.body);
        std::array<asio::const_buffer, 2> buffers = {asio::buffer(head_), asio::buffer(body_)};
        expect_within(host_.options.idle_timeout);
        asio::async_write(stream_, buffers, then([](HttpSession& session, error_code error) {
                              session.body_ = {};
                              if (error) return session.end();
                              if (session.discard_) return session.discard_rest();
                              if (!session.keep_alive_) return session.say_goodbye();
                              session.read_header();
                          }));
    }

    // --- streams ---
    //
    // At most one part is asked for (`asked_`) and one write is under way (`writing_`). A part that
    // comes while a heartbeat is being written waits in `part_`.

    void begin_stream(Response response) {
        if (http_1_0_) keep_alive_ = false;
        body_stream_ = std::move(response.stream);
        if (!keep_alive_ && !body_stream_->heartbeat().empty()) {
            watch_for_close();
            beat();
        }
        write_text(encode_head(response, std::nullopt, !http_1_0_, keep_alive_), false);
    }

    void ask() {
        asked_ = true;
        expect_nothing();
        body_stream_->next(to_session<BodyStream::Part>(
            host_, this->weak_from_this(), stream_.get_executor(),
            [](HttpSession& session, BodyStream::Part part) { session.on_part(std::move(part)); }));
    }

    void on_part(BodyStream::Part part) {
        if (ended_) return;
        asked_ = false;
        if (part.broken) return end();
        part_ = std::move(part);
        if (!writing_) write_part();
    }

    void write_part() {
        BodyStream::Part part = std::move(*part_);
        part_.reset();
        std::string text = framed(part.bytes);
        if (part.last && !http_1_0_) text += "0\r\n\r\n";
        write_text(std::move(text), part.last);
    }

    std::string framed(const std::string& bytes) const {
        if (http_1_0_ || bytes.empty()) return bytes;
        return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
    }

    void write_text(std::string text, bool last) {
        writing_ = true;
        body_ = std::move(text);
        expect_within(host_.options.idle_timeout);
        asio::async_write(stream_, asio::buffer(body_),
                          then([last](HttpSession& session, error_code error) {
                              session.writing_ = false;
                              if (error) return session.end();
                              if (last) return session.end_stream();
                              if (session.part_) return session.write_part();
                              if (session.asked_) return session.expect_nothing();
                              session.ask();
                          }));
    }

    void end_stream() {
        body_stream_.reset();
        body_ = {};
        if (!keep_alive_) return say_goodbye();
        read_header();
    }

    void beat() {
        heartbeat_timer_.expires_after(host_.options.heartbeat);
        heartbeat_timer_.async_wait([weak = this->weak_from_this()](error_code error) {
            auto self = weak.lock();
            if (error || !self || self->ended_ || !self->body_stream_) return;
            if (!self->writing_ && self->asked_) {
                self->write_text(self->framed(self->body_stream_->heartbeat()), false);
            }
            self->beat();
        });
    }

    /// A reader of events sends nothing more: whatever comes means that it has gone.
    void watch_for_close() {
        discarded_.resize(k_discard_buffer);
        stream_.async_read_some(asio::buffer(discarded_),
                                then([](HttpSession& session, error_code) { session.end(); }));
    }

    // --- ending ---

    void discard_rest() {
        if (discard_until_ == SteadyClock::time_point{}) {
            discard_until_ = SteadyClock::now() + k_discard_time;
            discarded_.resize(k_discard_buffer);
            error_code ignored;
            socket().shutdown(tcp::socket::shutdown_send, ignored);
        }
        deadline_ = discard_until_;
        watch_deadline();
        socket().async_read_some(asio::buffer(discarded_),
                                 then([](HttpSession& session, error_code error) {
                                     bool late = SteadyClock::now() > session.discard_until_;
                                     if (error || late) return session.end();
                                     session.discard_rest();
                                 }));
    }

    /// Closes in agreement with the client.
    void say_goodbye() {
        if constexpr (k_tls) {
            expect_within(k_goodbye_time);
            stream_.async_shutdown(then([](HttpSession& session, error_code) { session.end(); }));
        } else {
            error_code ignored;
            socket().shutdown(tcp::socket::shutdown_send, ignored);
            end();
        }
    }

    void end() {
        if (std::exchange(ended_, true)) return;
        Self keep = self();
        error_code ignored;
        socket().close(ignored);
        deadline_timer_.cancel();
        heartbeat_timer_.cancel();
        body_stream_.reset();
        host_.remove(this);
    }

    SessionHost& host_;
    Stream stream_;
    asio::steady_timer deadline_timer_;
    asio::steady_timer heartbeat_timer_;
    SteadyClock::time_point deadline_ = SteadyClock::time_point::max();
    SteadyClock::time_point discard_until_{};
    boost::beast::flat_buffer buffer_;
    std::optional<Parser> parser_;
    std::size_t reserved_ = 0;
    bool keep_alive_ = false;
    bool http_1_0_ = false;
    bool head_only_ = false;
    bool discard_ = false;
    bool ended_ = false;

    std::string head_;  ///< being written, with `body_`
    std::string body_;
    std::shared_ptr<BodyStream> body_stream_;
    std::optional<BodyStream::Part> part_;
    bool asked_ = false;
    bool writing_ = false;
    std::string discarded_;  ///< room for what is read and not looked at, once it is needed
};

}  // namespace

std::shared_ptr<Session> make_session(SessionHost& host, tcp::socket socket) {
    return std::make_shared<HttpSession<tcp::socket>>(host, std::move(socket));
}

std::shared_ptr<Session> make_tls_session(SessionHost& host, tcp::socket socket,
                                          asio::ssl::context& tls) {
    return std::make_shared<HttpSession<TlsStream>>(host, std::move(socket), tls);
}

}  // namespace bsn::gateway
