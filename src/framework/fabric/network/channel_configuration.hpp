#pragma once
// The first block of an app's channel: its configuration, as every node makes it for itself.

#include "framework/fabric/network/channel_plan.hpp"

#include <common/common.pb.h>

#include <string>

namespace bsn::framework::fabric {

/// The genesis block. The same plan makes the same bytes on every node: maps are written in order,
/// time and nonce follow from the plan. Each member is an organisation of the application, with its
/// peer as anchor; those that order, of the orderer, too. A majority of organisations endorses,
/// approves contracts and changes the configuration; any orderer of theirs signs blocks, or, where
/// they agree by BFT, a quorum of them.
/// `invalid_argument` if an address or certificate cannot be read, or nobody orders.
Result<common::Block> genesis_block(const ChannelPlan& plan);

/// The bytes of a message with all maps in order.
std::string in_order(const google::protobuf::Message& message);

}  // namespace bsn::framework::fabric
