#pragma once
// What `bsn app list` and `bsn app show` tell.

#include "cli/commands/commands.hpp"

#include <string>

namespace bsn::cli {

Outcome list_apps(Context& context);
/// The app as the permission chain has it, and how its channel and contracts fare on the node that
/// is asked first.
Outcome show_app(Context& context, const std::string& name);

}  // namespace bsn::cli
