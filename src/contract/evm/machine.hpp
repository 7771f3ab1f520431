#pragma once
// The EVM of one channel: runs its dialect's transactions, and answers its calls.

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "contract/evm/block.hpp"
#include "ledger/transaction.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace bsn::contract::evm {

/// Where in the ledger transactions run.
struct Surroundings {
    ledger::Height height = 0;
    UnixMillis time = 0;
    /// Gas that transactions of the block have used before.
    std::uint64_t gas_used = 0;
    /// The dialect's hash of an earlier block of the channel.
    std::function<Result<ledger::Hash>(ledger::Height)> block_hash;
};

/// The gas that the transactions of one block may use, so that no block takes minutes: some seconds
/// of the slowest operations. Those that have no room are not admitted, and may come again.
inline constexpr std::uint64_t k_block_gas_used = 3'000'000'000;

/// Immutable but for its caches; any thread may use it.
class Machine {
  public:
    /// `suite` is the channel's: with SM2, SM3 takes the place of Keccak-256.
    Machine(ledger::DialectSettings settings, crypto::SuiteId suite);

    const ledger::DialectSettings& settings() const { return settings_; }
    crypto::HashId hash() const { return hash_; }

    /// Puts what the channel begins with into its state.
    void begin(ledger::StateOverlay& state) const;
    /// Executes transactions of the channel's dialect one after the other; `pool` (may be null) may
    /// help, and the outcome is the same without. Fails only if the state cannot be read.
    Result<std::vector<MessageOutcome>> run(
        const Surroundings& where, std::span<const ledger::Transaction* const> transactions,
        ledger::StateOverlay& state, Executor* pool) const;
    /// Executes a call whose changes nobody keeps.
    Result<Execution> call(const Surroundings& where, const Message& message,
                           const ledger::StateReader& state) const;
    /// Whether a call of the address runs anything.
    Result<bool> is_contract(const Address& address, const ledger::StateReader& state) const;
    /// The account that sends a transaction with a key.
    Result<Address> account_of(const crypto::PublicKey& key) const;

  private:
    BlockEnvironment environment(const Surroundings& where) const;
    MakePrecompiles precompiles(const Surroundings& where) const;

    const ledger::DialectSettings settings_;
    const crypto::HashId hash_;
    Runtime runtime_;
};

}  // namespace bsn::contract::evm
