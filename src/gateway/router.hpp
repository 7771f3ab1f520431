#pragma once
// Which call of the API a request is.

#include "gateway/client_rpc.hpp"
#include "gateway/handlers.hpp"

#include <vector>

namespace bsn::gateway {

/// One call of the API. Exactly one of the two functions is set.
struct Route {
    std::string_view method;
    std::string_view pattern;  ///< such as `/v1/apps/{app}`
    /// Answers; run as work, since it may wait for locks, disk or a signature check.
    Response (*answer)(Service&, const Request&) = nullptr;
    /// Begins to answer, on an io thread, and returns at once.
    void (*begin)(Service&, const Request&, const Reply&) = nullptr;
    std::string_view parameter = {};  ///< the one query parameter that it takes; empty: none
    bool asks_chain = false;          ///< `answer` may wait for the app's chain
    bool secret = false;              ///< the body is wiped from memory once it is answered
};

/// The whole API, in the order of `docs/http-api.md`.
const std::vector<Route>& routes();

/// Answers a request through `reply`, and counts it. Called by an io thread.
void serve(Service& service, Request request, Reply reply);

/// Whether the body of a request may be a secret, as far as its target shows.
bool has_secrets(std::string_view target);

/// Whether a WebSocket may be opened at a target, as far as it shows: elsewhere a request for one
/// is any other request.
bool is_of_sockets(std::string_view target);
/// Judges a request for a WebSocket at such a target, or has another node do it. Run as work;
/// `opened` comes once, from any thread.
void open_socket(Service& service, Request request,
                 const std::function<void(SocketOpening)>& opened);
/// The same without asking others.
SocketOpening open_socket_here(Service& service, Request request);

}  // namespace bsn::gateway
