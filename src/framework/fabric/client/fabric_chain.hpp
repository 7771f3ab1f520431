#pragma once
// The framework port over a channel of Hyperledger Fabric.

#include "base/executor.hpp"
#include "framework/chain.hpp"
#include "framework/endorsing.hpp"
#include "framework/fabric/client/endpoint.hpp"
#include "framework/fabric/client/identity.hpp"
#include "framework/raw_forms.hpp"
#include "framework/relaying.hpp"

namespace bsn::framework::fabric {

/// Which certificate a participant has on a channel. Any thread.
class CertificateSource {
  public:
    virtual ~CertificateSource() = default;
    /// `forbidden` if there is none for this participant and key.
    virtual Result<Certified> certificate_of(ByteView participant,
                                             const crypto::PublicKey& key) const = 0;
    /// A certificate that names the same holder as this one, for another key: by it a node relays
    /// the holder's calls (`Relaying`). Always the same one for the same two. `forbidden` if this
    /// node's organisation has not issued the holder's.
    virtual Result<Certified> certificate_like(const Certified& holder,
                                               const crypto::PublicKey& key) const;
};

struct FabricChainOptions {
    std::string channel;
    std::vector<Endpoint> peers;  ///< each with the MSP id of its organisation
    std::vector<Endpoint> orderers;
    /// Reads blocks, and queries for those who name no identity.
    Identity reader;
    /// A configuration block of the channel that is trusted: its first, or a later one.
    Bytes configuration;
    std::shared_ptr<const CertificateSource> certificates;
    /// Whether the app takes transactions of a key now; empty: of any.
    std::function<Status(const crypto::PublicKey& signer)> may_write = {};
    std::size_t most_on_the_way = 10'000;  ///< transactions; beyond: `overloaded`
    /// How often an invocation that may be repeated is made, until it has no conflict.
    std::size_t most_tries = 10;
};

/// Blocks are checked against the orderers that the channel's configuration names, which is
/// followed from the trusted one. That a transaction in them is valid is the word of the peer that
/// is followed; `prove` gathers that of a majority. `query` is the word of the peer that answers.
/// Reads wait for the network.
///
/// A transaction that is on the chain and had no effect (a conflict, say) has `success` false and
/// Fabric's reason; one that the chaincode refuses does not come on the chain: `contract_failed`.
/// A block's time is the latest that clients wrote into its transactions.
///
/// Peers do not say why they refuse an identity; these errors do (`check_identity`), as far as the
/// channel's configuration tells.
class FabricChain final : public Chain, public Endorsing, public RawForms, public Relaying {
  public:
    /// `invalid_argument` if the configuration is none of the channel. Does not wait for the
    /// network. The executor outlives it, and runs what callbacks of gRPC hand over.
    static Result<std::unique_ptr<FabricChain>> open(FabricChainOptions options,
                                                     Executor& executor);
    ~FabricChain() override;

    Finality finality() const override { return Finality::final; }
    std::uint64_t height() const override;
    void submit(std::vector<Bytes> transactions, std::uint64_t timeout, SubmitDone done) override;
    /// Waits for the peers' endorsement.
    Result<Bytes> make_transaction(const Invocation& invocation) const override;
    void invoke(Invocation invocation, std::shared_ptr<const Signer> identity,
                std::uint64_t timeout, SubmitDone done) override;
    /// A `protos.SignedProposal` in, a `common.Payload` out.
    Result<Bytes> endorse(ByteView signed_proposal) const override;
    void when_endorsed(Bytes signed_proposal, Done done) const override;
    Result<SignedCall> signed_call(ByteView signed_proposal) const override;
    void relay(Bytes signed_proposal, std::uint64_t timeout, SubmitDone done) override;
    /// `invalid_argument` for a call that would write, as the peer that answers finds.
    Result<Bytes> query(const Invocation& invocation) const override;
    Result<BlockView> block(std::uint64_t height) const override;
    Result<BlockView> block_by_hash(ByteView hash) const override;
    Result<TransactionView> transaction(ByteView id) const override;
    /// A `common.Block`, with what the peer that gave it says is valid.
    Result<Bytes> raw_block(std::uint64_t height) const override;
    /// A `protos.ProcessedTransaction`.
    Result<Bytes> raw_transaction(ByteView id) const override;
    Result<EventPage> events(EventCursor from, std::size_t limit) const override;
    void when_height(std::uint64_t height, std::function<void()> wake) override;
    /// A proof (`proof.hpp`) of a valid transaction; `contract_failed` for one without effect.
    /// `unavailable` while too few organisations' peers answer.
    Result<Bytes> prove(ByteView transaction) const override;

    /// What the channel's ids and blocks are hashed by.
    crypto::HashId hash() const;
    /// Whether blocks are followed; until then it takes no transactions.
    bool ready() const;
    /// Why no blocks come; empty if they do, as far as is known.
    std::string trouble() const;
    /// Whom a verifier of proofs of this channel has to trust, as JSON (`ChannelTrust`).
    std::string trusted_state() const;
    /// Ends everything: tells whoever waits for an answer that nobody knows, and wakes whoever
    /// waits for a height.
    void close();

    class Core;

  private:
    explicit FabricChain(std::shared_ptr<Core> core);

    const std::shared_ptr<Core> core_;
};

}  // namespace bsn::framework::fabric
