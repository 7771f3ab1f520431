#pragma once
// bsn app join, invite, approve, remove.

#include "cli/commands/commands.hpp"

namespace bsn::cli {

/// Adds them to the group `app`.
void add_member_commands(Commands& commands, CLI::App* group);

}  // namespace bsn::cli
