#pragma once
// Whether somebody who gathers endorsements for a client hands back what the client proposed.

#include <peer/proposal.pb.h>

#include <string>

namespace bsn::framework::fabric {

/// Whether a transaction's payload is made of this proposal: same header, so same id and creator,
/// and the same call of the same chaincode. What the endorsers answered is theirs to say.
bool is_transaction_of(const std::string& payload, const protos::Proposal& proposal);

}  // namespace bsn::framework::fabric
