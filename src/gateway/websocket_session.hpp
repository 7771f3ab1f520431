#pragma once
// Inside of the server: one WebSocket, over which a dialect's client speaks JSON-RPC.

#include "gateway/session.hpp"

#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/vector_body.hpp>

namespace bsn::gateway {

using UpgradeRequest = boost::beast::http::request<boost::beast::http::vector_body<std::uint8_t>>;

/// Takes over a connection whose client asked for a WebSocket, and answers it.
std::shared_ptr<Session> make_websocket_session(SessionHost& host, asio::ip::tcp::socket stream,
                                                UpgradeRequest request, RpcOpening opening);
std::shared_ptr<Session> make_websocket_session(SessionHost& host,
                                                asio::ssl::stream<asio::ip::tcp::socket> stream,
                                                UpgradeRequest request, RpcOpening opening);

}  // namespace bsn::gateway
