#pragma once
// Idempotency keys of invocations: names that a caller gives to a call, so that it happens once
// however often it is asked for. The ledger is their memory: a key is the nonce of the one
// transaction that may bear it (`docs/http-api.md`, "Invocations").

#include "ledger/types.hpp"

#include <string_view>

namespace bsn::gateway {

inline constexpr std::size_t k_max_idempotency_key = 128;

/// Whether a text can be one: 1 to 128 printable ASCII letters, a space among them or not.
Status check_idempotency_key(std::string_view key);

/// The nonce of a member's key in an app: the same on every node, at any time. Each of the member's
/// users has nonces of their own, as every creator has. `docs/formats.md` 23.
ledger::Nonce nonce_of_key(const ledger::ChannelId& channel, const ledger::ParticipantId& member,
                           std::string_view key);

}  // namespace bsn::gateway
