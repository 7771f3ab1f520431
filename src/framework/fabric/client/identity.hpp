#pragma once
// Who signs for an organisation of a Fabric network, and how Fabric writes identities and
// signatures.

#include "crypto/private_key.hpp"
#include "framework/chain.hpp"

#include <memory>
#include <string>

namespace bsn::framework::fabric {

/// A certificate of an organisation, and what signs with its key. Copies share the signer.
struct Identity {
    std::string msp_id;       ///< of the organisation, such as `Org1MSP`
    std::string certificate;  ///< PEM
    std::shared_ptr<const Signer> signer;

    /// As it stands in headers and endorsements: a `msp.SerializedIdentity`.
    std::string serialized() const;
    /// The signature in DER, s low. With secp256r1 the message is hashed by SHA-256, with SM2 by
    /// SM3.
    std::string sign(std::string_view message) const;
};

/// Whose certificate this is; a `msp.SerializedIdentity` read again.
struct Certified {
    std::string msp_id;
    std::string certificate;  ///< PEM
};
/// `invalid_argument` if the bytes are no such identity.
Result<Certified> read_identity(const std::string& serialized);

/// The secp256r1 key of a certificate (PEM), as `crypto::key_of_certificate`; the keys of the last
/// certificates are remembered. Nothing is said of who issued it. Any thread.
Result<crypto::PublicKey> certified_key(const std::string& certificate);

/// Whether the key of a certificate signed a message; `bad_signature` otherwise, also for a
/// signature that is not in DER or whose s is high. Only secp256r1.
Status check_signature(const std::string& certificate, std::string_view message,
                       std::string_view signature);

/// Signs with a key in memory.
class KeySigner final : public Signer {
  public:
    explicit KeySigner(crypto::PrivateKey key) : key_(std::move(key)) {}

    const crypto::PublicKey& public_key() const override { return key_.public_key(); }
    Bytes participant() const override;
    crypto::Signature sign(ByteView message) const override { return key_.sign(message); }

  private:
    const crypto::PrivateKey key_;
};

}  // namespace bsn::framework::fabric
