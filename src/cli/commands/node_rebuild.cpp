// bsn node rebuild-channel: a channel of a stopped city node is made anew.

#include "base/files.hpp"
#include "cli/commands/commands.hpp"
#include "node/node_settings.hpp"
#include "node/rebuild_channel.hpp"

#include <fmt/format.h>

namespace bsn::cli {

void add_node_rebuild_command(Commands& commands, CLI::App* group) {
    struct Words {
        std::string config;
        std::string app;
    };
    auto words = std::make_shared<Words>();
    CLI::App* command = commands.add(
        group, "rebuild-channel",
        "Have a stopped city node make its copy of an app's channel anew at its next start, after "
        "it has diverged or was damaged",
        "bsn node rebuild-channel evidence --config /var/lib/bsn/beijing/node.yaml");
    command->add_option("APP", words->app, "The app, `system`, or a channel id")->required();
    command->add_option("--config", words->config, "The node's settings")
        ->required()
        ->type_name("FILE");
    commands.on(command, [words](Context& context) -> Outcome {
        BSN_TRY(settings, node::NodeSettings::load(words->config));
        BSN_TRY(lock, lock_folder(settings.folder, "lock"));
        (void)lock;  // held until the end: the node does not run
        BSN_TRY(note, node::note_rebuild(settings.folder, words->app));
        context.out().text(
            fmt::format("{} is made anew when the node starts: copied from another of the app's "
                        "nodes, or executed again in order. Until then its data, up to block {}, "
                        "stays.",
                        words->app, note.height));
        context.out().text("The node signs nothing up to where it stood.");
        context.out().json(
            {{"app", words->app}, {"channel", to_hex(note.channel)}, {"height", note.height}});
        return Exit::done;
    });
}

}  // namespace bsn::cli
