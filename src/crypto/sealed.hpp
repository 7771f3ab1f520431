#pragma once
// Secrets at rest: AES-256-GCM, under keys that are wiped from memory when they go.

#include "crypto/private_key.hpp"

#include <array>

namespace bsn::crypto {

/// A symmetric key of 32 bytes, wiped when it goes. Any thread may read it.
class SecretKey {
  public:
    static constexpr std::size_t k_size = 32;

    static SecretKey generate();
    /// `invalid_argument` for any other length. The caller wipes its own copy.
    static Result<SecretKey> from(ByteView bytes);

    ~SecretKey();
    SecretKey(SecretKey&& other) noexcept;
    SecretKey& operator=(SecretKey&& other) noexcept;

    ByteView view() const { return bytes_; }

  private:
    SecretKey() = default;
    std::array<std::uint8_t, k_size> bytes_{};
};

/// What sealing adds: 12 random bytes before, a tag of 16 bytes behind.
inline constexpr std::size_t k_seal_overhead = 28;

/// A key, sealed by another one: it opens only with the same `associated` bytes. One key should
/// seal no more than 2^32 secrets, since the 12 bytes are random.
Bytes seal(const SecretKey& by, const SecretKey& secret, ByteView associated);
Bytes seal(const SecretKey& by, const PrivateKey& secret, ByteView associated);

/// The key that was sealed; `unauthenticated` if the sealing key, the bytes or `associated` are not
/// the same as then: which of them cannot be told.
Result<SecretKey> open_secret_key(const SecretKey& by, ByteView sealed, ByteView associated);
Result<PrivateKey> open_private_key(const SecretKey& by, SuiteId suite, ByteView sealed,
                                    ByteView associated);

/// Overwrites a text such as a passphrase, and empties it.
void wipe(std::string& text);
/// The same of bytes.
void wipe(Bytes& bytes);
/// Overwrites memory.
void wipe_memory(void* begin, std::size_t size);

}  // namespace bsn::crypto
