#pragma once
// What a call would do to a channel, as a peer found that executed it.

#include "base/result.hpp"

#include <peer/proposal_response.pb.h>

namespace bsn::framework::fabric {

/// Whether the call changes state or tells an event, so that it is a transaction and no query.
/// `invalid_argument` if the answer cannot be read.
Result<bool> has_effects(const protos::ProposalResponse& answer);

}  // namespace bsn::framework::fabric
