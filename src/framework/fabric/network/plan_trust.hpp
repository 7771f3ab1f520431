#pragma once
// Whom a verifier of an app's channel trusts, from what the permission chain says of the app.

#include "framework/fabric/client/channel_trust.hpp"
#include "framework/fabric/network/channel_plan.hpp"

namespace bsn::framework::fabric {

/// The trust of the channel's first block, which the plan decides.
Result<ChannelTrust> trust_of(const ChannelPlan& plan);

}  // namespace bsn::framework::fabric
