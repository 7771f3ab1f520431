#include "node/order_service.hpp"

#include "base/log.hpp"

#include <chrono>

namespace bsn::node {
namespace {

namespace proto = ::bsn::order::v1;

/// How often a call that waits looks whether its caller has gone.
constexpr auto k_look_again = std::chrono::milliseconds(500);
constexpr auto k_ask_again = std::chrono::milliseconds(20);
/// CometBFT gives a block within milliseconds of its commit; one that stands still does not.
constexpr int k_most_asks = 100;
/// Of one node: the one that it uses, and those that it lost and that are not ended here yet.
constexpr unsigned k_most_calls = 4;
constexpr int k_most_envelopes = 4096;

grpc::Status denied() {
    return {grpc::StatusCode::PERMISSION_DENIED,
            "this network has no such city node, or has revoked it"};
}

grpc::StatusCode code_of(const Error& error) {
    switch (error.code) {
        case Code::overloaded: return grpc::StatusCode::RESOURCE_EXHAUSTED;
        case Code::unavailable: return grpc::StatusCode::UNAVAILABLE;
        default: return grpc::StatusCode::INVALID_ARGUMENT;
    }
}

}  // namespace

/// One of the calls that a node may have at a time.
class OrderService::Place {
  public:
    Place(OrderService& service, const ledger::NodeId& node) : service_(service), node_(node) {
        std::lock_guard lock(service_.mutex_);
        given_ = !service_.stopping_ && service_.calls_[node_] < k_most_calls;
        if (given_) ++service_.calls_[node_];
    }
    ~Place() {
        std::lock_guard lock(service_.mutex_);
        if (given_ && --service_.calls_[node_] == 0) service_.calls_.erase(node_);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    bool given() const { return given_; }

  private:
    OrderService& service_;
    const ledger::NodeId node_;
    bool given_ = false;
};

OrderService::OrderService(ordering::Orderer& orderer, net::Endpoint rpc, MayTalk may_talk)
    : orderer_(orderer), blocks_(std::move(rpc)), may_talk_(std::move(may_talk)) {}

void OrderService::consume(const ordering::OrderedHeight& ordered) {
    {
        std::lock_guard lock(mutex_);
        newest_ = ordered.height;
    }
    wake_.notify_all();
}

void OrderService::stop() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
}

Result<ledger::NodeId> OrderService::caller_of(const grpc::ServerContext& context) const {
    return node_of(*context.auth_context());
}

grpc::Status OrderService::Follow(grpc::ServerContext* context, const proto::From* from,
                                  grpc::ServerWriter<proto::Ordered>* writer) {
    auto caller = caller_of(*context);
    if (!caller) return {grpc::StatusCode::UNAUTHENTICATED, caller.error().message};
    if (from->height() == 0) {
        return {grpc::StatusCode::INVALID_ARGUMENT, "heights begin with 1"};
    }
    Place place(*this, *caller);
    if (!place.given()) {
        return {grpc::StatusCode::RESOURCE_EXHAUSTED, "this node follows often enough already"};
    }
    writer->SendInitialMetadata();
    return send_from(from->height(), *caller, *context, *writer);
}

grpc::Status OrderService::send_from(std::uint64_t height, const ledger::NodeId& caller,
                                     grpc::ServerContext& context,
                                     grpc::ServerWriter<proto::Ordered>& writer) {
    for (;; ++height) {
        const std::uint64_t newest = await_height(height, context);
        if (newest == 0) return {grpc::StatusCode::UNAVAILABLE, "this node stops"};
        // Asked for each block, so that a revocation counts at once.
        if (!may_talk_(caller)) return denied();
        auto block = block_at(height, context);
        if (!block) return {grpc::StatusCode::UNAVAILABLE, block.error().message};
        proto::Ordered message;
        message.set_newest(newest);
        message.mutable_block()->set_header(to_text((*block)->header));
        message.mutable_block()->set_commit(to_text((*block)->commit));
        for (const Bytes& transaction : (*block)->transactions) {
            message.mutable_block()->add_transactions(to_text(transaction));
        }
        if (!writer.Write(message)) return {};
    }
}

std::uint64_t OrderService::await_height(std::uint64_t height, const grpc::ServerContext& context) {
    std::unique_lock lock(mutex_);
    while (!stopping_ && newest_ < height) {
        if (context.IsCancelled()) return 0;
        wake_.wait_for(lock, k_look_again);
    }
    return stopping_ ? 0 : newest_;
}

Result<std::shared_ptr<const ordering::SignedBlock>> OrderService::block_at(
    std::uint64_t height, const grpc::ServerContext& context) {
    for (int asks = 1;; ++asks) {
        auto block = blocks_.at(height);
        if (block || asks == k_most_asks || context.IsCancelled()) return block;
        std::unique_lock lock(mutex_);
        wake_.wait_for(lock, k_ask_again, [this] { return stopping_; });
        if (stopping_) return block;
    }
}

grpc::Status OrderService::Submit(grpc::ServerContext* context, const proto::Envelopes* envelopes,
                                  proto::Taken*) {
    auto caller = caller_of(*context);
    if (!caller) return {grpc::StatusCode::UNAUTHENTICATED, caller.error().message};
    if (!may_talk_(*caller)) return denied();
    if (envelopes->envelopes_size() > k_most_envelopes) {
        return {grpc::StatusCode::INVALID_ARGUMENT, "too many envelopes at once"};
    }
    for (const std::string& envelope : envelopes->envelopes()) {
        Status taken = orderer_.submit(to_bytes(envelope));
        if (!taken) return {code_of(taken.error()), taken.error().message};
    }
    return {};
}

}  // namespace bsn::node
