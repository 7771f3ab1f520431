// bsn node: one city node.

#include "cli/commands/commands.hpp"
#include "node/node_process.hpp"

namespace bsn::cli {

void add_node_commands(Commands& commands) {
    CLI::App* group = commands.group("node", "One city node, as a process of its own");
    add_node_backup_commands(commands, group);
    add_node_leave_command(commands, group);
    add_node_rebuild_command(commands, group);
    add_node_custody_commands(commands, group);
    auto config = std::make_shared<std::string>();
    CLI::App* command =
        commands.add(group, "run", "Run a city node, and cometbft beside it, until SIGTERM",
                     "bsn node run --config /var/lib/bsn/beijing/node.yaml");
    command->add_option("--config", *config, "The node's settings; their folder is the node's")
        ->required()
        ->type_name("FILE");
    commands.on(command, [config](Context&) -> Outcome {
        BSN_TRY(settings, node::NodeSettings::load(*config));
        BSN_CHECK(node::run_node(settings));
        return Exit::done;
    });
}

}  // namespace bsn::cli
