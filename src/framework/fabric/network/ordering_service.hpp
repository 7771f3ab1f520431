#pragma once
// How a channel's orderers agree, as its configuration says it.

#include "framework/fabric/network/channel_plan.hpp"

#include <common/configtx.pb.h>

#include <string>
#include <vector>

namespace bsn::framework::fabric {

/// An orderer that a channel is to have; certificates in PEM.
struct PlannedConsenter {
    std::string host;
    std::uint32_t port = 0;
    std::string msp;
    std::string certificate;  ///< of its connections
    std::string identity;     ///< with which it signs; for BFT only
};

/// Puts into the orderers' group who agrees, how, and whose signatures make a block valid: with
/// Raft any one orderer's; with BFT those of a quorum, each of whom is named.
void put_ordering_service(common::ConfigGroup& group, const registry::FabricChannel& channel,
                          const std::vector<PlannedConsenter>& consenters);

}  // namespace bsn::framework::fabric
