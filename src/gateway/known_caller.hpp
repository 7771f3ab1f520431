#pragma once
// Callers who have signed their request and nothing else.

#include "framework/chain.hpp"
#include "registry/view.hpp"

namespace bsn::gateway {

/// A caller who is known but signs nothing here: enough for a query, and where the chain signs in
/// the node's name what callers ask for.
class KnownCaller final : public framework::Signer {
  public:
    explicit KnownCaller(registry::Caller caller) : caller_(std::move(caller)) {}
    const crypto::PublicKey& public_key() const override { return caller_.key; }
    Bytes participant() const override { return to_bytes(caller_.participant.view()); }
    crypto::Signature sign(ByteView) const override {
        throw InvariantViolation("the gateway was asked to sign for a caller");
    }

  private:
    const registry::Caller caller_;
};

}  // namespace bsn::gateway
