#pragma once
// A channel of ours as Ethereum's JSON-RPC reads it.

#include "framework/ethereum/chain_reader.hpp"
#include "framework/ledger/prover.hpp"
#include "framework/ledger/recent_blocks.hpp"
#include "framework/transaction_limits.hpp"

namespace bsn::framework {

/// Reads what the replica has certified. Any thread.
class EthereumReader final : public ethereum::ChainReader {
  public:
    /// The replica's channel speaks Ethereum's dialect. Both outlive the reader.
    EthereumReader(peer::Replica& replica, const Prover& prover, ClientLimits limits);

    const ethereum::ChainSettings& settings() const override { return settings_; }
    std::uint64_t height() const override { return replica_.certified_height(); }
    Result<ethereum::BlockHeader> header(std::uint64_t height) const override;
    Result<std::uint64_t> height_of(const ledger::Hash& block) const override;
    Result<std::shared_ptr<const ethereum::Block>> block(std::uint64_t height) const override;
    Result<ethereum::TransactionPlace> find_transaction(const ledger::Hash& hash) const override;
    Result<std::unique_ptr<ethereum::StateView>> state(std::uint64_t height) const override;
    Status take_one() override { return limits_.take_one(); }
    void give_back_one() override { limits_.give_back_one(); }
    void when_height(std::uint64_t height, std::function<void()> wake) override {
        replica_.when_certified(height, std::move(wake));
    }

  private:
    Result<std::shared_ptr<const ethereum::Block>> load(std::uint64_t height) const;

    peer::Replica& replica_;
    const Prover& prover_;
    const ClientLimits limits_;
    ethereum::ChainSettings settings_;
    mutable RecentBlocks<ethereum::Block> recent_;
};

}  // namespace bsn::framework
