#pragma once
// What the permission chain wants an app's channel to be.

#include "base/clock.hpp"
#include "ledger/control.hpp"
#include "registry/fabric_channel.hpp"

#include <string>
#include <vector>

namespace bsn::framework::fabric {

/// The channel id in Fabric of an app's channel.
std::string channel_name(ByteView channel);

/// What a channel's first block is made of.
struct ChannelPlan {
    std::string name;  ///< `channel_name`
    registry::FabricChannel channel;
    UnixMillis created = 0;  ///< when the app was published
};

struct AppPlan {
    ChannelPlan channel;
    std::vector<ledger::ContractControl> contracts;
};

}  // namespace bsn::framework::fabric
