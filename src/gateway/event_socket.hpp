#pragma once
// Inside of the server: one WebSocket, over which a stream of messages is sent.

#include "gateway/websocket_session.hpp"

namespace bsn::gateway {

/// Takes over a connection whose client asked for a WebSocket, and answers it.
std::shared_ptr<Session> make_event_socket(SessionHost& host, asio::ip::tcp::socket stream,
                                           UpgradeRequest request,
                                           std::shared_ptr<BodyStream> messages);
std::shared_ptr<Session> make_event_socket(SessionHost& host,
                                           asio::ssl::stream<asio::ip::tcp::socket> stream,
                                           UpgradeRequest request,
                                           std::shared_ptr<BodyStream> messages);

}  // namespace bsn::gateway
