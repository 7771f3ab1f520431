#pragma once
// The JSON-RPC of FISCO BCOS 2.x over groups: by HTTP, and as the channel protocol carries it.

#include "framework/chain.hpp"
#include "framework/fisco/methods.hpp"

namespace bsn::framework::fisco {

/// Any thread may call any member. The groups outlive it, and all that is still to be answered.
class FiscoRpc final : public ClientRpc {
  public:
    explicit FiscoRpc(const Groups& groups);

    const Groups& groups() const { return groups_; }

    void answer(std::string request, Reply reply) override;
    /// The same for a client that is told later: a submitted transaction is answered by its hash at
    /// once, and its receipt, or a receipt that says why there is none, goes to `notify` after the
    /// answer.
    void answer(std::string_view request, Reply reply, Notify notify) const;
    /// FISCO's clients have no subscriptions by JSON-RPC.
    std::unique_ptr<RpcConnection> connect(Send) override { return nullptr; }

  private:
    const Groups& groups_;
    rpc::Methods methods_;  ///< with submission as by HTTP
    const rpc::Limits limits_;
};

}  // namespace bsn::framework::fisco
