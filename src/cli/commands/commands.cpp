#include "cli/commands/commands.hpp"

namespace bsn::cli {

CLI::App* Commands::group(const std::string& name, const std::string& description) {
    CLI::App* group = root_.add_subcommand(name, description);
    group->require_subcommand(0, 1);
    group->fallthrough();
    return group;
}

CLI::App* Commands::add(CLI::App* parent, const std::string& name, const std::string& description,
                        const std::string& example) {
    CLI::App* command = (parent != nullptr ? parent : &root_)->add_subcommand(name, description);
    command->fallthrough();
    command->footer("Example:\n  " + example +
                    "\n\n`bsn --help` lists the options of all commands.");
    return command;
}

void Commands::on(CLI::App* command, Handler handler) {
    command->final_callback([this, handler = std::move(handler)] { chosen_ = handler; });
}

}  // namespace bsn::cli
