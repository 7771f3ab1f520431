#pragma once
// Inside of the channel server: one connection, and what connections share. All of it belongs to
// the server's one io thread.

#include "framework/fisco/fisco_rpc.hpp"
#include "gateway/fisco/channel_server.hpp"
#include "gateway/fisco/event_feed.hpp"
#include "gateway/fisco/frame.hpp"
#include "gateway/session.hpp"
#include "gateway/work.hpp"

#include <boost/asio/ssl/stream.hpp>

#include <deque>
#include <map>
#include <set>

namespace bsn::gateway::fisco {

class ChannelSession;
class MessageExchange;
using Text = std::shared_ptr<const std::string>;

/// What the connections of one server share.
struct ChannelHost {
    const ChannelOptions& options;
    const framework::fisco::FiscoRpc& rpc;
    Work& work;
    std::shared_ptr<Mailbox> mailbox;
    MessageExchange* messages = nullptr;
    std::map<ChannelSession*, std::shared_ptr<ChannelSession>> sessions;
    const GroupTraffic* traffic = nullptr;  ///< null: nobody counts
};

class ChannelSession final : public std::enable_shared_from_this<ChannelSession> {
  public:
    using Stream = asio::ssl::stream<asio::ip::tcp::socket>;

    ChannelSession(ChannelHost& host, asio::ip::tcp::socket socket, asio::ssl::context& tls);

    void start();
    /// Closes it at once. No handler of it does anything after.
    void end();
    /// Called now and then: ends what has been silent for too long.
    void check_silence();

    /// Queues a frame. A client that lets too much wait is disconnected.
    void send(Text frame);
    void send(FrameType type, const Sequence& sequence, std::string_view body,
              std::int32_t result = 0) {
        send(std::make_shared<const std::string>(encode_frame(type, sequence, body, result)));
    }

    bool wants(std::string_view topic) const { return topics_.contains(topic); }
    /// Tells a block to whom it wants to hear of it, and reads events for them.
    void on_block(std::uint64_t group, std::uint64_t height);
    /// Reads further events if there is room and something to read.
    void pump_events();

  private:
    template <typename Next>
    auto then(Next next);
    void read_header();
    void on_header();
    void on_frame();
    void dispatch(const FrameHeader& header, std::string body);
    void read_on();
    void write();

    void on_handshake(const Sequence& sequence, std::string_view body);
    void on_rpc(const Sequence& sequence, std::string body);
    void send_soon(Text receipt);
    void on_topics(std::string_view body);
    void on_register_event(const Sequence& sequence, std::string_view body);
    void on_unregister_event(const Sequence& sequence, std::string_view body);
    framework::fisco::EventResult add_filter(framework::fisco::EventFilter filter);
    void on_events(const EventBatch& batch);

    ChannelHost& host_;
    Stream stream_;
    std::chrono::steady_clock::time_point heard_;
    bool secured_ = false;
    bool ended_ = false;
    int version_ = 1;

    std::array<std::uint8_t, k_frame_header> head_{};
    FrameHeader header_;
    std::string body_;
    bool reading_ = false;
    std::size_t calls_ = 0;  ///< being answered

    std::deque<Text> waiting_;  ///< to be written
    std::size_t waiting_bytes_ = 0;
    Text writing_;  ///< null: nothing is on its way

    std::set<std::string, std::less<>> topics_;
    EventFeed events_;
};

}  // namespace bsn::gateway::fisco
