#pragma once
// A load generator's connection to a node: HTTP/1.1, kept, one request at a time, without a thread.

#include "net/http_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/vector_body.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace bsn::cli {

/// Calls and answers on the thread that runs `io`.
class KeptConnection {
  public:
    /// The body of an answer with status 200; or the error that the node tells, `unknown_outcome`
    /// if the connection breaks.
    using Done = std::function<void(Result<Bytes>)>;

    /// `unavailable` if it cannot connect.
    static Result<std::unique_ptr<KeptConnection>> open(boost::asio::io_context& io,
                                                        const net::Endpoint& node);

    /// Not before the last request is answered; the next one may begin within `done`.
    void post(std::string_view target, std::string_view content_type, Bytes body, Done done);
    const net::Endpoint& node() const { return node_; }

  private:
    KeptConnection(boost::asio::io_context& io, net::Endpoint node);
    void read_answer();
    void take_answer();
    void answer(Result<Bytes> result);
    void give_up(const boost::system::error_code& failure);

    const net::Endpoint node_;
    boost::asio::ip::tcp::socket socket_;
    boost::beast::flat_buffer buffer_;
    std::optional<
        boost::beast::http::response_parser<boost::beast::http::vector_body<std::uint8_t>>>
        parser_;
    std::string head_;  ///< being written, with `body_`
    Bytes body_;
    Done done_;
};

}  // namespace bsn::cli
