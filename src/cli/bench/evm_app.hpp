#pragma once
// An app for Solidity contracts that a benchmark loads: its contract, and accounts that call it.

#include "cli/bench/source.hpp"
#include "cli/bench/stage.hpp"

#include <memory>

namespace bsn::cli {

/// What the benchmark's transactions do.
enum class EvmLoad : std::uint8_t {
    evidence,  ///< deposit a random hash (contracts/Evidence.sol)
    token,     ///< transfer one unit of an ERC-20 (contracts/Token.sol) to the account's neighbour
};
std::string_view evm_load_name(EvmLoad load);

/// Accounts of a benchmark, with new keys; their number is even, since two are neighbours.
class EvmAccounts {
  public:
    explicit EvmAccounts(std::size_t count);

    std::size_t size() const { return keys_.size(); }
    const crypto::PrivateKey& key(std::size_t account) const { return keys_[account]; }
    const ledger::Address& address(std::size_t account) const { return addresses_[account]; }

  private:
    std::vector<crypto::PrivateKey> keys_;
    std::vector<ledger::Address> addresses_;
};

/// A contract on a chain, and how it is called. Any thread.
class EvmContract {
  public:
    EvmContract(EvmLoad load, std::uint64_t chain_id, const ledger::Address& address)
        : load_(load), chain_id_(chain_id), address_(address) {}

    /// The signed creation of the contract, as the account's first transaction.
    static Bytes creation(EvmLoad load, std::uint64_t chain_id, const crypto::PrivateKey& key);
    /// A signed call by an account: a deposit, or a transfer to the account's neighbour.
    Bytes call_of(const EvmAccounts& accounts, std::size_t account, std::uint64_t nonce) const;
    /// The signed transfer that gives an account of the benchmark something to spend.
    Bytes endowment(const crypto::PrivateKey& owner, std::uint64_t nonce,
                    const ledger::Address& to) const;

  private:
    Bytes signed_call(const crypto::PrivateKey& key, std::uint64_t nonce, Bytes data) const;

    EvmLoad load_;
    std::uint64_t chain_id_;
    ledger::Address address_;
};

}  // namespace bsn::cli
