#pragma once
// A client over plain sockets that can also misbehave: it sends exactly the bytes it is told to.

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <cctype>
#include <map>
#include <netinet/in.h>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace bsn::testing {

/// An answer as read.
struct Answer {
    int status = 0;
    std::map<std::string, std::string> headers;  ///< names in lower case
    std::string body;

    nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
    /// The error's code; empty if it is none.
    std::string code() const {
        auto parsed = json();
        return parsed.contains("error") ? parsed["error"].value("code", "") : "";
    }
    std::string message() const {
        auto parsed = json();
        return parsed.contains("error") ? parsed["error"].value("message", "") : "";
    }
};

using Headers = std::map<std::string, std::string>;

/// One connection. Nothing waits longer than ten seconds.
class TestClient {
  public:
    /// `from`: the address that it comes from; empty: as the system likes.
    explicit TestClient(std::uint16_t port, const char* from = "")
        : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        if (*from != '\0') {
            sockaddr_in own{};
            own.sin_family = AF_INET;
            inet_pton(AF_INET, from, &own.sin_addr);
            bind(socket_, reinterpret_cast<sockaddr*>(&own), sizeof own);
        }
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        timeval limit{10, 0};
        setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        connected_ = connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    }
    virtual ~TestClient() { close(); }
    TestClient(const TestClient&) = delete;
    TestClient& operator=(const TestClient&) = delete;

    bool connected() const { return connected_; }
    int socket() const { return socket_; }
    void close() {
        if (socket_ >= 0) ::close(socket_);
        socket_ = -1;
    }
    /// Says that nothing more will be sent.
    void finish_sending() const { shutdown(socket_, SHUT_WR); }

    /// False if the connection broke.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            auto sent = write_some(bytes);
            if (sent <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    static std::string encode(std::string_view method, std::string_view target,
                              const Headers& headers, std::string_view body) {
        std::string text = std::string(method) + " " + std::string(target) + " HTTP/1.1\r\n";
        text += "Host: test\r\n";
        for (const auto& [name, value] : headers) {
            text.append(name).append(": ").append(value).append("\r\n");
        }
        if (!body.empty() || method == "POST") {
            text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
        }
        return text + "\r\n" + std::string(body);
    }

    Answer get(std::string_view target, const Headers& headers = {}) {
        return call("GET", target, headers, "");
    }
    Answer post(std::string_view target, std::string_view type, std::string_view body,
                Headers headers = {}) {
        headers["Content-Type"] = type;
        return call("POST", target, headers, body);
    }
    Answer call(std::string_view method, std::string_view target, const Headers& headers,
                std::string_view body) {
        if (!send(encode(method, target, headers, body))) return {};
        return read_answer();
    }

    /// Reads status and header; status 0 if the connection ended before.
    Answer read_head() {
        auto end = read_until("\r\n\r\n");
        if (!end) return {};
        std::string head = received_.substr(0, *end);
        received_.erase(0, *end);
        Answer answer;
        answer.status = std::atoi(head.substr(head.find(' ') + 1).c_str());
        std::size_t at = head.find("\r\n") + 2;
        while (at < head.size() - 2) {
            std::size_t line_end = head.find("\r\n", at);
            std::string line = head.substr(at, line_end - at);
            std::size_t colon = line.find(':');
            std::string name = line.substr(0, colon);
            for (char& c : name) c = static_cast<char>(std::tolower(c));
            answer.headers[name] = line.substr(colon + 2);
            at = line_end + 2;
        }
        return answer;
    }

    /// Reads an answer whole.
    Answer read_answer() {
        Answer answer = read_head();
        if (answer.headers.contains("content-length")) {
            auto size = static_cast<std::size_t>(std::stoul(answer.headers["content-length"]));
            while (received_.size() < size && receive()) continue;
            answer.body = received_.substr(0, size);
            received_.erase(0, size);
        } else if (answer.headers["transfer-encoding"] == "chunked") {
            while (auto chunk = read_chunk()) {
                if (chunk->empty()) break;
                answer.body += *chunk;
            }
        }
        return answer;
    }

    /// The next chunk; empty at the end, none if the connection ended.
    std::optional<std::string> read_chunk() {
        auto line = read_until("\r\n");
        if (!line) return std::nullopt;
        std::size_t size = std::stoul(received_.substr(0, *line), nullptr, 16);
        while (received_.size() < *line + size + 2) {
            if (!receive()) return std::nullopt;
        }
        std::string chunk = received_.substr(*line, size);
        received_.erase(0, *line + size + 2);
        return chunk;
    }

    /// Reads chunks until their text contains this; all of it.
    std::string read_chunks_until(std::string_view text) {
        std::string all;
        for (std::size_t searched = 0; all.find(text, searched) == std::string::npos;) {
            searched = all.size() - std::min(all.size(), text.size());
            auto chunk = read_chunk();
            if (!chunk || chunk->empty()) return all + "[ended]";
            all += *chunk;
        }
        return all;
    }

    /// Whether the server closes the connection, within the time limit; discards what it sends.
    bool is_closed() {
        while (receive()) received_.clear();
        return !timed_out_;
    }

  protected:
    virtual ssize_t write_some(std::string_view bytes) {
        return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
    virtual ssize_t read_some(char* buffer, std::size_t size) {
        return recv(socket_, buffer, size, 0);
    }

  private:
    bool receive() {
        char buffer[16384];
        ssize_t got = read_some(buffer, sizeof buffer);
        if (got <= 0) {
            timed_out_ = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
            return false;
        }
        received_.append(buffer, static_cast<std::size_t>(got));
        return true;
    }
    /// Receives until the mark has come; where it ends.
    std::optional<std::size_t> read_until(std::string_view mark) {
        for (;;) {
            std::size_t at = received_.find(mark);
            if (at != std::string::npos) return at + mark.size();
            if (!receive()) return std::nullopt;
        }
    }

    int socket_;
    bool connected_ = false;
    bool timed_out_ = false;
    std::string received_;
};

}  // namespace bsn::testing
