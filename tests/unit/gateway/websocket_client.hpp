#pragma once
// A WebSocket client of Boost's.

#include "test_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>

namespace bsn::testing {

namespace websocket = boost::beast::websocket;
using boost::asio::ip::tcp;
using boost::system::error_code;

/// A WebSocket client that waits for each step.
class WebSocketClient {
  public:
    /// Empty `target`: not opened yet.
    explicit WebSocketClient(std::uint16_t port) {
        socket_.next_layer().connect({boost::asio::ip::address_v4::loopback(), port});
        timeval limit{10, 0};
        setsockopt(socket_.next_layer().native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit,
                   sizeof limit);
    }
    /// The status of the answer: 101 if it is open now.
    unsigned open(const std::string& target, const std::string& origin = "",
                  const Headers& headers = {}) {
        socket_.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
            if (!origin.empty()) request.set("Origin", origin);
            for (const auto& [name, value] : headers) request.set(name, value);
        }));
        websocket::response_type response;
        error_code error;
        socket_.handshake(response, "test", target, error);
        return error && response.result_int() == 101 ? 0 : response.result_int();
    }
    bool send(std::string_view text) {
        error_code error;
        socket_.write(boost::asio::buffer(text), error);
        return !error;
    }
    std::string receive() {
        boost::beast::flat_buffer buffer;
        error_code error;
        socket_.read(buffer, error);
        return error ? "[" + error.message() + "]" : boost::beast::buffers_to_string(buffer.data());
    }
    std::string ask(std::string_view text) { return send(text) ? receive() : "[not sent]"; }
    void close() {
        error_code error;
        socket_.close(websocket::close_code::normal, error);
    }
    websocket::stream<tcp::socket>& stream() { return socket_; }

  private:
    boost::asio::io_context io_;
    websocket::stream<tcp::socket> socket_{io_};
};

}  // namespace bsn::testing
