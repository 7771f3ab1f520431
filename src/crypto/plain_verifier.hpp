#pragma once
// OpenSSL's own verification, as any program could call it: what ours is compared with.

#include "crypto/suite.hpp"

#include <memory>

namespace bsn::crypto {

/// Verifies by a public key, which is parsed once. No tables, and no other libraries but for the
/// hash of secp256k1, which OpenSSL lacks. One thread.
class PlainVerifier {
  public:
    /// The key is a point of its curve.
    explicit PlainVerifier(const PublicKey& key);
    ~PlainVerifier();
    PlainVerifier(const PlainVerifier&) = delete;
    PlainVerifier& operator=(const PlainVerifier&) = delete;

    bool verify(ByteView message, const Signature& signature) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bsn::crypto
