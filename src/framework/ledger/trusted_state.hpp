#pragma once
// What a verifier of our own ledger's proofs holds: the genesis, and perhaps a later system epoch.

#include "ledger/verify.hpp"

namespace bsn::framework {

struct TrustedState {
    ledger::Genesis genesis;
    /// The system channel's peers at some later point; none: as of the genesis.
    std::optional<ledger::EpochRecord> checkpoint;

    /// `bytes` genesis file, `bytes` epoch record (empty if none).
    Bytes encode() const;
    /// Also accepts a genesis file as it is.
    static Result<TrustedState> decode(ByteView bytes);
    Result<ledger::Trust> trust() const;
};

}  // namespace bsn::framework
