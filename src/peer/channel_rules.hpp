#pragma once
// What a transaction must be like in one channel, whoever looks at it.

#include "ledger/transaction.hpp"
#include "ledger/world_state.hpp"

#include <optional>

namespace bsn::peer {

/// How far ahead of block time a transaction's valid-until may lie.
inline constexpr UnixMillis k_max_validity = 3'600'000;

/// The fixed properties of a channel.
struct ChannelRules {
    ledger::NetworkId network;
    ledger::ChannelId channel;
    /// The suite that transactions must use; none: any (system channel).
    std::optional<crypto::SuiteId> suite;
    crypto::HashId hash = crypto::HashId::sha256;
    /// Of a channel that takes a dialect's transactions, and only those.
    std::optional<ledger::DialectSettings> dialect;

    /// Checks what depends on nothing but the bytes: form, size, network, channel (or the
    /// dialect's chain and group), suite, signature.
    Result<ledger::Transaction> check(Bytes bytes) const;
    /// The same of one that was decoded already.
    Status check(const ledger::Transaction& transaction) const;

  private:
    Status check_channel(const ledger::Payload& payload) const;
};

/// How far ahead of the next block a FISCO transaction's block limit may lie.
inline constexpr ledger::Height k_max_block_limit = 1'000;

/// Whether a block of this time and height may hold a transaction: `expired` if its valid-until
/// (FISCO: its block limit) has passed, or lies further ahead than `k_max_validity` (FISCO:
/// `k_max_block_limit`). Ethereum's have no end.
Status check_window(const ledger::Transaction& transaction, UnixMillis time, ledger::Height height);

/// Judges who may do what; app channels and the system channel differ in this.
class Admission {
  public:
    virtual ~Admission() = default;
    /// Whether the creator may have this transaction executed, given the state before it.
    virtual Status authorize(const ledger::Transaction& transaction,
                             const ledger::StateReader& state) const = 0;
};

}  // namespace bsn::peer
