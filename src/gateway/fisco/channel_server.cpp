#include "gateway/fisco/channel_server.hpp"

#include "base/log.hpp"
#include "gateway/fisco/block_watch.hpp"
#include "gateway/fisco/message_exchange.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>

#include <thread>

namespace bsn::gateway::fisco {

using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds k_accept_pause{100};
constexpr std::chrono::milliseconds k_look_again{500};

Error cannot_listen(const ChannelOptions& options, const std::string& why) {
    return {Code::unavailable,
            fmt::format("cannot listen on {} port {} for FISCO BCOS SDKs: {}; stop whoever uses "
                        "it, or configure another address under `fisco`",
                        options.address, options.port, why)};
}

Error bad_tls(std::string_view what, const error_code& error) {
    return {Code::invalid_argument,
            fmt::format("cannot use the {} for FISCO BCOS SDKs: {}", what, error.message())};
}

}  // namespace

struct ChannelServer::Impl {
    Impl(ChannelOptions wanted, const framework::fisco::Groups& groups, Executor& executor,
         const GroupTraffic* traffic)
        : options(std::move(wanted)),
          rpc(groups),
          work(executor),
          mailbox(std::make_shared<Mailbox>()),
          host{options, rpc, work, mailbox, nullptr, {}, traffic},
          messages(host),
          blocks(host) {
        host.messages = &messages;
    }

    Status start();
    Status prepare_tls();
    Status listen();
    void accept();
    void look_around();
    void stop();

    // In this order: what is below may refer to what is above, and goes first. Sessions go with the
    // handlers that the io context still holds.
    const ChannelOptions options;
    framework::fisco::FiscoRpc rpc;
    Work work;
    const std::shared_ptr<Mailbox> mailbox;
    ChannelHost host;
    MessageExchange messages;
    BlockWatch blocks;
    asio::ssl::context tls{asio::ssl::context::tls_server};
    asio::io_context io;
    tcp::acceptor acceptor{io};
    asio::steady_timer accept_pause{io};
    asio::steady_timer look_timer{io};
    std::thread thread;
    std::uint16_t bound_port = 0;
    bool started = false;
    bool stopped = false;
};

Status ChannelServer::Impl::start() {
    ensure(!started, "a channel server starts once");
    BSN_CHECK(prepare_tls());
    BSN_CHECK(listen());
    started = true;
    mailbox->open(io);
    accept();
    look_around();
    thread = std::thread([this] { io.run(); });
    return {};
}

Status ChannelServer::Impl::prepare_tls() {
    error_code error;
    tls.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                        asio::ssl::context::no_tlsv1_1,
                    error);
    tls.set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert, error);
    tls.add_certificate_authority(asio::buffer(options.authority), error);
    if (error) return bad_tls("authority", error);
    tls.use_certificate_chain(asio::buffer(options.certificate), error);
    if (error) return bad_tls("certificate", error);
    tls.use_private_key(asio::buffer(options.key), asio::ssl::context::pem, error);
    if (error) return bad_tls("key", error);
    if (SSL_CTX_check_private_key(tls.native_handle()) != 1) {
        return Error{Code::invalid_argument,
                     "the key for FISCO BCOS SDKs is not the key of its certificate"};
    }
    // Who resumes a session would not show a certificate again.
    SSL_CTX_set_session_cache_mode(tls.native_handle(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(tls.native_handle(), 0);
    SSL_CTX_set_options(tls.native_handle(), SSL_OP_NO_TICKET);
    return {};
}

Status ChannelServer::Impl::listen() {
    error_code error;
    auto address = asio::ip::make_address(
        options.address == "localhost" ? "127.0.0.1" : options.address, error);
    if (error) {
        return Error{Code::invalid_argument,
                     fmt::format("\"{}\" is not an IP address to listen on; configure one such as "
                                 "127.0.0.1, or 0.0.0.0 for all",
                                 options.address)};
    }
    const tcp::endpoint endpoint(address, options.port);
    acceptor.open(endpoint.protocol(), error);
    // A restart must not wait for connections of the former process to time out.
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
        const std::string why = error.message();
        acceptor.close(error);
        return cannot_listen(options, why);
    }
    bound_port = acceptor.local_endpoint(error).port();
    return {};
}

void ChannelServer::Impl::accept() {
    acceptor.async_accept([this](error_code error, tcp::socket socket) {
        if (error == asio::error::operation_aborted) return;
        if (error) {
            // Out of file descriptors, most likely: they come back as connections end.
            log_warn("gateway", "cannot accept a channel connection: {}", error.message());
            accept_pause.expires_after(k_accept_pause);
            accept_pause.async_wait([this](error_code aborted) {
                if (!aborted) accept();
            });
            return;
        }
        if (host.sessions.size() < options.max_connections) {
            socket.set_option(tcp::no_delay(true), error);
            auto session = std::make_shared<ChannelSession>(host, std::move(socket), tls);
            host.sessions.emplace(session.get(), session);
            session->start();
        }
        accept();
    });
}

void ChannelServer::Impl::look_around() {
    blocks.look_for_groups();
    messages.check_time();
    std::vector<std::shared_ptr<ChannelSession>> sessions;
    for (const auto& [key, session] : host.sessions) sessions.push_back(session);
    for (const auto& session : sessions) {
        session->check_silence();
        session->pump_events();
    }
    look_timer.expires_after(std::min(k_look_again, options.message_timeout));
    look_timer.async_wait([this](error_code error) {
        if (!error) look_around();
    });
}

void ChannelServer::Impl::stop() {
    if (!started || stopped) return;
    stopped = true;
    mailbox->close();
    io.stop();
    thread.join();
    error_code ignored;
    acceptor.close(ignored);
    while (!host.sessions.empty()) {
        auto session = host.sessions.begin()->second;
        session->end();
    }
    work.close();
}

ChannelServer::ChannelServer(ChannelOptions options, const framework::fisco::Groups& groups,
                             Executor& work, const GroupTraffic* traffic)
    : impl_(std::make_unique<Impl>(std::move(options), groups, work, traffic)) {}

ChannelServer::~ChannelServer() { stop(); }

Status ChannelServer::start() { return impl_->start(); }

void ChannelServer::stop() { impl_->stop(); }

std::uint16_t ChannelServer::port() const { return impl_->bound_port; }

}  // namespace bsn::gateway::fisco
