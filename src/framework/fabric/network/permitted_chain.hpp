#pragma once
// A channel of Fabric behind the roles that the permission chain says: Fabric itself knows
// organisations only.

#include "framework/fabric/client/fabric_chain.hpp"

namespace bsn::framework::fabric {

/// Whether a key may have a contract's function executed now.
using MayCall = std::function<Status(const crypto::PublicKey& signer, const std::string& contract,
                                     const std::string& function)>;

/// Whether a function of a contract changes the state; false for what is not known.
using Writes = std::function<bool(const std::string& contract, const std::string& function)>;

/// Asks before every transaction; all else is the channel's. Any thread.
class PermittedChain final : public Chain, public Endorsing {
  public:
    PermittedChain(std::unique_ptr<FabricChain> chain, MayCall may_call, Writes writes)
        : chain_(std::move(chain)), may_call_(std::move(may_call)), writes_(std::move(writes)) {}

    Finality finality() const override { return chain_->finality(); }
    std::uint64_t height() const override { return chain_->height(); }
    void submit(std::vector<Bytes> transactions, std::uint64_t timeout, SubmitDone done) override;
    Result<Bytes> make_transaction(const Invocation& invocation) const override;
    void invoke(Invocation invocation, std::shared_ptr<const Signer> identity,
                std::uint64_t timeout, SubmitDone done) override;
    Result<Bytes> endorse(ByteView signed_proposal) const override;
    void when_endorsed(Bytes signed_proposal, Done done) const override;
    /// Asked in the name of the node's organisation, whoever wants to know.
    Result<Bytes> query(const Invocation& invocation) const override;
    Result<BlockView> block(std::uint64_t height) const override { return chain_->block(height); }
    Result<BlockView> block_by_hash(ByteView hash) const override {
        return chain_->block_by_hash(hash);
    }
    Result<TransactionView> transaction(ByteView id) const override {
        return chain_->transaction(id);
    }
    Result<EventPage> events(EventCursor from, std::size_t limit) const override {
        return chain_->events(from, limit);
    }
    void when_height(std::uint64_t height, std::function<void()> wake) override {
        chain_->when_height(height, std::move(wake));
    }
    Result<Bytes> prove(ByteView transaction) const override { return chain_->prove(transaction); }

    const FabricChain& channel() const { return *chain_; }
    void close() { chain_->close(); }

  private:
    Status check_transaction(ByteView envelope) const;
    Status check_proposal(ByteView signed_proposal) const;

    const std::unique_ptr<FabricChain> chain_;
    const MayCall may_call_;
    const Writes writes_;
};

}  // namespace bsn::framework::fabric
