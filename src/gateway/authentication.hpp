#pragma once
// Who asks: checks the request's signature, and that it is used once.

#include "gateway/backend.hpp"
#include "gateway/message.hpp"
#include "gateway/nonce_journal.hpp"

#include <mutex>
#include <optional>
#include <set>

namespace bsn::gateway {

/// The nonces of requests whose expiry has not passed. Any thread.
class NonceMemory {
  public:
    explicit NonceMemory(std::size_t capacity) : capacity_(capacity) {}

    /// Takes over what is noted in a folder, and notes there what is used from here on. Once, at
    /// the start.
    Status keep_in(const std::filesystem::path& folder, const MachineStart& machine,
                   UnixMillis now);
    /// Remembers a participant's nonce until its request expires. `unauthenticated` if it is
    /// remembered already, or may have been used before the machine was started; `overloaded` if
    /// the memory is full.
    Status use(const ledger::ParticipantId& participant, const ledger::Nonce& nonce,
               UnixMillis expires, UnixMillis now);
    std::size_t size() const;

  private:
    using Entry = std::pair<ledger::ParticipantId, ledger::Nonce>;

    void remember(const Entry& entry, UnixMillis expires);
    void note(const Entry& entry, UnixMillis expires, UnixMillis now);

    const std::size_t capacity_;
    mutable std::mutex mutex_;
    std::unique_ptr<NonceJournal> journal_;  ///< null: nothing outlives the process
    bool journal_fails_ = false;
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

    /// Has nonces outlive the process, in a folder. Once, at the start.
    Status keep_nonces_in(const std::filesystem::path& folder) {
        const UnixMillis now = backend_.now();
        return nonces_.keep_in(folder, MachineStart::of_now(now), now);
    }
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
