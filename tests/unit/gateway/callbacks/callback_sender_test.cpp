// One callback, over a socket.
#include "gateway/callbacks/callback_sender.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <atomic>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace bsn::testing {
namespace {

using gateway::CallbackGuard;
using gateway::CallbackSender;

/// Gives each connection the same answer, and keeps what came last.
class CannedServer {
  public:
    explicit CannedServer(std::string answer) : answer_(std::move(answer)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address);
        listen(socket_, 10);
        socklen_t size = sizeof address;
        getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~CannedServer() {
        shutdown(socket_, SHUT_RDWR);
        thread_.join();
        close(socket_);
    }
    std::string url(const std::string& host = "127.0.0.1") const {
        return fmt::format("http://{}:{}/told?a=1", host, port_);
    }
    std::uint16_t port() const { return port_; }
    int connections() const { return connections_; }
    std::string received() const { return received_; }

  private:
    void serve() {
        for (;;) {
            const int one = accept(socket_, nullptr, nullptr);
            if (one < 0) return;
            ++connections_;
            std::string request(10'000, '\0');
            const auto size = recv(one, request.data(), request.size(), 0);
            request.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
            received_ = request;
            send(one, answer_.data(), answer_.size(), MSG_NOSIGNAL);
            close(one);
        }
    }

    const std::string answer_;
    int socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
    std::uint16_t port_ = 0;
    std::atomic<int> connections_{0};
    std::string received_;
    std::thread thread_;
};

std::string answer_of(std::string_view status, std::string_view body) {
    return fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n\r\n{}", status, body.size(), body);
}

const CallbackGuard& open_guard() {
    static const CallbackGuard k_guard({.allow = {*net::IpNetwork::parse("127.0.0.0/8")}});
    return k_guard;
}

Status send_to(const CannedServer& server) {
    return CallbackSender(open_guard(), "").send(server.url(), "{}");
}

TEST(CallbackSender, PostsAndWantsSuccess) {
    CannedServer server(answer_of("200 OK", "{\"answer\":\"success\"}"));
    Status sent = send_to(server);
    ASSERT_TRUE(sent.ok()) << sent.error().message;
    const std::string head = server.received();
    EXPECT_TRUE(head.starts_with("POST /told?a=1 HTTP/1.1\r\n")) << head;
    EXPECT_NE(head.find(fmt::format("Host: 127.0.0.1:{}\r\n", server.port())), std::string::npos);
    EXPECT_NE(head.find("Content-Type: application/json\r\n"), std::string::npos);
    EXPECT_NE(head.find("Content-Length: 2\r\n"), std::string::npos);
    EXPECT_TRUE(send_to(CannedServer(answer_of("202 Accepted", "success"))).ok());
}

TEST(CallbackSender, EverythingElseIsAFailure) {
    EXPECT_FALSE(send_to(CannedServer(answer_of("200 OK", "ok"))).ok());
    EXPECT_FALSE(send_to(CannedServer(answer_of("200 OK", ""))).ok());
    EXPECT_FALSE(send_to(CannedServer(answer_of("500 Oops", "success"))).ok());
    EXPECT_FALSE(send_to(CannedServer("")).ok());
    EXPECT_FALSE(send_to(CannedServer("success")).ok());
    EXPECT_FALSE(
        send_to(CannedServer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsuccess")).ok());
    EXPECT_FALSE(send_to(CannedServer("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x'))).ok());
    const std::string large = "success" + std::string(CallbackSender::k_most_bytes, 'x');
    EXPECT_EQ(send_to(CannedServer(answer_of("200 OK", large))).error().code, Code::too_large);
    EXPECT_FALSE(CallbackSender(open_guard(), "").send("http://127.0.0.1:1/", "{}").ok());
}

TEST(CallbackSender, FollowsNoRedirection) {
    CannedServer other(answer_of("200 OK", "success"));
    CannedServer server(
        fmt::format("HTTP/1.1 307 Elsewhere\r\nLocation: {}\r\nContent-Length: 7\r\n"
                    "\r\nsuccess",
                    other.url()));
    EXPECT_FALSE(send_to(server).ok());
    EXPECT_EQ(server.connections(), 1);
    EXPECT_EQ(other.connections(), 0);
}

TEST(CallbackSender, ConnectsToNothingThatTheGuardRefuses) {
    CannedServer server(answer_of("200 OK", "success"));
    const CallbackGuard strict({.allow = {*net::IpNetwork::parse("10.0.0.0/8")}});
    for (const char* host : {"127.0.0.1", "localhost", "0x7f.1", "2130706433"}) {
        Status sent = CallbackSender(strict, "").send(server.url(host), "{}");
        ASSERT_FALSE(sent.ok()) << host;
        EXPECT_EQ(sent.error().code, Code::forbidden) << host;
    }
    EXPECT_EQ(server.connections(), 0);
}

// What is judged is what is connected to: there is one look-up, whose answer both see.
TEST(CallbackSender, ConnectsToTheVeryAddressThatWasJudged) {
    CannedServer server(answer_of("200 OK", "success"));
    int looked_up = 0;
    std::vector<net::IpAddress> next;
    auto resolve = [&](const std::string& host) {
        EXPECT_EQ(host, "moves.example");
        ++looked_up;
        return Result<std::vector<net::IpAddress>>(next);
    };
    const CallbackGuard guard({.allow = {*net::IpNetwork::parse("127.0.0.1")}},
                              {.resolve = resolve});
    const std::string url = server.url("moves.example");
    next = {*net::IpAddress::parse("127.0.0.1")};
    Status sent = CallbackSender(guard, "").send(url, "{}");
    EXPECT_TRUE(sent.ok()) << sent.error().message;
    EXPECT_EQ(looked_up, 1);
    EXPECT_EQ(server.connections(), 1);
    // Rebound to another of the machine's own, or to both.
    next = {*net::IpAddress::parse("127.0.0.2")};
    EXPECT_EQ(CallbackSender(guard, "").send(url, "{}").error().code, Code::forbidden);
    next = {*net::IpAddress::parse("127.0.0.1"), *net::IpAddress::parse("127.0.0.2")};
    EXPECT_EQ(CallbackSender(guard, "").send(url, "{}").error().code, Code::forbidden);
    EXPECT_EQ(server.connections(), 1);
}

// A name that was good when it was registered may lead inside later.
TEST(CallbackSender, JudgesAddressesEachTimeTheyAreLookedUp) {
    CannedServer server(answer_of("200 OK\r\nConnection: close", "success"));
    int judged = 0;
    net::HttpConnection connection({false, "127.0.0.1", server.port()}, "",
                                   [&judged](const net::IpAddress& address) -> Status {
                                       EXPECT_EQ(address.text(), "127.0.0.1");
                                       if (++judged == 1) return {};
                                       return Error{Code::forbidden, "it moved"};
                                   });
    EXPECT_TRUE(connection.send({.target = "/"}, 5'000).ok());
    auto again = connection.send({.target = "/"}, 5'000);
    ASSERT_FALSE(again.ok());
    EXPECT_EQ(again.error().code, Code::forbidden);
    EXPECT_EQ(judged, 2);
    EXPECT_EQ(server.connections(), 1);
}

}  // namespace
}  // namespace bsn::testing
