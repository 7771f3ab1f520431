#pragma once
// The JSON-RPC of a dialect's clients over WebSocket: whether it may be opened. By HTTP:
// `handlers.hpp`.

#include "gateway/service.hpp"

#include <variant>

namespace bsn::gateway {

/// A connection that another node serves. It is read from no more than that node takes.
class FarRpcConnection : public framework::RpcConnection {
  public:
    /// The same as `receive`, except that it returns at once: `taken` comes, from any thread, when
    /// the next message may.
    virtual void receive_then(std::string message, std::function<void()> taken) = 0;
    /// What is called, from any thread and at most once, if the other end ends the connection.
    virtual void when_ended(std::function<void()> then) = 0;
};

/// What a WebSocket needs over which JSON-RPC is spoken.
struct RpcOpening {
    std::shared_ptr<framework::ClientRpc> rpc;  ///< with the app's meter before it
    std::shared_ptr<StreamPlace> place;
    const Work* work = nullptr;
};

/// Lets the page that asked read the answer.
void allow_page(Response& response, const std::string& origin);
/// An error that JSON-RPC clients understand.
Response rpc_error_response(const Error& error);

/// What a request for a WebSocket comes to: an answer that refuses it, or whose stream are the
/// messages to send; or an RPC.
using SocketOpening = std::variant<Response, RpcOpening>;

/// Judges a request for a WebSocket at `/rpc/{app}`. Run as work.
SocketOpening open_rpc_connection(Service& service, const Request& request);

}  // namespace bsn::gateway
