#pragma once
// Ed25519 (RFC 8032), by which CometBFT identifies its nodes, and its validators sign. We make keys
// and verify; CometBFT itself signs.

#include "base/bytes.hpp"

namespace bsn::crypto {

struct Ed25519Key {
    FixedBytes<struct Ed25519SeedTag, 32> seed;  ///< the private key; never log it
    FixedBytes<struct Ed25519KeyTag, 32> public_key;
};

Ed25519Key make_ed25519_key();

/// Whether a signature (64 bytes) of a message is by a key (32 bytes); false for other lengths.
bool verify_ed25519(ByteView key, ByteView message, ByteView signature);

}  // namespace bsn::crypto
