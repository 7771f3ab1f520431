#pragma once
// Which requests of the native API and of JSON-RPC are answered by another city node.

#include "gateway/forwarding/way.hpp"
#include "gateway/router.hpp"
#include "gateway/service.hpp"

namespace bsn::gateway {

/// The way of a request that was routed; none: it is answered here. Whatever is about an app goes
/// to another node where this one cannot answer it, except the app's record, which all nodes have.
std::optional<Way> way_of(Service& service, const Route& route, const Request& request);

/// The same of a request for a WebSocket, which is always about an app.
std::optional<Way> way_of_socket(Service& service, const Request& request);

}  // namespace bsn::gateway
