#pragma once
// A JSON-RPC server for tests, in place of a CometBFT's.

#include "base/files.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <arpa/inet.h>
#include <array>
#include <atomic>
#include <functional>
#include <mutex>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace bsn::testing {

/// Stands for a CometBFT: answers each call of its JSON-RPC with what the test wants.
class FakeRpc {
  public:
    /// What a call is answered, given as `{"result": …}` or `{"error": …}`. On the server's thread.
    using Answer =
        std::function<nlohmann::json(const std::string& method, const nlohmann::json& parameters)>;

    explicit FakeRpc(Answer answer) : answer_(std::move(answer)) {
        listening_ = FileHandle(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* general = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(listening_.get(), general, size), 0);
        EXPECT_EQ(::listen(listening_.get(), 8), 0);
        EXPECT_EQ(::getsockname(listening_.get(), general, &size), 0);
        port = ntohs(address.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~FakeRpc() {
        stopping_ = true;
        thread_.join();
    }

    std::vector<nlohmann::json> calls() {
        std::lock_guard lock(mutex_);
        return calls_;
    }

    std::uint16_t port = 0;

  private:
    void serve() {
        while (!stopping_) {
            pollfd waiting{listening_.get(), POLLIN, 0};
            if (::poll(&waiting, 1, 10) <= 0) continue;
            answer(FileHandle(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
        }
    }

    // One request a connection; requests are small and end with their JSON.
    void answer(const FileHandle& connection) {
        std::string request;
        std::array<char, 4096> room{};
        nlohmann::json call;
        while (!call.is_object()) {
            const ssize_t got = ::read(connection.get(), room.data(), room.size());
            if (got <= 0) return;
            request.append(room.data(), static_cast<std::size_t>(got));
            const std::size_t body = request.find("\r\n\r\n");
            if (body == std::string::npos) continue;
            call = nlohmann::json::parse(request.substr(body + 4), nullptr, false);
        }
        {
            std::lock_guard lock(mutex_);
            calls_.push_back(call);
        }
        nlohmann::json answered = answer_(call["method"], call["params"]);
        if (call.contains("id")) answered["id"] = call["id"];
        const std::string text = answered.dump();
        const std::string response = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " +
                                     std::to_string(text.size()) + "\r\n\r\n" + text;
        for (std::size_t sent = 0; sent < response.size();) {
            const ssize_t now =
                ::write(connection.get(), response.data() + sent, response.size() - sent);
            if (now <= 0) return;
            sent += static_cast<std::size_t>(now);
        }
    }

    const Answer answer_;
    FileHandle listening_;
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;
    std::vector<nlohmann::json> calls_;
    std::thread thread_;
};

}  // namespace bsn::testing
