#pragma once
// A channel of Fabric behind the roles that the permission chain says: Fabric itself knows
// organisations only.

#include "framework/fabric/client/fabric_chain.hpp"
#include "framework/fabric/network/contract_names.hpp"

#include <mutex>

namespace bsn::framework::fabric {

/// Whether a key may have a contract's function executed now.
using MayCall = std::function<Status(const crypto::PublicKey& signer, const std::string& contract,
                                     const std::string& function)>;
/// What a channel's gateway asks the permission chain: the same of an app, given by its channel id.
using MayCallApp = std::function<Status(ByteView channel, const crypto::PublicKey& signer,
                                        const std::string& contract, const std::string& function)>;
MayCall may_call_on(Bytes channel, MayCallApp may_call);

/// Whether a function of a contract changes the state; false for what is not known.
using Writes = std::function<bool(const std::string& contract, const std::string& function)>;

struct ChainPermissions {
    MayCall may_call;
    Writes writes = {};        ///< empty: what a call does when it is tried
    ContractNames names = {};  ///< of contracts, as all but the channel have them
};

/// Asks before every transaction, and calls contracts by the app's names; all else is the
/// channel's. Any thread.
class PermittedChain final : public Chain, public Endorsing, public RawForms, public Relaying {
  public:
    /// `signer`: signs what others ask for, in whose name nobody on the channel could sign; null:
    /// they sign themselves.
    PermittedChain(std::unique_ptr<FabricChain> chain, ChainPermissions permissions,
                   std::shared_ptr<const Signer> signer = nullptr);

    /// Goes on over another connection to the same channel, and perhaps with another signer. What
    /// is on its way over the one before is answered with `unknown_outcome`.
    void replace(std::unique_ptr<FabricChain> chain, std::shared_ptr<const Signer> signer);

    Finality finality() const override { return Finality::final; }
    std::uint64_t height() const override;
    void submit(std::vector<Bytes> transactions, std::uint64_t timeout, SubmitDone done) override;
    Result<Bytes> make_transaction(const Invocation& invocation) const override;
    void invoke(Invocation invocation, std::shared_ptr<const Signer> identity,
                std::uint64_t timeout, SubmitDone done) override;
    Result<Bytes> endorse(ByteView signed_proposal) const override;
    void when_endorsed(Bytes signed_proposal, Done done) const override;
    Result<SignedCall> signed_call(ByteView signed_proposal) const override;
    void relay(Bytes signed_proposal, std::uint64_t timeout, SubmitDone done) override;
    /// Asked in the name of the node's organisation, whoever wants to know.
    Result<Bytes> query(const Invocation& invocation) const override;
    Result<BlockView> block(std::uint64_t height) const override {
        return now().chain->block(height);
    }
    Result<BlockView> block_by_hash(ByteView hash) const override {
        return now().chain->block_by_hash(hash);
    }
    Result<Bytes> raw_block(std::uint64_t height) const override {
        return now().chain->raw_block(height);
    }
    Result<Bytes> raw_transaction(ByteView id) const override {
        return now().chain->raw_transaction(id);
    }
    /// Also of a chaincode that is none of the app's.
    Result<TransactionView> transaction(ByteView id) const override;
    /// Only those of the app's chaincodes.
    Result<EventPage> events(EventCursor from, std::size_t limit) const override;
    void when_height(std::uint64_t height, std::function<void()> wake) override {
        now().chain->when_height(height, std::move(wake));
    }
    Result<Bytes> prove(ByteView transaction) const override {
        return now().chain->prove(transaction);
    }

    /// As those of `FabricChain`.
    std::string trouble() const { return now().chain->trouble(); }
    bool ready() const { return now().chain->ready(); }
    void close() { now().chain->close(); }

  private:
    struct Current {
        std::shared_ptr<FabricChain> chain;
        std::shared_ptr<const Signer> signer;
    };

    Current now() const;
    Status check_call(const std::string& creator, const std::string& chaincode,
                      const std::vector<std::string>& arguments) const;
    Status check_transaction(ByteView envelope) const;
    Status check_proposal(ByteView signed_proposal) const;
    /// Answers by the app's names of contracts.
    SubmitDone renamed(SubmitDone done) const;
    /// By the names of the channel. The caller may call it.
    Result<Invocation> on_channel(Invocation invocation, const Signer* identity) const;

    const std::shared_ptr<const ChainPermissions> permissions_;  ///< callbacks have it, too
    mutable std::mutex mutex_;                                   ///< guards what follows
    Current current_;
    mutable std::uint64_t height_ = 0;  ///< the greatest that was told
};

}  // namespace bsn::framework::fabric
