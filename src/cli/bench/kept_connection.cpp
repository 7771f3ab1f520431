#include "cli/bench/kept_connection.hpp"

#include "api/gateways.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <fmt/format.h>

#include <array>

namespace bsn::cli {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Failure = boost::system::error_code;

namespace {

constexpr std::uint64_t k_max_answer_bytes = 16U << 20;
constexpr std::size_t k_read_buffer = 8U << 10;

}  // namespace

KeptConnection::KeptConnection(asio::io_context& io, net::Endpoint node)
    : node_(std::move(node)), socket_(io), buffer_(k_read_buffer) {}

Result<std::unique_ptr<KeptConnection>> KeptConnection::open(asio::io_context& io,
                                                             const net::Endpoint& node) {
    std::unique_ptr<KeptConnection> made(new KeptConnection(io, node));
    Failure failure;
    tcp::resolver resolver(io);
    auto places = resolver.resolve(node.host, std::to_string(node.port), failure);
    if (!failure) asio::connect(made->socket_, places, failure);
    if (!failure) made->socket_.set_option(tcp::no_delay(true), failure);
    if (!failure) return made;
    return Error{Code::unavailable,
                 fmt::format("cannot connect to {}: {}", node.url(), failure.message())};
}

void KeptConnection::post(std::string_view target, std::string_view content_type, Bytes body,
                          Done done) {
    done_ = std::move(done);
    body_ = std::move(body);
    head_ = fmt::format(
        "POST {} HTTP/1.1\r\nHost: {}:{}\r\nUser-Agent: bsn\r\nContent-Type: {}\r\n"
        "Content-Length: {}\r\n\r\n",
        target, node_.host, node_.port, content_type, body_.size());
    const std::array<asio::const_buffer, 2> buffers = {asio::buffer(head_), asio::buffer(body_)};
    asio::async_write(socket_, buffers, [this](Failure failure, std::size_t) {
        failure ? give_up(failure) : read_answer();
    });
}

void KeptConnection::read_answer() {
    parser_.emplace();
    parser_->body_limit(k_max_answer_bytes);
    http::async_read(socket_, buffer_, *parser_, [this](Failure failure, std::size_t) {
        failure ? give_up(failure) : take_answer();
    });
}

void KeptConnection::take_answer() {
    auto& message = parser_->get();
    if (message.result_int() == 200) return answer(std::move(message.body()));
    net::HttpResponse response;
    response.status = message.result_int();
    response.body = std::move(message.body());
    answer(api::api_error(response, node_));
}

void KeptConnection::give_up(const Failure& failure) {
    answer(Error{Code::unknown_outcome,
                 fmt::format("no answer from {}: {}", node_.url(), failure.message())});
}

void KeptConnection::answer(Result<Bytes> result) {
    std::exchange(done_, nullptr)(std::move(result));
}

}  // namespace bsn::cli
