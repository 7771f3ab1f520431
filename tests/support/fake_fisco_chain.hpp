#pragma once
// A group of FISCO BCOS in memory: real transactions, headers and receipts, and nobody who executes
// them.

#include "framework/fisco/chain_reader.hpp"
#include "framework/fisco/groups.hpp"

#include <map>
#include <mutex>

namespace bsn::testing {

namespace fisco = framework::fisco;

class FakeFiscoChain final : public fisco::ChainReader {
  public:
    explicit FakeFiscoChain(std::uint64_t group = 1,
                            crypto::SuiteId suite = crypto::SuiteId::secp256k1);

    /// A signed transaction with a nonce of its own.
    ledger::fisco::Transaction make_transaction();
    /// Appends a block in which the transactions succeeded, each with the logs; wakes who waits.
    void append(const std::vector<ledger::fisco::Transaction>& transactions,
                const std::vector<ledger::ethereum::Log>& logs = {});
    /// What `submit` comes to from here on; none: a block with the transaction.
    void refuse_submissions(std::optional<Error> error);
    /// Called with each call message; what it returns is the outcome.
    std::function<fisco::CallOutcome(const fisco::CallMessage&)> on_call;
    std::optional<Error> over_limit;  ///< what `take_one` says

    const fisco::ChainSettings& settings() const override { return settings_; }
    std::uint64_t height() const override;
    Result<fisco::BlockHeader> header(std::uint64_t height) const override;
    Result<std::uint64_t> height_of(const fisco::Hash& block) const override;
    Result<std::shared_ptr<const fisco::Block>> block(std::uint64_t height) const override;
    Result<fisco::TransactionPlace> find_transaction(const fisco::Hash& hash) const override;
    Result<fisco::CallOutcome> call(const fisco::CallMessage& message) const override;
    Result<Bytes> code(const fisco::Address& address) const override;
    fisco::Nodes nodes() const override;
    Result<fisco::TransactionCounts> counts() const override;
    Result<std::string> system_config(std::string_view key) const override;
    std::size_t pending() const override { return 3; }
    void submit(Bytes transaction, fisco::SubmitDone done) override;
    Status take_one() override { return over_limit ? Status(*over_limit) : Status(); }
    void when_height(std::uint64_t height, std::function<void()> wake) override;

    static fisco::Address contract();  ///< it has code

  private:
    fisco::ChainSettings settings_;
    const crypto::PrivateKey account_;
    const crypto::PrivateKey sealer_;
    const crypto::PrivateKey observer_;
    mutable std::mutex mutex_;
    std::uint64_t nonces_ = 0;
    std::optional<Error> refusal_;
    std::vector<std::shared_ptr<const fisco::Block>> blocks_;
    std::map<fisco::Hash, fisco::TransactionPlace> places_;
    std::multimap<std::uint64_t, std::function<void()>> waiting_;
};

/// Groups that a test fills before it serves them.
class FakeGroups final : public fisco::Groups {
  public:
    fisco::Endpoint endpoint() const override {
        if (chains.empty()) return {};
        return {chains.begin()->second->settings().chain_id,
                chains.begin()->second->settings().suite, "test"};
    }
    std::vector<std::uint64_t> numbers() const override {
        std::vector<std::uint64_t> list;
        for (const auto& [number, chain] : chains) list.push_back(number);
        return list;
    }
    Result<fisco::ChainReader*> find(std::uint64_t group) const override {
        auto refused = refusals.find(group);
        if (refused != refusals.end()) return Error{refused->second, "refused"};
        auto found = chains.find(group);
        if (found == chains.end()) return Error{Code::not_found, "no such group"};
        return static_cast<fisco::ChainReader*>(found->second);
    }

    std::map<std::uint64_t, FakeFiscoChain*> chains;
    std::map<std::uint64_t, Code> refusals;
};

}  // namespace bsn::testing
