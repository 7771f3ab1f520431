#pragma once
// Who asks: checks the request's signature, and that it is used once.

#include "gateway/backend.hpp"
#include "gateway/message.hpp"

#include <mutex>
#include <optional>
#include <set>

namespace bsn::gateway {

/// The nonces of requests whose expiry has not passed. Any thread.
class NonceMemory {
  public:
    explicit NonceMemory(std::size_t capacity) : capacity_(capacity) {}

    /// Remembers a participant's nonce until its request expires. `unauthenticated` if it is
    /// remembered already, `overloaded` if the memory is full.
    Status use(const ledger::ParticipantId& participant, const ledger::Nonce& nonce,
               UnixMillis expires, UnixMillis now);
    std::size_t size() const;

  private:
    using Entry = std::pair<ledger::ParticipantId, ledger::Nonce>;

    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::set<Entry> seen_;
    std::set<std::pair<UnixMillis, Entry>> by_expiry_;
};

/// Tells callers from their `Authorization` header. Any thread; takes the time of a signature
/// check.
class Authenticator {
  public:
    /// 120 s of 4,000 signed requests a second.
    static constexpr std::size_t k_nonces = 500'000;

    explicit Authenticator(Backend& backend) : backend_(backend), nonces_(k_nonces) {}

    /// The caller; none without a header; `unauthenticated`, saying why, if the header is wrong in
    /// any way.
    Result<std::optional<registry::Caller>> caller_of(const Request& request,
                                                      const ledger::ChannelId& channel);
    /// Whether the key still is the participant's, for streams that go on for long.
    Status still_known(const registry::Caller& caller) const;

  private:
    Backend& backend_;
    NonceMemory nonces_;
};

}  // namespace bsn::gateway
