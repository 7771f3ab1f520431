#pragma once
// Inside of the server: one connection, and what connections share.

#include "gateway/client_rpc.hpp"
#include "gateway/http_server.hpp"
#include "gateway/message.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <unordered_map>

namespace bsn::gateway {

namespace asio = boost::asio;

/// The way into the io threads for all others, while it is open: what comes later is dropped. Any
/// thread.
class Mailbox {
  public:
    void open(asio::io_context& io) {
        std::lock_guard lock(mutex_);
        io_ = &io;
    }
    template <typename Handler>
    void post(Handler handler) {
        std::lock_guard lock(mutex_);
        if (io_ != nullptr) asio::post(*io_, std::move(handler));
    }
    void close() {
        std::lock_guard lock(mutex_);
        io_ = nullptr;
    }

  private:
    std::mutex mutex_;
    asio::io_context* io_ = nullptr;
};

/// A connection. Its work is done in its own strand of the io threads.
class Session {
  public:
    virtual ~Session() = default;
    virtual void start() = 0;
    /// Instead of `start`: says that there are too many, and closes.
    virtual void turn_away() { start(); }
    /// Closes it at once. Called when no io thread runs any more.
    virtual void abort() = 0;

    /// Who is at the other end. Set before it is kept, and not changed then.
    net::IpAddress client;
};

/// What the connections of one server share. Io threads.
class SessionHost {
  public:
    using Serve = std::function<void(Request, Reply)>;
    using Opened = std::function<void(SocketOpening)>;
    using OpenSocket = std::function<void(Request, Opened)>;

    SessionHost(const HttpServerOptions& limits, std::shared_ptr<Mailbox> inbox, Serve answer,
                OpenSocket open, Gauge& connections)
        : options(limits),
          mailbox(std::move(inbox)),
          serve(std::move(answer)),
          open_socket(std::move(open)),
          connections_(connections) {}

    /// Keeps a session until it says that it ended.
    void add(const std::shared_ptr<Session>& session);
    void remove(Session* session);
    std::size_t size() const;
    /// How many there are of one address, or of its network (`site_of`).
    std::size_t size_of(const net::IpAddress& client) const;
    /// Closes all sessions; no io thread may run any more.
    void abort_all();

    /// Notes that so many bytes of a body will be received; false if there are too many already.
    bool reserve(std::size_t bytes);
    void release(std::size_t bytes) { receiving_.fetch_sub(bytes); }

    const HttpServerOptions& options;
    const std::shared_ptr<Mailbox> mailbox;
    const Serve serve;
    const OpenSocket open_socket;

  private:
    mutable std::mutex mutex_;
    std::unordered_map<Session*, std::shared_ptr<Session>> sessions_;
    std::map<net::IpAddress, std::size_t> by_site_;  ///< how many sessions
    std::atomic<std::size_t> receiving_{0};
    Gauge& connections_;
};

/// What any thread calls, once, with something for a session: `take(session, value)` gets it in the
/// session's strand, if server and session still exist.
template <typename Value, typename Owner, typename Strand, typename Take>
std::function<void(Value)> to_session(const SessionHost& host, std::weak_ptr<Owner> owner,
                                      Strand strand, Take take) {
    return [mailbox = host.mailbox, owner = std::move(owner), strand = std::move(strand),
            take](Value value) {
        auto shared = std::make_shared<Value>(std::move(value));
        mailbox->post([owner, strand, take, shared] {
            auto session = owner.lock();
            if (!session) return;
            asio::dispatch(strand, [session, take, shared] { take(*session, std::move(*shared)); });
        });
    };
}

std::shared_ptr<Session> make_session(SessionHost& host, asio::ip::tcp::socket socket);
std::shared_ptr<Session> make_tls_session(SessionHost& host, asio::ip::tcp::socket socket,
                                          asio::ssl::context& tls);

}  // namespace bsn::gateway
