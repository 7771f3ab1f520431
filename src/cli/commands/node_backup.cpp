// bsn node backup, bsn node restore: a city node's data, kept elsewhere and brought back.

#include "cli/commands/commands.hpp"
#include "node/backup.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

/// A node has signed at most for the height after the last one that it saw ordered, and the others
/// may have shown one less than that.
constexpr std::uint64_t k_ahead_of_others = 2;

struct RestoreWords {
    std::string from;
    std::string to;
    std::optional<std::uint64_t> others_at;
    std::string signed_state;
};

Json to_json(const node::BackupManifest& manifest) {
    return {{"network", manifest.network},
            {"node", manifest.node},
            {"made", manifest.made},
            {"with_keys", manifest.with_keys},
            {"order_height", manifest.order_height},
            {"chains", manifest.chains.size()},
            {"files", manifest.files.size()},
            {"bytes", manifest.bytes()}};
}

std::string size_text(const node::BackupManifest& manifest) {
    return fmt::format("{} files, {:.1f} MB", manifest.files.size(),
                       static_cast<double>(manifest.bytes()) / (1U << 20));
}

Outcome back_up(Context& context, const node::BackupRequest& words) {
    node::BackupRequest request = words;
    request.now = SystemClock().now();
    BSN_TRY(manifest, node::back_up_node(request));
    context.out().text(fmt::format("Node {} as of ordering height {} is in {}: {}.", manifest.node,
                                   manifest.order_height, request.to.string(),
                                   size_text(manifest)));
    context.out().text(manifest.with_keys
                           ? "Its keys are in the backup: guard it like them."
                           : "Its keys are not in the backup: keep copies of keys/, node.crt, "
                             "cometbft/config/ and, of fabric/, every key.pem and identities/ "
                             "elsewhere, or say --with-keys.");
    context.out().json(to_json(manifest));
    return Exit::done;
}

Outcome restore(Context& context, const RestoreWords& words) {
    if (words.others_at.has_value() == !words.signed_state.empty()) {
        return context.usage(
            "say what the node may have signed: either --signed-state FILE, its "
            "priv_validator_state.json from just before it was lost, or --others-at HEIGHT, the "
            "highest ordering height that `bsn status` shows for the other nodes since it stopped");
    }
    BSN_TRY(genesis, context.genesis());
    node::RestoreRequest request{words.from, words.to, genesis->network(), 0};
    if (words.others_at) {
        request.last_signed = *words.others_at + k_ahead_of_others;
    } else {
        BSN_TRY(height, node::read_signed_height(words.signed_state));
        request.last_signed = height;
    }
    BSN_TRY(manifest, node::restore_node(request));
    context.out().text(fmt::format("Node {} is in {}: {}, checked.", manifest.node, words.to,
                                   size_text(manifest)));
    context.out().text(
        fmt::format("It signs nothing up to ordering height {}, and catches up from "
                    "the other nodes when it starts.",
                    request.last_signed));
    if (!manifest.with_keys) {
        context.out().text(
            "Before that, put its keys there: keys/, cometbft/config/"
            "{node_key,priv_validator_key}.json and, if it had them, every key.pem of fabric/, and "
            "fabric/identities/.");
    }
    Json json = to_json(manifest);
    json["signs_above"] = request.last_signed;
    context.out().json(json);
    return Exit::done;
}

}  // namespace

void add_node_backup_commands(Commands& commands, CLI::App* group) {
    auto backup = std::make_shared<node::BackupRequest>();
    CLI::App* command = commands.add(group, "backup", "Copy a stopped city node's data elsewhere",
                                     "bsn node backup --config node.yaml --to /backup/node1");
    command->add_option("--config", backup->config, "The node's configuration")
        ->required()
        ->type_name("FILE");
    command->add_option("--to", backup->to, "A folder that is not there yet")
        ->required()
        ->type_name("FOLDER");
    command->add_flag("--with-keys", backup->with_keys, "Its keys, too: then guard the backup");
    commands.on(command, [backup](Context& context) { return back_up(context, *backup); });

    auto words = std::make_shared<RestoreWords>();
    command = commands.add(group, "restore", "Check a backup, and make a city node's folder of it",
                           "bsn node restore --from /backup/node1 --to node1 --others-at 4711");
    command->add_option("--from", words->from, "The backup")->required()->type_name("FOLDER");
    command->add_option("--to", words->to, "A folder that is not there yet")
        ->required()
        ->type_name("FOLDER");
    command
        ->add_option("--others-at", words->others_at,
                     "The other nodes' highest ordering height, since this one stopped for good")
        ->type_name("HEIGHT");
    command
        ->add_option("--signed-state", words->signed_state,
                     "Instead: its last priv_validator_state.json, if that was saved")
        ->type_name("FILE");
    commands.on(command, [words](Context& context) { return restore(context, *words); });
}

}  // namespace bsn::cli
