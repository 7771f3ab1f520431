#pragma once
// A channel of ours as FISCO BCOS's JSON-RPC and channel protocol read it.

#include "framework/chain.hpp"
#include "framework/fisco/chain_reader.hpp"
#include "framework/ledger/prover.hpp"
#include "framework/ledger/recent_blocks.hpp"
#include "framework/transaction_limits.hpp"
#include "ordering/node_identity.hpp"

namespace bsn::framework {

/// Reads what the replica has certified. Any thread.
class FiscoReader final : public fisco::ChainReader {
  public:
    /// The replica's channel speaks FISCO's dialect; `chain` is its chain, `own` this city node.
    /// All outlive the reader.
    FiscoReader(peer::Replica& replica, const Prover& prover, Chain& chain,
                const ordering::NodeIdentity& own, ClientLimits limits);

    const fisco::ChainSettings& settings() const override { return settings_; }
    std::uint64_t height() const override { return replica_.certified_height(); }
    Result<fisco::BlockHeader> header(std::uint64_t height) const override;
    Result<std::uint64_t> height_of(const ledger::Hash& block) const override;
    Result<std::shared_ptr<const fisco::Block>> block(std::uint64_t height) const override;
    Result<fisco::TransactionPlace> find_transaction(const ledger::Hash& hash) const override;
    Result<fisco::CallOutcome> call(const fisco::CallMessage& message) const override;
    Result<Bytes> code(const ledger::Address& address) const override;
    fisco::Nodes nodes() const override;
    Result<fisco::TransactionCounts> counts() const override;
    Result<std::string> system_config(std::string_view key) const override;
    std::size_t pending() const override { return replica_.status().pending; }
    Status take_one() override { return limits_.take_one(); }
    void give_back_one() override { limits_.give_back_one(); }
    void submit(Bytes transaction, fisco::SubmitDone done) override;
    void when_height(std::uint64_t height, std::function<void()> wake) override {
        replica_.when_certified(height, std::move(wake));
    }

  private:
    Result<std::shared_ptr<const fisco::Block>> load(std::uint64_t height) const;
    Result<peer::CertifiedView> readable_view() const;
    /// This node's signature of a certified block, if it is one of the block's sealers.
    std::vector<ledger::fisco::SealerSignature> own_signature(const ledger::fisco::Header& header,
                                                              const ledger::Hash& hash) const;

    peer::Replica& replica_;
    const Prover& prover_;
    Chain& chain_;
    const ordering::NodeIdentity& own_;
    const ClientLimits limits_;
    fisco::ChainSettings settings_;
    mutable RecentBlocks<fisco::Block> recent_;
};

}  // namespace bsn::framework
