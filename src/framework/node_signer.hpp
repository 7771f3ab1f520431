#pragma once
// A city node's own signature of its transactions on the permission chain.

#include "framework/chain.hpp"
#include "ordering/node_identity.hpp"

namespace bsn::framework {

/// Signs as the city node itself.
class NodeSigner final : public Signer {
  public:
    /// The identity outlives the signer.
    explicit NodeSigner(const ordering::NodeIdentity& identity) : identity_(identity) {}

    const crypto::PublicKey& public_key() const override { return identity_.public_key(k_suite); }
    Bytes participant() const override {
        return to_bytes(ledger::participant_id_of(public_key()).view());
    }
    crypto::Signature sign(ByteView message) const override {
        return identity_.sign(k_suite, message);
    }

  private:
    static constexpr crypto::SuiteId k_suite = crypto::SuiteId::secp256r1;
    const ordering::NodeIdentity& identity_;
};

}  // namespace bsn::framework
