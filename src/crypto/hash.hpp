#pragma once
// The hash functions of the suites.

#include "base/bytes.hpp"

#include <initializer_list>
#include <memory>

namespace bsn::crypto {

/// A hash function, by its number in our formats.
enum class HashId : std::uint8_t {
    sha256 = 1,     ///< FIPS 180-4
    keccak256 = 2,  ///< Keccak[512] with the original padding, as Ethereum uses it (not SHA3-256)
    sm3 = 3,        ///< GB/T 32905
};

struct HashTag;
/// 32 bytes that some hash function yielded.
using Hash = FixedBytes<HashTag, 32>;

Hash hash(HashId id, ByteView bytes);
/// The hash of the concatenation of the parts.
Hash hash(HashId id, std::initializer_list<ByteView> parts);

/// Hashes bytes that come in pieces, such as a file.
class Hasher {
  public:
    explicit Hasher(HashId id);
    ~Hasher();
    Hasher(Hasher&&) noexcept;
    Hasher& operator=(Hasher&&) noexcept;
    void update(ByteView bytes);
    /// The hash of all that was given; the object is then used up.
    Hash finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

/// `length` bytes of SHAKE128 (FIPS 202) of the input.
void shake128(ByteView input, std::uint8_t* output, std::size_t length);

}  // namespace bsn::crypto
