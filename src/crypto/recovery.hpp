#pragma once
// ECDSA over secp256k1 where the signature names its key: the public key is recovered from digest,
// signature and recovery id, as Ethereum and FISCO BCOS find a transaction's sender.

#include "crypto/private_key.hpp"

namespace bsn::crypto {

/// A signature and which of the up to four keys that fit it is meant.
struct RecoverableSignature {
    Signature signature;
    std::uint8_t recovery_id =
        0;  ///< bit 0: y of the nonce's point is odd; bit 1: its x overflowed

    bool operator==(const RecoverableSignature&) const = default;
};

/// What to do with s above half the group order, which a bystander can make of a low one.
enum class HighS : std::uint8_t {
    refuse,  ///< EIP-2
    accept,  ///< as the precompiled contract `ecrecover` does
};

/// The secp256k1 key that signed a digest; `bad_signature` if there is none. Takes any thread.
Result<PublicKey> recover_signer(const Hash& digest, const RecoverableSignature& signature,
                                 HighS high_s = HighS::refuse);

/// Signs a digest; nonce by RFC 6979, s is low. The key must be of the suite secp256k1.
RecoverableSignature sign_recoverable(const PrivateKey& key, const Hash& digest);

/// The recovery id by which a signature of a known key is completed; `bad_signature` if the key did
/// not sign the digest.
Result<std::uint8_t> recovery_id_of(const Hash& digest, const Signature& signature,
                                    const PublicKey& key);

}  // namespace bsn::crypto
