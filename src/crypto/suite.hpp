#pragma once
// A suite is a hash function and a signature scheme, chosen per app.

#include "crypto/hash.hpp"

#include <optional>
#include <string_view>

namespace bsn::crypto {

/// A suite, by its number in our formats.
enum class SuiteId : std::uint8_t {
    secp256r1 = 1,  ///< ECDSA over P-256 with SHA-256
    secp256k1 = 2,  ///< ECDSA over secp256k1 with Keccak-256
    sm2 = 3,        ///< SM2 (GB/T 32918.2, user identity "1234567812345678") with SM3
};

/// `secp256r1`, `secp256k1` or `sm2`.
std::string_view suite_name(SuiteId suite);
std::optional<SuiteId> suite_from_name(std::string_view name);
/// The suite of a number read from outside bytes, if there is one.
std::optional<SuiteId> suite_from_number(std::uint8_t number);
HashId suite_hash(SuiteId suite);

struct PublicKeyTag;
struct SignatureTag;
/// A public key: compressed SEC 1 point, 33 bytes (0x02 or 0x03, then x big-endian).
using PublicKeyBytes = FixedBytes<PublicKeyTag, 33>;
/// A signature: r then s, 32 bytes each, big-endian. ECDSA: s at most half the group order.
using Signature = FixedBytes<SignatureTag, 64>;

/// A public key and the suite that it is used with.
struct PublicKey {
    SuiteId suite = SuiteId::secp256r1;
    PublicKeyBytes bytes;

    auto operator<=>(const PublicKey&) const = default;
};

/// Whether the bytes are a point of the suite's curve, other than infinity.
Status check_public_key(const PublicKey& key);

/// Verifies a signature over the message, which the suite hashes by its own rule (ECDSA: the
/// suite's hash; SM2: SM3 of Z_A and message). `bad_signature` says what was wrong: a bad point, a
/// high s, or a signature that does not match. Parsed keys are kept in a bounded cache per thread.
Status verify(const PublicKey& key, ByteView message, const Signature& signature);

}  // namespace bsn::crypto
