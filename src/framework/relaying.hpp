#pragma once
// A part of the port that a chain may have: calls whose callers have signed once, on chains whose
// transactions want a second signature after peers have endorsed them. Those who hold a `Chain` ask
// by `dynamic_cast`.

#include "framework/chain.hpp"

namespace bsn::framework {

/// A call that somebody has signed.
struct SignedCall {
    crypto::PublicKey signer;
    Invocation call;  ///< without an identity
};

/// Any thread may call any member.
class Relaying {
  public:
    virtual ~Relaying() = default;

    /// Reads a signed proposal in the framework's own form, and checks it: `bad_signature` if it is
    /// not signed by whom it names, `forbidden` if this node does not relay for them, `expired` if
    /// it was not made just now, `wrong_channel`, `invalid_argument`.
    virtual Result<SignedCall> signed_call(ByteView signed_proposal) const = 0;
    /// Checks it likewise, and puts its call on the chain, in a transaction that this node signs
    /// and that carries the signed proposal, so that everybody sees whose word it is. The same
    /// proposal is executed once, and gets its first answer whenever it comes again. `done` gets
    /// one answer, as of `Chain::submit`.
    virtual void relay(Bytes signed_proposal, std::uint64_t timeout, SubmitDone done) = 0;
};

}  // namespace bsn::framework
