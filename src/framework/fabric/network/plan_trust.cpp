#include "framework/fabric/network/plan_trust.hpp"

#include "framework/fabric/client/channel_config.hpp"
#include "framework/fabric/network/channel_configuration.hpp"

namespace bsn::framework::fabric {

Result<std::string> trusted_state_of(const ChannelPlan& plan) {
    BSN_TRY(block, genesis_block(plan));
    BSN_TRY(config, read_channel_config(block));
    return config.trust.to_json();
}

}  // namespace bsn::framework::fabric
