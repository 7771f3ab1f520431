#pragma once
// One callback: sent, and its answer judged.

#include "gateway/callbacks/callback_guard.hpp"

namespace bsn::gateway {

/// Sends texts to where members of apps want them. Any thread; each call takes its thread for up to
/// some seconds.
class CallbackSender {
  public:
    /// For a connection, and then for the whole answer.
    static constexpr std::uint64_t k_answer_ms = 5'000;
    /// The most of an answer that is read.
    static constexpr std::uint64_t k_most_bytes = std::uint64_t{16} << 10;

    /// `authority`: PEM of the certificates that receivers must be vouched for by; empty: those
    /// that the system trusts. The guard outlives it.
    CallbackSender(const CallbackGuard& guard, std::string authority)
        : guard_(guard), authority_(std::move(authority)) {}

    /// POSTs a JSON text. A success is an answer with a 2xx status whose body contains `success`.
    /// Redirections are not followed.
    Status send(const std::string& url, std::string_view text) const;

  private:
    const CallbackGuard& guard_;
    const std::string authority_;
};

}  // namespace bsn::gateway
