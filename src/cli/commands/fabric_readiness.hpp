#pragma once
// What publishing an app of framework `fabric` takes beside the permission chain.

#include "cli/commands/commands.hpp"

#include <string>
#include <vector>

namespace bsn::cli {

/// The version of Fabric that member `fabric` of an app's description asks for.
std::string fabric_version(const Json& fabric);

/// Before: installs Fabric's programs of this version if the network is one of this machine that
/// lacks them, and waits until these city nodes (all, if none is named) have announced their
/// organisations for it. `unavailable` names a node that does not.
Status prepare_fabric(Context& context, const std::vector<std::string>& nodes,
                      const std::string& version);

/// After: waits until the app's channel is open on the nodes that are asked, telling its steps; for
/// longer if they have to build packages.
Status await_channel(Context& context, const std::string& app, bool packages);

/// After an upgrade: waits until the nodes know of the contract's version, then as above.
Status await_contract(Context& context, const std::string& app, const std::string& contract,
                      std::uint64_t version);

}  // namespace bsn::cli
