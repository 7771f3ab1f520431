#include "gateway/http_server.hpp"

#include "base/files.hpp"
#include "base/log.hpp"
#include "base/scheduling.hpp"
#include "gateway/forwarding/far_socket.hpp"
#include "gateway/forwarding/forward.hpp"
#include "gateway/router.hpp"
#include "gateway/session.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <fmt/format.h>

#include <limits>
#include <thread>

namespace bsn::gateway {

using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds k_accept_pause{100};
constexpr std::size_t k_told_at_once = 256;
/// Bodies may hold passphrases.
constexpr asio::ssl::context::options k_cleanse_plaintext = SSL_OP_CLEANSE_PLAINTEXT;
/// Files that connections leave to the rest of the process, at most a quarter of all: databases,
/// logs, other nodes.
constexpr std::uint64_t k_other_files = 1024;

Error cannot_listen(const tcp::endpoint& endpoint, const error_code& error) {
    std::string where =
        fmt::format("cannot listen on {} port {}", endpoint.address().to_string(), endpoint.port());
    if (error == asio::error::address_in_use) {
        return {Code::unavailable, where +
                                       ": another process uses this port; stop it, or configure "
                                       "another port (0 takes any free one)"};
    }
    if (error == asio::error::access_denied) {
        return {Code::forbidden,
                where + ": ports below 1024 need privileges; configure a higher one"};
    }
    if (error == asio::error::make_error_code(asio::error::basic_errors(EADDRNOTAVAIL))) {
        return {Code::invalid_argument,
                where +
                    ": this machine does not have that address; configure one of its own, or "
                    "0.0.0.0 for all"};
    }
    return {Code::unavailable, where + ": " + error.message()};
}

Error bad_tls(std::string_view what, const std::filesystem::path& file, const error_code& error) {
    return {Code::invalid_argument,
            fmt::format("cannot use the TLS {} {}: {}; it must be a readable PEM file", what,
                        file.string(), error.message())};
}

net::IpAddress address_of(const tcp::socket& socket) {
    error_code error;
    const tcp::endpoint end = socket.remote_endpoint(error);
    if (error) return {};  // it has gone already
    if (end.address().is_v4()) return net::IpAddress::of(end.address().to_v4().to_bytes());
    return net::IpAddress::of(end.address().to_v6().to_bytes());
}

}  // namespace

struct HttpServer::Impl {
    Impl(HttpServerOptions wanted, Backend& backend, Executor& executor)
        : options(std::move(wanted)),
          service(backend, executor, options.max_streams, options.rpc, options.published_mac,
                  options.lanes, options.refused_per_second),
          mailbox(std::make_shared<Mailbox>()),
          host(
              options, mailbox,
              [this](Request request, Reply reply) {
                  serve(service, std::move(request), std::move(reply));
              },
              [this](Request request, const SessionHost::Opened& opened) {
                  auto shared = std::make_shared<Request>(std::move(request));
                  service.work().run(
                      [this, shared, opened] { open_socket(service, std::move(*shared), opened); });
              },
              service.connections()) {
        add_forwarding_metrics(backend);
    }

    Status start();
    Status prepare_tls();
    Status listen();
    void accept();
    void on_accept(tcp::socket socket);
    std::uint64_t files_left(tcp::socket& socket) const;
    std::size_t most_of(const net::IpAddress& client) const;
    void stop();

    // In this order: what is below may refer to what is above, and goes first. Sessions go with the
    // handlers that the io context still holds.
    const HttpServerOptions options;
    Service service;
    FarSockets far_sockets;
    const std::shared_ptr<Mailbox> mailbox;
    SessionHost host;
    asio::ssl::context tls{asio::ssl::context::tls_server};
    asio::io_context io;
    tcp::acceptor acceptor{io};
    asio::steady_timer accept_pause{io};
    std::vector<std::thread> threads;
    std::uint64_t files = 0;  ///< that the process may have open, as of the start
    bool use_tls = false;
    std::uint16_t bound_port = 0;
    bool started = false;
    bool stopped = false;
};

Status HttpServer::Impl::start() {
    ensure(!started, "an HTTP server starts once");
    if (!options.nonces.empty()) {
        BSN_CHECK(service.authenticator().keep_nonces_in(options.nonces));
    }
    BSN_CHECK(prepare_tls());
    BSN_CHECK(listen());
    started = true;
    files = file_limit();
    mailbox->open(io);
    accept();
    for (std::size_t i = 0; i < std::max<std::size_t>(1, options.threads); ++i) {
        threads.emplace_back([this] {
            ask_for_short_slices();
            io.run();
        });
    }
    return {};
}

Status HttpServer::Impl::prepare_tls() {
    if (options.tls_certificate.empty() && options.tls_key.empty()) return {};
    if (options.tls_certificate.empty() || options.tls_key.empty()) {
        return Error{Code::invalid_argument, "TLS needs both a certificate and its key"};
    }
    error_code error;
    tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                        asio::ssl::context::no_tlsv1_1 | k_cleanse_plaintext,
                    error);
    // Without a callback OpenSSL would ask for the passphrase on the terminal.
    tls.set_password_callback(
        [passphrase = options.tls_passphrase](std::size_t, asio::ssl::context::password_purpose) {
            return passphrase;
        },
        error);
    tls.use_certificate_chain_file(options.tls_certificate.string(), error);
    if (error) return bad_tls("certificate", options.tls_certificate, error);
    tls.use_private_key_file(options.tls_key.string(), asio::ssl::context::pem, error);
    if (error) return bad_tls("key", options.tls_key, error);
    if (SSL_CTX_check_private_key(tls.native_handle()) != 1) {
        return Error{Code::invalid_argument,
                     fmt::format("the TLS key {} is not the key of the certificate {}",
                                 options.tls_key.string(), options.tls_certificate.string())};
    }
    use_tls = true;
    return {};
}

