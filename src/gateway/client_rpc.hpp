#pragma once
// The JSON-RPC of a dialect's clients over WebSocket: whether it may be opened. By HTTP:
// `handlers.hpp`.

#include "gateway/service.hpp"

namespace bsn::gateway {

/// What a request for a WebSocket comes to: a refusal, or what the connection needs.
struct RpcOpening {
    RpcOpening(Response answer) : refusal(std::move(answer)) {}
    RpcOpening(std::shared_ptr<framework::ClientRpc> to, std::shared_ptr<StreamPlace> taken,
               const Work& where)
        : rpc(std::move(to)), place(std::move(taken)), work(&where) {}

    std::optional<Response> refusal;
    std::shared_ptr<framework::ClientRpc> rpc;  ///< with the app's meter before it
    std::shared_ptr<StreamPlace> place;
    const Work* work = nullptr;
};

/// Judges a request for a WebSocket at `/rpc/{app}`. Called by an io thread.
RpcOpening open_rpc_connection(Service& service, const Request& request);

}  // namespace bsn::gateway
