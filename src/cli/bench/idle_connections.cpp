#include "cli/bench/idle_connections.hpp"

#include "base/files.hpp"
#include "cli/bench/processes.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <list>

namespace bsn::cli {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Failure = boost::system::error_code;

namespace {

constexpr std::chrono::seconds k_patience{30};
/// Of this process and of what it needs beside the connections.
constexpr std::size_t k_other_files = 256;
/// Connections before those that are counted: what the first ones cost is not theirs alone.
constexpr std::size_t k_warm_up = 64;

class Connections {
  public:
    explicit Connections(const net::Endpoint& node)
        : node_(node),
          request_(fmt::format("GET /healthz HTTP/1.1\r\nHost: {}:{}\r\nUser-Agent: bsn\r\n\r\n",
                               node.host, node.port)) {}

    /// One more, which has answered.
    Status open() {
        Failure failure;
        if (places_.empty()) {
            places_ = tcp::resolver(io_).resolve(node_.host, std::to_string(node_.port), failure);
        }
        beast::tcp_stream& stream = streams_.emplace_back(io_);
        if (!failure) {
            failure = run(stream, [&](auto done) { stream.async_connect(places_, done); });
        }
        if (failure) return trouble("cannot be opened", failure);
        return ask(stream);
    }

    Status ask_all() {
        for (beast::tcp_stream& stream : streams_) BSN_CHECK(ask(stream));
        return {};
    }

  private:
    /// An operation from its start to its end, or until the patience ends.
    template <typename Start>
    Failure run(beast::tcp_stream& stream, Start start) {
        Failure outcome;
        stream.expires_after(k_patience);
        start([&outcome](Failure failure, auto&&...) { outcome = failure; });
        io_.restart();
        io_.run();
        stream.expires_never();
        return outcome;
    }

    Status ask(beast::tcp_stream& stream) {
        Failure failure = run(
            stream, [&](auto done) { asio::async_write(stream, asio::buffer(request_), done); });
        beast::flat_buffer buffer;
        http::response<http::string_body> response;
        if (!failure) {
            failure =
                run(stream, [&](auto done) { http::async_read(stream, buffer, response, done); });
        }
        if (failure) return trouble("does not answer", failure);
        if (response.result_int() == 200) return {};
        return Error{Code::unavailable, fmt::format("a connection to {} is answered by {}",
                                                    node_.url(), response.result_int())};
    }

    Error trouble(const char* what, const Failure& failure) const {
        return {Code::unavailable, fmt::format("connection {} to {} {}: {}", streams_.size(),
                                               node_.url(), what, failure.message())};
    }

    const net::Endpoint& node_;
    const std::string request_;
    asio::io_context io_;
    tcp::resolver::results_type places_;
    std::list<beast::tcp_stream> streams_;
};

}  // namespace

Result<IdleConnections> hold_idle_connections(const net::Endpoint& node, pid_t pid,
                                              std::size_t count,
                                              const std::function<void(std::size_t)>& progress) {
    const std::uint64_t files = raise_file_limit();
    if (files < count + k_other_files) {
        return Error{Code::unavailable,
                     fmt::format("a process may open {} files here, too few for {} connections; "
                                 "raise the limit (`ulimit -Hn`), or hold fewer",
                                 files, count)};
    }
    {
        Connections first(node);
        for (std::size_t i = 0; i < k_warm_up; ++i) BSN_CHECK(first.open());
    }
    BSN_TRY(before, usage_of(pid));
    Connections connections(node);
    for (std::size_t i = 0; i < count; ++i) {
        BSN_CHECK(connections.open());
        if (progress) progress(1);
    }
    BSN_TRY(after, usage_of(pid));
    BSN_CHECK(connections.ask_all());
    IdleConnections held;
    held.count = count;
    held.rss_bytes_added =
        after.resident_bytes - std::min(after.resident_bytes, before.resident_bytes);
    return held;
}

}  // namespace bsn::cli
