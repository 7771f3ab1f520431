// One WebSocket:
//
//   [answer to the upgrade] -> message -> (work) -> message -> ...      until either side closes
//                               answers and notifications -> outbox -> written one after the other
//
// One message is worked on at a time, and none is read while much waits to be taken: a client that
// does not read what it asked for is not read from. Notifications come unasked; a client that lets
// them pile up is closed. All members but the outbox are touched in the connection's strand only.
#include "gateway/websocket_session.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include <deque>

namespace bsn::gateway {

namespace websocket = boost::beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// A client that has so much to take is not read from.
constexpr std::size_t k_read_below_bytes = 1U << 20;

/// What waits to be written, in the order in which it was sent. Any thread.
class Outbox {
  public:
    explicit Outbox(std::size_t most_bytes) : most_bytes_(most_bytes) {}

    /// True if the writer must be told.
    bool put(std::string text) {
        std::lock_guard lock(mutex_);
        if (full_) return false;
        if (bytes_ + text.size() > most_bytes_) {
            full_ = true;
            texts_.clear();
            return true;
        }
        bytes_ += text.size();
        texts_.push_back(std::move(text));
        return texts_.size() == 1;
    }
    std::optional<std::string> take() {
        std::lock_guard lock(mutex_);
        if (texts_.empty()) return std::nullopt;
        std::string text = std::move(texts_.front());
        texts_.pop_front();
        return text;
    }
    /// Notes that a text that was taken is written.
    void written(std::size_t bytes) {
        std::lock_guard lock(mutex_);
        bytes_ -= bytes;
    }
    std::size_t bytes() const {
        std::lock_guard lock(mutex_);
        return bytes_;
    }
    bool full() const {
        std::lock_guard lock(mutex_);
        return full_;
    }

  private:
    const std::size_t most_bytes_;
    mutable std::mutex mutex_;
    std::deque<std::string> texts_;
    std::size_t bytes_ = 0;  ///< with the one that is being written
    bool full_ = false;
};

template <typename Stream>
class WebSocketSession final : public Session,
                               public std::enable_shared_from_this<WebSocketSession<Stream>> {
  public:
    WebSocketSession(SessionHost& host, Stream stream, UpgradeRequest request, RpcOpening opening)
        : host_(host),
          stream_(std::move(stream)),
          request_(std::move(request)),
          opening_(std::move(opening)),
          outbox_(std::make_shared<Outbox>(host.options.rpc.max_waiting_bytes)) {}

    void start() override {
        stream_.set_option(websocket::stream_base::timeout{host_.options.idle_timeout,
                                                           host_.options.idle_timeout, true});
        stream_.read_message_max(host_.options.rpc.max_message_bytes);
        stream_.text(true);
        stream_.async_accept(request_, then([](WebSocketSession& session, error_code error) {
                                 if (error) return session.end();
                                 session.begin();
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

    /// Something that any thread may call to have `next` done in this connection's strand.
    template <typename Next>
    auto hand_over(Next next) {
        return [mailbox = host_.mailbox, weak = this->weak_from_this(), next] {
            mailbox->post([weak, next] {
                auto self = weak.lock();
                if (!self) return;
                asio::dispatch(self->stream_.get_executor(), [self, next] {
                    if (!self->ended_) next(*self);
                });
            });
        };
    }

    void begin() {
        request_ = {};
        auto wake = hand_over([](WebSocketSession& session) { session.write(); });
        connection_ = opening_.rpc->connect([outbox = outbox_, wake](std::string text) {
            if (!text.empty() && outbox->put(std::move(text))) wake();
        });
        if (!connection_) return end();
        if (auto* far = dynamic_cast<FarRpcConnection*>(connection_.get())) {
            far->when_ended(hand_over([](WebSocketSession& session) { session.end(); }));
        }
        read();
    }

    void read() {
        stream_.async_read(buffer_, then([](WebSocketSession& session, error_code error) {
                               if (error) return session.end();
                               session.on_message();
                           }));
    }

    void on_message() {
        std::string message = boost::beast::buffers_to_string(buffer_.data());
        buffer_.consume(buffer_.size());
        auto shared = std::make_shared<std::string>(std::move(message));
        opening_.work->run(
            [connection = connection_, shared,
             done = hand_over([](WebSocketSession& session) { session.read_on(); })] {
                if (auto* far = dynamic_cast<FarRpcConnection*>(connection.get())) {
                    return far->receive_then(std::move(*shared), done);
                }
                connection->receive(std::move(*shared));
                done();
            });
    }

    void read_on() {
        waits_for_reader_ = outbox_->bytes() > k_read_below_bytes;
        if (!waits_for_reader_) read();
    }

    void write() {
        if (outbox_->full()) return end();
        if (writing_) return;
        auto text = outbox_->take();
        if (!text) return;
        writing_ = true;
        text_ = std::move(*text);
        stream_.async_write(asio::buffer(text_),
                            then([](WebSocketSession& session, error_code error) {
                                session.writing_ = false;
                                if (error) return session.end();
                                session.outbox_->written(session.text_.size());
                                session.text_ = {};
                                session.write();
                                if (session.waits_for_reader_ && !session.ended_) session.read_on();
                            }));
    }

    void end() {
        if (std::exchange(ended_, true)) return;
        auto keep = this->shared_from_this();
        error_code ignored;
        boost::beast::get_lowest_layer(stream_).close(ignored);
        connection_.reset();
        host_.remove(this);
    }

    SessionHost& host_;
    websocket::stream<Stream> stream_;
    UpgradeRequest request_;
    const RpcOpening opening_;
    const std::shared_ptr<Outbox> outbox_;
    /// Shared with the task that has a message worked on.
    std::shared_ptr<framework::RpcConnection> connection_;
    boost::beast::flat_buffer buffer_;
    std::string text_;  ///< being written
    bool writing_ = false;
    bool waits_for_reader_ = false;
    bool ended_ = false;
};

}  // namespace

std::shared_ptr<Session> make_websocket_session(SessionHost& host, tcp::socket stream,
                                                UpgradeRequest request, RpcOpening opening) {
    return std::make_shared<WebSocketSession<tcp::socket>>(host, std::move(stream),
                                                           std::move(request), std::move(opening));
}

std::shared_ptr<Session> make_websocket_session(SessionHost& host,
                                                asio::ssl::stream<tcp::socket> stream,
                                                UpgradeRequest request, RpcOpening opening) {
    return std::make_shared<WebSocketSession<asio::ssl::stream<tcp::socket>>>(
        host, std::move(stream), std::move(request), std::move(opening));
}

}  // namespace bsn::gateway
