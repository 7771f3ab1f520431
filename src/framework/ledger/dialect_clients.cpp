#include "framework/ledger/dialect_clients.hpp"

#include "framework/ethereum/ethereum_rpc.hpp"
#include "framework/fisco/fisco_rpc.hpp"
#include "framework/ledger/ethereum_reader.hpp"
#include "framework/ledger/fisco_reader.hpp"

namespace bsn::framework {
namespace {

class EthereumClients final : public DialectClients {
  public:
    EthereumClients(peer::Replica& replica, const Prover& prover, SubmitDecoded submit,
                    Executor& executor, const Clock& clock, ClientLimits limits)
        : reader_(replica, prover, std::move(limits)),
          pool_(reader_, std::move(submit), executor, clock),
          rpc_(reader_, pool_, executor, clock) {}

    ClientRpc& rpc() override { return rpc_; }
    Result<std::uint64_t> pending_nonce(const ledger::Address& account) const override {
        return pool_.pending_nonce(account);
    }
    void tick() override { pool_.tick(); }
    void close() override {
        pool_.close();
        rpc_.close();
    }

  private:
    EthereumReader reader_;
    ethereum::TransactionPool pool_;
    ethereum::EthereumRpc rpc_;
};

class FiscoClients final : public DialectClients {
  public:
    FiscoClients(peer::Replica& replica, const Prover& prover, Chain& chain,
                 const ordering::NodeIdentity& own, ClientLimits limits)
        : reader_(replica, prover, chain, own, std::move(limits)),
          group_(reader_, "bsn"),
          rpc_(group_) {}

    ClientRpc& rpc() override { return rpc_; }
    fisco::ChainReader* group() override { return &reader_; }
    Result<std::uint64_t> pending_nonce(const ledger::Address& /*account*/) const override {
        return std::uint64_t{0};
    }
    void tick() override {}
    void close() override {}

  private:
    FiscoReader reader_;
    fisco::OneGroup group_;
    fisco::FiscoRpc rpc_;
};

}  // namespace

std::unique_ptr<DialectClients> make_dialect_clients(peer::Replica& replica, const Prover& prover,
                                                     Chain& chain, SubmitDecoded submit,
                                                     Executor& executor, const Clock& clock,
                                                     const ordering::NodeIdentity& own,
                                                     ClientLimits limits) {
    if (replica.machine()->settings().dialect == ledger::Dialect::fisco) {
        return std::make_unique<FiscoClients>(replica, prover, chain, own, std::move(limits));
    }
    return std::make_unique<EthereumClients>(replica, prover, std::move(submit), executor, clock,
                                             std::move(limits));
}

}  // namespace bsn::framework
