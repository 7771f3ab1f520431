#pragma once
// One call of one of our contracts by a peer of Fabric.

#include "contract/contract.hpp"
#include "framework/fabric/chaincode/peer_state.hpp"

namespace bsn::framework::fabric {

/// Runs a TRANSACTION: the COMPLETED message that answers it. Status 200 with the contract's
/// answer, and what it changed is written; or 500 with a sentence, and nothing is. The first
/// argument names the function. A function that only reads may answer at any length.
protos::ChaincodeMessage run_call(const contract::Contract& contract,
                                  const protos::ChaincodeMessage& request, PeerDialogue& peer);

/// The answer to INIT: our contracts have nothing to prepare.
protos::ChaincodeMessage answer_init(const protos::ChaincodeMessage& request);

/// The COMPLETED message that refuses a request.
protos::ChaincodeMessage refuse_call(const protos::ChaincodeMessage& request,
                                     std::string_view sentence);

}  // namespace bsn::framework::fabric
