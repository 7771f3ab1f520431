#pragma once
// Public keys with both coordinates, as foreign formats carry and hash them.

#include "crypto/suite.hpp"

namespace bsn::crypto {

struct PublicPointTag;
/// x then y of a public key, 32 bytes each, big-endian.
using PublicPoint = FixedBytes<PublicPointTag, 64>;

/// Both coordinates of a key; `invalid_argument` if it is no point of its curve.
Result<PublicPoint> public_point_of(const PublicKey& key);

/// The key of two coordinates; `invalid_argument` if they are no point of the suite's curve.
Result<PublicKey> public_key_of_point(SuiteId suite, const PublicPoint& point);

}  // namespace bsn::crypto
