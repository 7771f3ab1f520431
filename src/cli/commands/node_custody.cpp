// bsn node custody: the audit log and the master key of a node's custody.

#include "base/files.hpp"
#include "cli/commands/commands.hpp"
#include "gateway/custody/pkcs11_master_key.hpp"
#include "node/custody_files.hpp"
#include "node/node_settings.hpp"

#include <fmt/format.h>

namespace bsn::cli {
namespace {

struct CustodyOptions {
    std::string config;
    std::string new_file;
    std::string new_environment;
    std::string new_label;
};

Json record_json(const gateway::AuditRecord& record) {
    return {{"number", record.number},
            {"time", record.time},
            {"action", gateway::audit_action_name(record.action)},
            {"app", to_hex(record.user.channel)},
            {"owner", to_hex(record.user.owner)},
            {"user", record.user.name},
            {"purpose", record.use.purpose},
            {"requested_by", record.use.requested_by},
            {"digest", to_hex(record.digest)}};
}

/// Its folder is all that is needed: no key is opened.
Outcome audit(Context& context, const CustodyOptions& options) {
    const auto node = std::filesystem::absolute(options.config).lexically_normal().parent_path();
    if (!std::filesystem::exists(node::custody_audit(node))) {
        return Error{Code::not_found,
                     fmt::format("{} has no audit log: custody was never on here", node.string())};
    }
    BSN_TRY(log, store::open_append_log(node::custody_audit(node)));
    BSN_TRY(
        head, gateway::verify_audit(*log, [&](const gateway::AuditRecord& record) {
            context.out().value(one_line(fmt::format(
                "{} {} {} '{}' of {} in {}: {}, by {} {}", record.number, to_iso8601(record.time),
                gateway::audit_action_name(record.action), record.user.name,
                to_hex(record.user.owner).substr(0, 12), to_hex(record.user.channel).substr(0, 12),
                record.use.purpose, record.use.requested_by,
                record.digest.is_zero() ? "" : to_hex(record.digest))));
            context.out().json_line(record_json(record));
        }));
    context.out().text(
        fmt::format("{} records, each follows on the one before. The last one is {}: "
                    "keep that elsewhere, to notice if records are cut off.",
                    head.number, to_hex(head.hash)));
    context.out().json_line({{"records", head.number}, {"head", to_hex(head.hash)}});
    return Exit::done;
}

Outcome rotate(Context& context, const CustodyOptions& options) {
    BSN_TRY(settings, node::NodeSettings::load(options.config));
    BSN_TRY(lock, lock_folder(settings.folder, "lock"));
    (void)lock;  // held until the end: the node does not run
    if (!settings.custody.configured()) {
        return Error{Code::not_found, "node.yaml names no master key under `custody`"};
    }
    gateway::MasterKeySettings next{.file = options.new_file,
                                    .environment = options.new_environment};
    if (!options.new_label.empty()) {
        if (!settings.custody.pkcs11) {
            return context.usage("--new-label is for a master key in a token");
        }
        next.pkcs11 = settings.custody.pkcs11;
        next.pkcs11->key = options.new_label;
    }
    const SystemClock clock;
    if (next.configured()) {
        BSN_CHECK(node::rotate_custody(settings.folder, settings.custody, next, clock));
        context.out().text(
            "Both master keys open the vault now. Name the new one in node.yaml and start the "
            "node: from then on the old one opens it no more.");
        context.out().json({{"rotated", true}, {"settings_to_change", true}});
        return Exit::done;
    }
    if (settings.custody.file.empty()) {
        return context.usage("name the new master key: --new-file, --new-environment, --new-label");
    }
    BSN_CHECK(node::rotate_custody_file(settings.folder, settings.custody.file, clock));
    context.out().text(
        fmt::format("{} holds a new master key; the old one opens nothing any more. "
                    "Backups of the file need renewing.",
                    settings.custody.file.string()));
    context.out().json({{"rotated", true}, {"settings_to_change", false}});
    return Exit::done;
}

Outcome make_token_key(Context& context, const CustodyOptions& options) {
    BSN_TRY(settings, node::NodeSettings::load(options.config));
    if (!settings.custody.pkcs11) {
        return Error{Code::not_found, "node.yaml names no token under `custody.pkcs11`"};
    }
    gateway::Pkcs11Settings token = *settings.custody.pkcs11;
    if (!options.new_label.empty()) token.key = options.new_label;
    BSN_CHECK(gateway::make_pkcs11_master_key(token));
    context.out().text(fmt::format("The token '{}' has the key '{}' now.", token.token, token.key));
    context.out().json({{"token", token.token}, {"key", token.key}});
    return Exit::done;
}

}  // namespace

void add_node_custody_commands(Commands& commands, CLI::App* group) {
    auto options = std::make_shared<CustodyOptions>();
    CLI::App* custody = group->add_subcommand("custody", "Users' keys that a city node keeps");
    custody->require_subcommand(0, 1);
    custody->fallthrough();
    auto add = [&](const char* name, const char* description) {
        CLI::App* command = commands.add(
            custody, name, description,
            fmt::format("bsn node custody {} --config /var/lib/bsn/beijing/node.yaml", name));
        command->add_option("--config", options->config, "The node's settings")
            ->required()
            ->type_name("FILE");
        return command;
    };
    CLI::App* command =
        add("audit", "Print what a stopped node did with users' keys, and verify it");
    commands.on(command, [options](Context& context) { return audit(context, *options); });

    command = add("rotate-master-key", "Give a stopped node's custody another master key");
    command->add_option("--new-file", options->new_file, "A file with the new one")
        ->type_name("FILE");
    command
        ->add_option("--new-environment", options->new_environment, "A variable with the new one")
        ->type_name("NAME");
    command->add_option("--new-label", options->new_label, "Another key of the same token")
        ->type_name("LABEL");
    commands.on(command, [options](Context& context) { return rotate(context, *options); });

    command = add("make-token-key", "Make a master key in the token that node.yaml names");
    command->add_option("--new-label", options->new_label, "Its label (as node.yaml says)")
        ->type_name("LABEL");
    commands.on(command, [options](Context& context) { return make_token_key(context, *options); });
}

}  // namespace bsn::cli
