#pragma once
// A chain in memory as Ethereum's JSON-RPC reads it, for the tests of the methods.

#include "crypto/private_key.hpp"
#include "framework/ethereum/chain_reader.hpp"

#include <atomic>
#include <map>
#include <mutex>

namespace bsn::testing {

/// An account as the chain for tests keeps it.
struct FakeAccount {
    framework::ethereum::AccountState state;
    Bytes code;
    std::map<ledger::Word, ledger::Word> slots;
};

/// Blocks are what is put in; states are kept of the last `window` blocks. Any thread.
class FakeEthereumChain final : public framework::ethereum::ChainReader {
  public:
    using Executed = framework::ethereum::ExecutedTransaction;
    using Call = std::function<Result<framework::ethereum::CallOutcome>(
        const framework::ethereum::CallMessage&)>;

    using PutOver = std::function<void(const std::vector<framework::ethereum::AccountOverride>&)>;

    FakeEthereumChain();

    const framework::ethereum::ChainSettings& settings() const override { return config; }
    std::uint64_t height() const override;
    Result<framework::ethereum::BlockHeader> header(std::uint64_t height) const override;
    Result<std::uint64_t> height_of(const ledger::Hash& block) const override;
    Result<std::shared_ptr<const framework::ethereum::Block>> block(
        std::uint64_t height) const override;
    Result<framework::ethereum::TransactionPlace> find_transaction(
        const ledger::Hash& hash) const override;
    Result<std::unique_ptr<framework::ethereum::StateView>> state(
        std::uint64_t height) const override;
    void when_height(std::uint64_t height, std::function<void()> wake) override;
    Status take_one() override { return over_limit ? Status(*over_limit) : Status(); }

    /// Changes an account; seen from the next block on, and in the latest one.
    void change(const ledger::Address& address, const std::function<void(FakeAccount&)>& how);
    /// Puts a block of transactions whose gas and hashes are completed.
    void add_block(std::vector<Executed> transactions = {});
    std::size_t block_reads() const { return block_reads_; }

    framework::ethereum::ChainSettings config;  ///< set before use
    Call call;                                  ///< what calls do
    PutOver put_over;                           ///< is told what is put over a state, if set
    std::size_t window = 3;
    std::optional<Error> over_limit;  ///< what `take_one` says

  private:
    using Accounts = std::map<ledger::Address, FakeAccount>;

    mutable std::mutex mutex_;
    std::vector<std::shared_ptr<const framework::ethereum::Block>> blocks_;
    std::map<ledger::Hash, framework::ethereum::TransactionPlace> places_;
    std::map<std::uint64_t, Accounts> states_;
    std::multimap<std::uint64_t, std::function<void()>> waiting_;
    mutable std::atomic<std::size_t> block_reads_{0};
};

/// Someone who signs Ethereum's transactions.
class EthereumAccount {
  public:
    explicit EthereumAccount(std::uint8_t scalar);
    const ledger::Address& address() const { return address_; }
    /// A signed transfer, of chain 1 unless told otherwise.
    framework::ethereum::Transaction transfer(std::uint64_t nonce, std::uint64_t value = 0,
                                              std::uint64_t chain_id = 1) const;
    framework::ethereum::Transaction sign(framework::ethereum::Transaction transaction) const;

  private:
    crypto::PrivateKey key_;
    ledger::Address address_;
};

}  // namespace bsn::testing
