#pragma once
// Private keys and the files that hold them.

#include "crypto/suite.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace bsn::crypto {

/// A private key. Its bytes are wiped when it goes. Any thread may sign.
class PrivateKey {
  public:
    static PrivateKey generate(SuiteId suite);
    /// The key of a scalar, 32 bytes big-endian, between 1 and the group order less one.
    static Result<PrivateKey> from_scalar(SuiteId suite, ByteView scalar);
    /// The key of a PKCS#8 PEM text; encrypted ones (PBES2) need their passphrase, and are
    /// `unauthenticated` without it or with another.
    static Result<PrivateKey> from_pem(std::string_view pem, std::string_view passphrase);

    ~PrivateKey();
    PrivateKey(PrivateKey&&) noexcept;
    PrivateKey& operator=(PrivateKey&&) noexcept;

    SuiteId suite() const;
    const PublicKey& public_key() const;
    /// Signs a message (see `verify` for how it is hashed); ECDSA signatures have a low s.
    Signature sign(ByteView message) const;
    /// PKCS#8 PEM; encrypted (PBES2: scrypt, AES-256) if the passphrase is not empty.
    std::string to_pem(std::string_view passphrase) const;

  private:
    struct Impl;
    explicit PrivateKey(std::unique_ptr<Impl> impl);
    friend struct PrivateKeyAccess;
    std::unique_ptr<Impl> impl_;
};

/// Writes a key to a new file that only its owner may read (mode 0600), durably. `already_exists`
/// rather than overwriting.
Status write_key_file(const std::filesystem::path& file, const PrivateKey& key,
                      std::string_view passphrase);

/// Reads a key file. Refused with `forbidden`, and a sentence naming the `chmod` that mends it,
/// when others than its owner may read it; `unauthenticated` when a passphrase is missing or wrong.
Result<PrivateKey> read_key_file(const std::filesystem::path& file, std::string_view passphrase);

}  // namespace bsn::crypto
