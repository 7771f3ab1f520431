#include "framework/fisco/fisco_rpc.hpp"

#include "framework/fisco/status.hpp"

#include <mutex>

namespace bsn::framework::fisco {
namespace {

/// Holds notifications back until the answer has gone: a client takes the first of the two for the
/// answer. Any thread.
class AfterAnswer {
  public:
    AfterAnswer(ClientRpc::Reply reply, Notify notify)
        : reply_(std::move(reply)), notify_(std::move(notify)) {}

    void answer(std::string text) {
        reply_(std::move(text));
        std::unique_lock lock(mutex_);
        answered_ = true;
        std::vector<std::string> held;
        held.swap(held_);
        lock.unlock();
        for (std::string& one : held) notify_(std::move(one));
    }
    void notify(std::string text) {
        std::unique_lock lock(mutex_);
        if (!answered_) return held_.push_back(std::move(text));
        lock.unlock();
        notify_(std::move(text));
    }

  private:
    const ClientRpc::Reply reply_;
    const Notify notify_;
    std::mutex mutex_;
    bool answered_ = false;
    std::vector<std::string> held_;
};

rpc::Wording wording() {
    return {"METHOD_NOT_FOUND: The method being requested is not available on this server",
            "JSON_PARSE_ERROR: The JSON-Object is not JSON-Valid",
            "INVALID_REQUEST: The JSON sent is not a valid Request object"};
}

}  // namespace

FiscoRpc::FiscoRpc(const Groups& groups) : groups_(groups) {
    methods_.set_wording(wording());
    add_block_methods(methods_, groups_);
    add_transaction_methods(methods_, groups_);
    add_node_methods(methods_, groups_);
    add_submit_methods(methods_, groups_, nullptr);
}

void FiscoRpc::answer(std::string request, Reply reply) {
    rpc::answer(methods_, limits_, request, std::move(reply));
}

void FiscoRpc::answer(std::string_view request, Reply reply, Notify notify) const {
    auto order = std::make_shared<AfterAnswer>(std::move(reply), std::move(notify));
    rpc::Methods told_later(&methods_);
    add_submit_methods(told_later, groups_,
                       [order](std::string receipt) { order->notify(std::move(receipt)); });
    rpc::answer(told_later, limits_, request,
                [order](std::string text) { order->answer(std::move(text)); });
}

}  // namespace bsn::framework::fisco
