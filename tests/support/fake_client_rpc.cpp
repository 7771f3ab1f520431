#include "support/fake_backend.hpp"

namespace bsn::testing {
namespace {

constexpr std::size_t k_flood_text_bytes = 64U << 10;

class FakeConnection final : public framework::RpcConnection {
  public:
    FakeConnection(FakeClientRpc& rpc, framework::ClientRpc::Send send,
                   std::shared_ptr<std::atomic<std::size_t>> count)
        : rpc_(rpc), send_(std::move(send)), count_(std::move(count)) {
        ++*count_;
    }
    ~FakeConnection() override { --*count_; }

    void receive(std::string message) override {
        if (message.starts_with("flood ")) {
            for (int left = std::stoi(message.substr(6)); left > 0; --left) {
                send_(std::string(k_flood_text_bytes, 'x'));
            }
            return;
        }
        rpc_.answer(message, send_);
        if (message.starts_with("notify ")) send_(message.substr(7));
    }

  private:
    FakeClientRpc& rpc_;
    const framework::ClientRpc::Send send_;
    const std::shared_ptr<std::atomic<std::size_t>> count_;
};

}  // namespace

void FakeClientRpc::answer(std::string request, Reply reply) {
    if (request == "silent") return reply("");
    if (request == "hold") {
        std::lock_guard lock(mutex_);
        held_.push_back(std::move(reply));
        return;
    }
    reply("echo " + request);
}

std::unique_ptr<framework::RpcConnection> FakeClientRpc::connect(Send send) {
    return std::make_unique<FakeConnection>(*this, std::move(send), connections_);
}

void FakeClientRpc::release() {
    std::vector<Reply> held;
    {
        std::lock_guard lock(mutex_);
        held.swap(held_);
    }
    for (const Reply& reply : held) reply("released");
}

std::size_t FakeClientRpc::held() const {
    std::lock_guard lock(mutex_);
    return held_.size();
}

}  // namespace bsn::testing
