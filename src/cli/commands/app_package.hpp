#pragma once
// bsn app package.

#include "cli/commands/commands.hpp"

namespace bsn::cli {

void add_package_command(Commands& commands, CLI::App* group);

}  // namespace bsn::cli
