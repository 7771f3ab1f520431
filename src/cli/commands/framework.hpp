#pragma once
// Programs of frameworks, for commands that need them.

#include "cli/commands/commands.hpp"
#include "framework/fabric/network/releases.hpp"

namespace bsn::cli {

/// The programs of a line of Fabric, which are built if there are none.
Result<framework::fabric::FabricPrograms> installed_fabric(
    Context& context, const framework::fabric::ReleaseLine& line);

}  // namespace bsn::cli
