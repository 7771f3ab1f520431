#pragma once
// What a proposal of Fabric says of a call: who makes it, when, and as which transaction.

#include "contract/contract.hpp"

#include <peer/chaincode_shim.pb.h>

namespace bsn::framework::fabric {

/// Who calls, and what stands for the place in the ledger. All peers that endorse a proposal find
/// the same.
struct CallOrigin {
    /// Of the key in the creator's certificate, so that a renewed certificate for it is the same
    /// participant.
    ledger::ParticipantId caller;
    crypto::PublicKey signer;
    ledger::TxId transaction;
    /// As the client says in the proposal.
    UnixMillis time = 0;
    /// While a contract runs on Fabric, nobody knows the block yet. These order what was written by
    /// time, and tell transactions of one millisecond apart: microseconds since 1970, of which the
    /// last three digits are of the transaction's id, and its first four bytes.
    ledger::Height height = 0;
    std::uint32_t index = 0;
};

/// Reads the signed proposal of a TRANSACTION message. `invalid_argument` for what is no proposal,
/// also for an identity whose certificate is not for a secp256r1 key.
Result<CallOrigin> origin_of(const protos::ChaincodeMessage& message);

}  // namespace bsn::framework::fabric
