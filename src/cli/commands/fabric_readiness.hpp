#pragma once
// What publishing an app of framework `fabric` takes beside the permission chain.

#include "cli/commands/commands.hpp"

#include <string>
#include <vector>

namespace bsn::cli {

/// Before: installs Fabric's programs if the network is one of this machine that lacks them, and
/// waits until these city nodes (all, if none is named) have announced their organisations.
/// `unavailable` names a node that does not.
Status prepare_fabric(Context& context, const std::vector<std::string>& nodes);

/// After: waits until the app's channel is open on the nodes that are asked, telling its steps; for
/// longer if they have to build packages.
Status await_channel(Context& context, const std::string& app, bool packages);

}  // namespace bsn::cli