Status HttpServer::Impl::listen() {
    error_code error;
    std::string text = options.address == "localhost" ? "127.0.0.1" : options.address;
    auto address = asio::ip::make_address(text, error);
    if (error) {
        return Error{Code::invalid_argument,
                     fmt::format("\"{}\" is not an IP address to listen on; configure one such as "
                                 "127.0.0.1, or 0.0.0.0 for all",
                                 options.address)};
    }
    tcp::endpoint endpoint(address, options.port);
    acceptor.open(endpoint.protocol(), error);
    // A restart must not wait for connections of the former process to time out.
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
        error_code ignored;
        acceptor.close(ignored);
        return cannot_listen(endpoint, error);
    }
    bound_port = acceptor.local_endpoint(error).port();
    return {};
}

void HttpServer::Impl::accept() {
    acceptor.async_accept(asio::make_strand(io), [this](error_code error, tcp::socket socket) {
        if (error == asio::error::operation_aborted) return;
        if (error) {
            // Out of file descriptors, most likely: they come back as connections end.
            log_warn("gateway", "cannot accept a connection: {}", error.message());
            accept_pause.expires_after(k_accept_pause);
            accept_pause.async_wait([this](error_code aborted) {
                if (!aborted) accept();
            });
            return;
        }
        on_accept(std::move(socket));
        accept();
    });
}

void HttpServer::Impl::on_accept(tcp::socket socket) {
    error_code ignored;
    const std::size_t open = host.size();
    const std::uint64_t reserve = std::min(k_other_files, files / 4);
    const std::uint64_t left = files_left(socket);
    // Some are told why; whoever comes beyond that is closed without a word.
    if (open >= options.max_connections + k_told_at_once || left < reserve / 2) {
        socket.close(ignored);
        return;
    }
    // Answers are written at once: there is nothing to wait for.
    socket.set_option(tcp::no_delay(true), ignored);
    const net::IpAddress client = address_of(socket);
    const std::size_t others = host.size_of(client);
    const std::size_t most = most_of(client);
    if (others >= most + k_told_at_once) {
        socket.close(ignored);
        return;
    }
    const bool full = open >= options.max_connections || left < reserve || others >= most;
    auto session = use_tls ? make_tls_session(host, std::move(socket), tls)
                           : make_session(host, std::move(socket));
    session->client = client;
    host.add(session);
    full ? session->turn_away() : session->start();
}

/// How many connections one address may have.
std::size_t HttpServer::Impl::most_of(const net::IpAddress& client) const {
    constexpr std::size_t k_no_limit = std::numeric_limits<std::size_t>::max() / 2;
    if (options.max_connections_per_address) {
        const std::size_t most = *options.max_connections_per_address;
        return most == 0 ? k_no_limit : most;
    }
    // A proxy on this machine stands for all clients.
    if (net::internal_kind(client) == "loopback") return k_no_limit;
    return std::max<std::size_t>(1, options.max_connections / 4);
}

/// The system gives the lowest number that is free, so a high one says that few are left.
std::uint64_t HttpServer::Impl::files_left(tcp::socket& socket) const {
    const auto number = static_cast<std::uint64_t>(socket.native_handle());
    return files > number ? files - number : 0;
}

void HttpServer::Impl::stop() {
    if (!started || stopped) return;
    stopped = true;
    mailbox->close();
    io.stop();
    for (std::thread& thread : threads) thread.join();
    error_code ignored;
    acceptor.close(ignored);
    host.abort_all();
    service.close();
}

HttpServer::HttpServer(HttpServerOptions options, Backend& backend, Executor& work)
    : impl_(std::make_unique<Impl>(std::move(options), backend, work)) {}

HttpServer::~HttpServer() { stop(); }

Status HttpServer::start() { return impl_->start(); }

void HttpServer::stop() { impl_->stop(); }

void HttpServer::answer_forwarded(Request request, const Reply& reply) {
    Service& service = impl_->service;
    forwards_taken(service.backend()).add();
    request.forwarded = true;
    request.path.clear();  // of the router of the other node, where that is in this process
    request.query.clear();
    request.client = {};  // the node that asks is not whom it asks for
    if (request.method == k_socket_method || request.method == k_message_method) {
        auto shared = std::make_shared<Request>(std::move(request));
        return service.work().run([this, shared, reply] {
            auto answer = std::make_shared<Response>(
                impl_->far_sockets.answer(impl_->service, std::move(*shared)));
            reply([answer] { return std::move(*answer); });
        });
    }
    serve(service, std::move(request), [&service, reply](MakeResponse make) {
        service.work().run([reply, make = std::move(make)] { reply(make); });
    });
}

std::uint16_t HttpServer::port() const { return impl_->bound_port; }

std::string HttpServer::url() const {
    const std::string& address = impl_->options.address;
    bool v6 = address.find(':') != std::string::npos;
    return fmt::format("{}://{}{}{}:{}", impl_->use_tls ? "https" : "http", v6 ? "[" : "", address,
                       v6 ? "]" : "", impl_->bound_port);
}

}  // namespace bsn::gateway
