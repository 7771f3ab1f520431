#include "node/cometbft_dialer.hpp"

#include "base/files.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <arpa/inet.h>
#include <atomic>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bsn::node {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

/// Stands for a CometBFT: answers each call of its JSON-RPC with what the test wants.
class FakeRpc {
  public:
    explicit FakeRpc(Json net_info) : net_info_(std::move(net_info)) {
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

    std::vector<Json> calls() {
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
        Json call;
        while (!call.is_object()) {
            const ssize_t got = ::read(connection.get(), room.data(), room.size());
            if (got <= 0) return;
            request.append(room.data(), static_cast<std::size_t>(got));
            const std::size_t body = request.find("\r\n\r\n");
            if (body == std::string::npos) continue;
            call = Json::parse(request.substr(body + 4), nullptr, false);
        }
        const bool asks = call["method"] == "net_info";
        {
            std::lock_guard lock(mutex_);
            calls_.push_back(call);
        }
        const std::string text = Json{{"result", asks ? net_info_ : Json::object()}}.dump();
        const std::string response = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " +
                                     std::to_string(text.size()) + "\r\n\r\n" + text;
        EXPECT_GT(::write(connection.get(), response.data(), response.size()), 0);
    }

    const Json net_info_;
    FileHandle listening_;
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;
    std::vector<Json> calls_;
    std::thread thread_;
};

Json connected_to(const std::vector<std::string>& ids) {
    Json peers = Json::array();
    for (const std::string& id : ids) peers.push_back({{"node_info", {{"id", id}}}});
    return {{"n_peers", std::to_string(ids.size())}, {"peers", peers}};
}

/// The calls that came until there were so many.
std::vector<Json> calls_of(FakeRpc& rpc, std::size_t count) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (rpc.calls().size() < count && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(2ms);
    }
    return rpc.calls();
}

TEST(CometbftDialer, WhoIsMissingIsDialled) {
    FakeRpc rpc(connected_to({"aa"}));
    const CometbftDialer dialer({false, "127.0.0.1", rpc.port}, {"aa@a:1", "bb@b:2"}, 5ms);
    const std::vector<Json> calls = calls_of(rpc, 4);
    ASSERT_GE(calls.size(), 4U);
    EXPECT_EQ(calls[0]["method"], "net_info");
    EXPECT_EQ(calls[1]["method"], "dial_peers");
    EXPECT_EQ(calls[1]["params"]["peers"], Json::array({"bb@b:2"}));
    EXPECT_EQ(calls[3]["method"], "dial_peers") << "again and again";
}

TEST(CometbftDialer, NobodyIsDialledTwice) {
    FakeRpc rpc(connected_to({"aa", "bb"}));
    const CometbftDialer dialer({false, "127.0.0.1", rpc.port}, {"aa@a:1", "bb@b:2"}, 5ms);
    for (const Json& call : calls_of(rpc, 3)) EXPECT_EQ(call["method"], "net_info");
}

TEST(CometbftDialer, AnswersOfAnotherFormAreNoHarm) {
    for (const Json& strange : {Json(), Json(7), Json{{"peers", 7}}, Json{{"peers", {7, "x"}}},
                                Json{{"peers", {{{"node_info", 7}}}}}}) {
        FakeRpc rpc(strange);
        const CometbftDialer dialer({false, "127.0.0.1", rpc.port}, {"aa@a:1"}, 5ms);
        EXPECT_GE(calls_of(rpc, 2).size(), 2U) << strange;
    }
}

TEST(CometbftDialer, PeersThatComeLaterAreDialledAtOnce) {
    FakeRpc rpc(connected_to({"aa"}));
    CometbftDialer dialer({false, "127.0.0.1", rpc.port}, {}, 1h);
    dialer.set_peers({"aa@a:1", "bb@b:2"});
    const std::vector<Json> calls = calls_of(rpc, 2);
    ASSERT_EQ(calls.size(), 2U) << "nobody is asked about nobody";
    EXPECT_EQ(calls[1]["params"]["peers"], Json::array({"bb@b:2"}));
    dialer.set_peers({"cc@c:3"});
    EXPECT_EQ(calls_of(rpc, 4).at(3)["params"]["peers"], Json::array({"cc@c:3"}));
}

}  // namespace
}  // namespace bsn::node
