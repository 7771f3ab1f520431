#pragma once
// Ed25519 keys (RFC 8032), which CometBFT identifies its nodes and validators by. We only make
// them.

#include "base/bytes.hpp"

namespace bsn::crypto {

struct Ed25519Key {
    FixedBytes<struct Ed25519SeedTag, 32> seed;  ///< the private key; never log it
    FixedBytes<struct Ed25519KeyTag, 32> public_key;
};

Ed25519Key make_ed25519_key();

}  // namespace bsn::crypto
