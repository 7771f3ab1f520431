#pragma once
// The framework port over a replica of our own ledger.

#include "framework/ledger/dialect_clients.hpp"
#include "framework/naming.hpp"

namespace bsn::framework {

/// What finds a channel's creation on the permission chain.
struct CreationSource {
    const Prover& system;
    const peer::Replica& system_replica;
    ledger::TxId creation;
};

class LedgerChain final : public Chain, public Naming {
  public:
    /// `creation`: none for the system channel itself. All must outlive the chain.
    LedgerChain(peer::Replica& replica, const contract::Contracts& contracts,
                const peer::ReplicaServices& services, std::optional<CreationSource> creation);

    Finality finality() const override { return Finality::final; }
    std::uint64_t height() const override { return replica_.certified_height(); }
    void submit(std::vector<Bytes> transactions, std::uint64_t timeout, SubmitDone done) override;
    Result<std::optional<NamedCall>> named_call(ByteView transaction) const override;
    Result<Bytes> make_transaction(const Invocation& invocation) const override;
    Result<Bytes> query(const Invocation& invocation) const override;
    Result<BlockView> block(std::uint64_t height) const override;
    Result<BlockView> block_by_hash(ByteView hash) const override;
    Result<TransactionView> transaction(ByteView id) const override;
    Result<std::optional<TransactionView>> transaction_with_nonce(ByteView participant,
                                                                  ByteView nonce) const override;
    Result<EventPage> events(EventCursor from, std::size_t limit) const override;
    void when_height(std::uint64_t height, std::function<void()> wake) override;
    Result<Bytes> prove(ByteView transaction) const override;
    ClientRpc* client_rpc() override { return clients_ ? &clients_->rpc() : nullptr; }

    /// The channel as a group of FISCO BCOS; null for one of another dialect.
    fisco::ChainReader* group() const { return clients_ ? clients_->group() : nullptr; }

    /// What waits goes on; about every 100 ms.
    void tick() {
        if (clients_) clients_->tick();
    }
    /// Before the replica is closed.
    void close() {
        if (clients_) clients_->close();
    }

    /// Asked before each submission, by any thread; an error is the answer to all of it. Before the
    /// first.
    void guard_writes(std::function<Status()> may_write) { may_write_ = std::move(may_write); }

    /// `take_one`: asked before each transaction of a client that speaks the dialect's JSON-RPC, by
    /// any thread; an error is its answer. `give_back_one`: it was nobody's who may send. Before
    /// the first.
    void limit_clients(std::function<Status()> take_one, std::function<void()> give_back_one) {
        take_one_ = std::move(take_one);
        give_back_one_ = std::move(give_back_one);
    }

    const Prover& prover() const { return prover_; }
    const peer::Replica& replica() const { return replica_; }

  private:
    void give_back_one() const {
        if (give_back_one_) give_back_one_();
    }
    void submit_decoded(std::vector<ledger::Transaction> transactions, std::uint64_t timeout,
                        SubmitDone done);

    peer::Replica& replica_;
    const contract::Contracts& contracts_;
    const Clock& clock_;
    const std::optional<CreationSource> creation_;
    Prover prover_;
    std::function<Status()> may_write_;  ///< empty: always
    std::function<Status()> take_one_;   ///< empty: always
    std::function<void()> give_back_one_;
    std::unique_ptr<DialectClients> clients_;  ///< null without a dialect
};

/// A transaction of our own ledger as the port shows it.
Result<TransactionView> view_of(const ledger::Transaction& transaction, const peer::Answer& answer);

}  // namespace bsn::framework
