#pragma once
// What a peer found when it ran a call without writing it anywhere.

#include "base/result.hpp"

#include <string>

namespace bsn::framework::fabric {

/// Whether the call would write: into the public state, or into a private collection. `payload` is
/// a `protos.ProposalResponsePayload`; `invalid_argument` if it cannot be read.
Result<bool> would_write(const std::string& payload);

}  // namespace bsn::framework::fabric
