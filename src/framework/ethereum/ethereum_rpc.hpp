#pragma once
// Ethereum's JSON-RPC over a chain: what wallets, SDKs and block explorers speak.

#include "framework/ethereum/filters.hpp"
#include "framework/ethereum/subscriptions.hpp"

namespace bsn::framework::ethereum {

struct RpcLimits {
    rpc::Limits requests;
    FilterLimits filters;
    std::size_t most_subscriptions = 128;  ///< of one connection
};

/// The RPC of one chain. Any thread. Reader, pool, executor and clock outlive it.
class EthereumRpc final : public ClientRpc {
  public:
    EthereumRpc(ChainReader& reader, TransactionPool& pool, Executor& executor, const Clock& clock,
                const RpcLimits& limits = {});
    ~EthereumRpc() override;

    void answer(std::string request, Reply reply) override;
    std::unique_ptr<RpcConnection> connect(Send send) override;

    const rpc::Methods& methods() const { return methods_; }
    /// Ends all subscriptions; waits for what is being told.
    void close();

  private:
    const RpcLimits limits_;
    const std::shared_ptr<Subscriptions> subscriptions_;
    rpc::Methods methods_;
};

}  // namespace bsn::framework::ethereum
