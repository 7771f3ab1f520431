#pragma once
// The keys that a city node signs with.

#include "crypto/private_key.hpp"
#include "ledger/certificate.hpp"

#include <vector>

namespace bsn::ordering {

/// A city node's id and its private keys, one for each suite. Any thread may sign.
class NodeIdentity {
  public:
    /// `keys`: secp256r1, secp256k1 and sm2, in this order.
    explicit NodeIdentity(std::vector<crypto::PrivateKey> keys);

    const ledger::NodeId& id() const { return id_; }
    /// For signatures in a dialect's own form.
    const crypto::PrivateKey& key(crypto::SuiteId suite) const;
    const crypto::PublicKey& public_key(crypto::SuiteId suite) const;
    crypto::Signature sign(crypto::SuiteId suite, ByteView statement) const;
    /// One signature for each certification suite of an epoch, in its order.
    std::vector<crypto::Signature> sign_all(const ledger::EpochRecord& epoch,
                                            ByteView statement) const;

  private:
    std::vector<crypto::PrivateKey> keys_;
    ledger::NodeId id_;
};

}  // namespace bsn::ordering
