// One WebSocket that sends:
//
//   [answer to the upgrade] -> message -> message -> ...       until the stream or the client ends
//   it
//
// Each part of the stream is a message. The next one is asked for once the former is written, so a
// slow reader slows down its own stream only; one that takes nothing for long answers no ping, and
// is closed. What clients send is passed over. All members are touched in the connection's strand
// only.
#include "gateway/event_socket.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

namespace bsn::gateway {

namespace websocket = boost::beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// Clients have nothing to say.
constexpr std::size_t k_most_received = std::size_t{4} << 10;

template <typename Stream>
class EventSocket final : public Session, public std::enable_shared_from_this<EventSocket<Stream>> {
  public:
    EventSocket(SessionHost& host, Stream stream, UpgradeRequest request,
                std::shared_ptr<BodyStream> messages)
        : host_(host),
          stream_(std::move(stream)),
          request_(std::move(request)),
          messages_(std::move(messages)),
          heartbeat_timer_(stream_.get_executor()) {}

    void start() override {
        stream_.set_option(websocket::stream_base::timeout{host_.options.idle_timeout,
                                                           host_.options.idle_timeout, true});
        stream_.read_message_max(k_most_received);
        stream_.text(true);
        stream_.async_accept(request_, then([](EventSocket& socket, error_code error) {
                                 if (error) return socket.end();
                                 socket.request_ = {};
                                 socket.read();
                                 socket.beat();
                                 socket.ask();
                             }));
    }

    void abort() override { end(); }

  private:
    template <typename Next>
    auto then(Next next) {
        return [self = this->shared_from_this(), next](error_code error, std::size_t = 0) {
            if (!self->ended_) next(*self, error);
        };
    }

    /// Also answers pings, and notices that the client has gone.
    void read() {
        stream_.async_read(buffer_, then([](EventSocket& socket, error_code error) {
                               if (error) return socket.end();
                               socket.buffer_.consume(socket.buffer_.size());
                               socket.read();
                           }));
    }

    void ask() {
        asked_ = true;
        messages_->next(to_session<BodyStream::Part>(
            host_, this->weak_from_this(), stream_.get_executor(),
            [](EventSocket& socket, BodyStream::Part part) { socket.on_part(std::move(part)); }));
    }

    void on_part(BodyStream::Part part) {
        if (ended_) return;
        asked_ = false;
        part_ = std::move(part);
        if (!writing_) write_part();
    }

    void write_part() {
        BodyStream::Part part = std::move(*part_);
        part_.reset();
        if (part.broken) return end();
        last_ = part.last;
        write(std::move(part.bytes));
    }

    void write(std::string text) {
        writing_ = true;
        text_ = std::move(text);
        stream_.async_write(asio::buffer(text_), then([](EventSocket& socket, error_code error) {
                                socket.writing_ = false;
                                socket.text_ = {};
                                if (error) return socket.end();
                                socket.on_written();
                            }));
    }

    void on_written() {
        if (last_) {
            stream_.async_close(websocket::close_code::policy_error,
                                then([](EventSocket& socket, error_code) { socket.end(); }));
        } else if (part_) {
            write_part();
        } else if (!asked_) {
            ask();
        }
    }

    void beat() {
        heartbeat_timer_.expires_after(host_.options.heartbeat);
        heartbeat_timer_.async_wait([weak = this->weak_from_this()](error_code error) {
            auto self = weak.lock();
            if (error || !self || self->ended_ || self->last_) return;
            if (!self->writing_ && self->asked_) self->write(self->messages_->heartbeat());
            self->beat();
        });
    }

    void end() {
        if (std::exchange(ended_, true)) return;
        auto keep = this->shared_from_this();
        error_code ignored;
        boost::beast::get_lowest_layer(stream_).close(ignored);
        heartbeat_timer_.cancel();
        messages_.reset();
        host_.remove(this);
    }

    SessionHost& host_;
    websocket::stream<Stream> stream_;
    UpgradeRequest request_;
    std::shared_ptr<BodyStream> messages_;
    asio::steady_timer heartbeat_timer_;
    boost::beast::flat_buffer buffer_;      ///< what clients send
    std::string text_;                      ///< being written
    std::optional<BodyStream::Part> part_;  ///< came while a heartbeat is being written
    bool asked_ = false;
    bool writing_ = false;
    bool last_ = false;
    bool ended_ = false;
};

}  // namespace

std::shared_ptr<Session> make_event_socket(SessionHost& host, tcp::socket stream,
                                           UpgradeRequest request,
                                           std::shared_ptr<BodyStream> messages) {
    return std::make_shared<EventSocket<tcp::socket>>(host, std::move(stream), std::move(request),
                                                      std::move(messages));
}

std::shared_ptr<Session> make_event_socket(SessionHost& host, asio::ssl::stream<tcp::socket> stream,
                                           UpgradeRequest request,
                                           std::shared_ptr<BodyStream> messages) {
    return std::make_shared<EventSocket<asio::ssl::stream<tcp::socket>>>(
        host, std::move(stream), std::move(request), std::move(messages));
}

}  // namespace bsn::gateway
