#pragma once
// Whom a verifier of an app's channel trusts, from what the permission chain says of the app.

#include "framework/fabric/network/channel_plan.hpp"

namespace bsn::framework::fabric {

/// The trusted state (JSON of a `ChannelTrust`) of the channel's first block, which the plan
/// decides.
Result<std::string> trusted_state_of(const ChannelPlan& plan);

}  // namespace bsn::framework::fabric
