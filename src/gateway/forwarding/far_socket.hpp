#pragma once
// WebSockets whose app is on other nodes.
//
//   client <-- WebSocket --> the node that it asked <-- requests of gateways --> a node of the app
//
// The node that was asked hands on a request to open one (method SOCKET). It is answered by a body
// that goes on for as long as the WebSocket: in it come the messages to the client, each in a
// frame. Each message of the client is a request of its own (MESSAGE), and the next is read from
// the client once that is answered, so that no more is under way than the other node takes. What
// waits at either node for a reader that is too slow is bounded, and then the WebSocket ends. The
// body's end is that of the WebSocket, and the other way round. HTTP clients cannot use these
// methods.

#include "gateway/client_rpc.hpp"
#include "gateway/forwarding/way.hpp"

#include <deque>

namespace bsn::gateway {

inline constexpr std::string_view k_socket_method = "SOCKET";
inline constexpr std::string_view k_message_method = "MESSAGE";

using SocketOpened = std::function<void(SocketOpening)>;

/// Frames out of a body's pieces, however they are cut. One thread at a time.
class FrameReader {
  public:
    enum class Kind : char { opened = 'o', message = 'm', last = 'l' };
    struct Frame {
        Kind kind = Kind::message;
        std::string text;
    };
    /// Kind, length as u32, text.
    static std::string framed(Kind kind, std::string_view text);

    /// False if what came is none of ours, or too long.
    bool add(std::string_view piece);
    std::optional<Frame> take();

  private:
    std::string bytes_;
    std::size_t begin_ = 0;  ///< of what was not taken
};

/// The WebSockets that other nodes' clients have open at this node. Any thread may call any member.
class FarSockets {
  public:
    FarSockets();
    /// Answers a request of either method; run as work.
    Response answer(Service& service, Request request);

  private:
    class End;
    struct Open;
    Response open(Service& service, Request request);
    Response take(const Request& request);

    const std::shared_ptr<Open> open_;
};

/// Has a node of the way open a WebSocket, for JSON-RPC or events; here if the way ends here.
void open_socket_elsewhere(Service& service, Way way, const Request& request, bool rpc,
                           const SocketOpened& opened, const std::function<void()>& here);

}  // namespace bsn::gateway
