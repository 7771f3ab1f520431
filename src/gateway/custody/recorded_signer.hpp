#pragma once
// Signing for frameworks that sign under way, between questions to their peers.

#include "gateway/custody/user_keys.hpp"

#include <mutex>

namespace bsn::gateway {

/// Gives a signature away once the custody's record of it is on disk, and waits for that. Any
/// thread.
class RecordedSigner final : public framework::Signer {
  public:
    /// The keys outlive it.
    RecordedSigner(UserKeys& keys, std::shared_ptr<const framework::Signer> signer)
        : keys_(keys), signer_(std::move(signer)) {}

    const crypto::PublicKey& public_key() const override { return signer_->public_key(); }
    Bytes participant() const override { return signer_->participant(); }
    /// One that nobody accepts if it could not be recorded: `recorded` says why.
    crypto::Signature sign(ByteView message) const override;

    /// Whether all signatures so far were recorded.
    Status recorded() const;

  private:
    UserKeys& keys_;
    const std::shared_ptr<const framework::Signer> signer_;
    mutable std::mutex mutex_;  ///< guards what follows
    mutable Status recorded_;
};

}  // namespace bsn::gateway
