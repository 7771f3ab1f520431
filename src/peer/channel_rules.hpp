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

    /// Checks what depends on nothing but the bytes: form, size, network, channel, suite,
    /// signature.
    Result<ledger::Transaction> check(Bytes bytes) const;
};

/// Whether a transaction's valid-until fits a block time: `expired` if it has passed, or lies
/// further ahead than `k_max_validity`.
Status check_window(const ledger::Payload& payload, UnixMillis time);

/// Judges who may do what; app channels and the system channel differ in this.
class Admission {
  public:
    virtual ~Admission() = default;
    /// Whether the creator may have this transaction executed, given the state before it.
    virtual Status authorize(const ledger::Transaction& transaction,
                             const ledger::StateReader& state) const = 0;
};

}  // namespace bsn::peer
