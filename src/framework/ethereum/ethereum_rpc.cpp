#include "framework/ethereum/ethereum_rpc.hpp"

#include "framework/ethereum/methods.hpp"

#include <fmt/format.h>

#include <set>

namespace bsn::framework::ethereum {
namespace {

/// Holds what is sent while a request is being answered: a notification must not come before the
/// answer that names its subscription. Any thread.
class HeldBack {
  public:
    explicit HeldBack(ClientRpc::Send send) : send_(std::move(send)) {}

    void notify(std::string text) {
        std::lock_guard lock(mutex_);
        if (holding_) {
            held_.push_back(std::move(text));
        } else {
            send_(std::move(text));
        }
    }
    void answer(std::string text) {
        std::lock_guard lock(mutex_);
        if (!text.empty()) send_(std::move(text));
    }
    void hold() {
        std::lock_guard lock(mutex_);
        holding_ = true;
    }
    void release() {
        std::lock_guard lock(mutex_);
        holding_ = false;
        for (std::string& text : held_) send_(std::move(text));
        held_.clear();
    }

  private:
    std::mutex mutex_;
    const ClientRpc::Send send_;
    bool holding_ = false;
    std::vector<std::string> held_;
};

/// A connection: the chain's methods, and those by which it subscribes.
class Connection final : public RpcConnection {
  public:
    Connection(const rpc::Methods& methods, const RpcLimits& limits,
               std::shared_ptr<Subscriptions> subscriptions, ClientRpc::Send send)
        : limits_(limits),
          subscriptions_(std::move(subscriptions)),
          out_(std::make_shared<HeldBack>(std::move(send))),
          methods_(&methods) {
        methods_.add("eth_subscribe", 2,
                     [this](const Params& params) { return subscribe(params); });
        methods_.add("eth_unsubscribe", 1,
                     [this](const Params& params) { return unsubscribe(params); });
    }
    ~Connection() override {
        for (const std::string& id : ids_) subscriptions_->remove(id);
    }

    void receive(std::string message) override {
        out_->hold();
        rpc::answer(methods_, limits_.requests, message,
                    [out = out_](std::string text) { out->answer(std::move(text)); });
        out_->release();
    }

  private:
    Answer<Json> subscribe(const Params& params) {
        const Json* name = params.find(0);
        if (name == nullptr || !name->is_string()) {
            return rpc::Failure(rpc::ErrorNumber::invalid_params,
                                "expected subscription name as first argument");
        }
        const auto& what = name->get_ref<const std::string&>();
        if (ids_.size() >= limits_.most_subscriptions) {
            return rpc::Failure(rpc::ErrorNumber::limit_exceeded,
                                fmt::format("a connection has at most {} subscriptions",
                                            limits_.most_subscriptions));
        }
        auto send = [out = out_](std::string text) { out->notify(std::move(text)); };
        std::string id;
        if (what == "newHeads") {
            id = subscriptions_->add_heads(send);
        } else if (what == "logs") {
            LogQuery query;
            if (params.find(1) != nullptr) {
                BSN_TRY(given, params.required(1, log_query_argument));
                query = std::move(given);
            }
            id = subscriptions_->add_logs(std::move(query.criteria), send);
        } else if (what == "newPendingTransactions") {
            id = subscriptions_->add_pending(send);
        } else if (what == "syncing") {
            id = subscriptions_->add_silent();
        } else {
            return rpc::Failure(
                rpc::ErrorNumber::method_not_found,
                fmt::format("no \"{}\" subscription in eth namespace", what.substr(0, 100)));
        }
        ids_.insert(id);
        return Json(id);
    }

    Answer<Json> unsubscribe(const Params& params) {
        BSN_TRY(id, params.required(0, rpc::text));
        if (ids_.erase(id) == 0) {
            return rpc::Failure(rpc::ErrorNumber::server, "subscription not found");
        }
        subscriptions_->remove(id);
        return Json(true);
    }

    const RpcLimits& limits_;
    const std::shared_ptr<Subscriptions> subscriptions_;
    const std::shared_ptr<HeldBack> out_;
    rpc::Methods methods_;
    std::set<std::string> ids_;
};

}  // namespace

EthereumRpc::EthereumRpc(ChainReader& reader, TransactionPool& pool, Executor& executor,
                         const Clock& clock, const RpcLimits& limits)
    : limits_(limits), subscriptions_(std::make_shared<Subscriptions>(reader, pool, executor)) {
    subscriptions_->start();
    add_node_methods(methods_, reader, pool);
    add_fee_methods(methods_, reader);
    add_state_methods(methods_, reader, pool);
    add_call_methods(methods_, reader);
    add_block_methods(methods_, reader, pool);
    add_log_methods(methods_, reader,
                    std::make_shared<Filters>(reader, pool, clock, limits.filters));
    add_pool_methods(methods_, reader, pool);
    for (const char* name : {"eth_subscribe", "eth_unsubscribe"}) {
        methods_.add(name, 2, [](const Params&) -> Answer<Json> {
            return rpc::Failure(rpc::ErrorNumber::method_not_found, "notifications not supported");
        });
    }
}

EthereumRpc::~EthereumRpc() { close(); }

void EthereumRpc::close() { subscriptions_->close(); }

void EthereumRpc::answer(std::string request, Reply reply) {
    // geth says nothing to a body of nothing.
    if (request.find_first_not_of(" \t\r\n") == std::string::npos) return reply({});
    rpc::answer(methods_, limits_.requests, request, std::move(reply));
}

std::unique_ptr<RpcConnection> EthereumRpc::connect(Send send) {
    return std::make_unique<Connection>(methods_, limits_, subscriptions_, std::move(send));
}

}  // namespace bsn::framework::ethereum
