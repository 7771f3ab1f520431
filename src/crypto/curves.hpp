#pragma once
// Inside of the module: the three curves, and arithmetic on scalars and points as bytes.

#include "crypto/openssl.hpp"
#include "crypto/suite.hpp"

#include <array>
#include <optional>

namespace bsn::crypto {

/// The user identity that goes into every SM2 signature of ours.
inline constexpr std::string_view k_sm2_identity = "1234567812345678";

using Scalar = std::array<std::uint8_t, 32>;
/// 0x04, x, y.
using UncompressedPoint = std::array<std::uint8_t, 65>;

/// A curve: its group, shared by all threads and never freed, and numbers of it, big-endian.
struct Curve {
    EC_GROUP* group = nullptr;
    const char* openssl_name = "";  ///< OpenSSL's name of the group
    const char* key_type = "";      ///< OpenSSL's name of the kind of key: EC or SM2
    Scalar order{};
    Scalar half_order{};  ///< rounded down
};

/// The curve of a suite.
const Curve& curve_of(SuiteId suite);

/// Whether 32 bytes, big-endian, are between 1 and the group order less one.
bool is_scalar(const Curve& curve, ByteView bytes);
/// Whether 32 bytes, big-endian, can be a private key: of SM2 less than the group order less one,
/// since it divides by one more.
bool is_private_scalar(SuiteId suite, ByteView bytes);
/// Whether 32 bytes, big-endian, are more than half the group order.
bool is_high(const Curve& curve, ByteView bytes);

/// The point with both coordinates; nothing if the bytes are no point of the suite's curve.
std::optional<UncompressedPoint> expand_point(const PublicKey& key);
/// The public key of a private scalar that `is_scalar`, in time that does not depend on it.
PublicKey public_key_of(SuiteId suite, const Scalar& scalar);

/// An OpenSSL key of a public key; null if it is no point of its curve.
EvpPkeyPtr to_evp(const PublicKey& key);
/// The same of a point that `expand_point` gave.
EvpPkeyPtr to_evp(SuiteId suite, UncompressedPoint point);
/// An OpenSSL key of a private scalar and its public key.
EvpPkeyPtr to_evp(const PublicKey& key, const Scalar& scalar);

}  // namespace bsn::crypto
