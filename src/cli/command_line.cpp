#include "cli/command_line.hpp"

#include <fmt/format.h>

#include <cstring>

namespace bsn::cli {
namespace {

/// Marks an argument that CLI11 would take for a list.
constexpr char k_literal = '\x01';

bool looks_like_list(std::string_view text) {
    return text == "{}" || (text.starts_with('[') && text.ends_with(']'));
}

/// The arguments in CLI11's order (last first), with those marked that are to be kept as they are.
std::vector<std::string> marked_arguments(int argc, const char* const* argv) {
    std::vector<std::string> arguments;
    for (int i = argc - 1; i > 0; --i) {
        std::string text = argv[i];
        arguments.push_back(looks_like_list(text) ? k_literal + text : text);
    }
    return arguments;
}

void unmark_values(CLI::App& app) {
    for (CLI::Option* option : app.get_options()) {
        if (option->get_expected_max() == 0 || option->get_items_expected_max() == 0) continue;
        option->transform(
            [](std::string text) { return text.starts_with(k_literal) ? text.substr(1) : text; },
            "");
    }
    for (CLI::App* command : app.get_subcommands({})) unmark_values(*command);
}

void add_global_options(CLI::App& root, GlobalOptions& options) {
    root.add_option("--home", options.home, "Home folder ($BSN_HOME, else ~/.bsn)");
    root.add_option("--node", options.nodes, "A node to ask (repeatable; else as configured)")
        ->type_name("URL")
        ->expected(1)
        ->take_all();
    root.add_option("--key", options.key, "The key to act with (else as configured)")
        ->type_name("NAME|FILE");
    root.add_option("--genesis", options.genesis, "The genesis file to trust (else the pinned one)")
        ->type_name("FILE");
    root.add_option("--passphrase-file", options.passphrase_file,
                    "Where the key's passphrase is (else $BSN_PASSPHRASE, else you are asked)")
        ->type_name("FILE");
    root.add_option("--timeout", options.timeout_s, "How long to try, in seconds (30)")
        ->check(CLI::Range(1, 3600))
        ->type_name("S");
    root.add_flag("--signed-answers", options.signed_answers,
                  "Take only answers that a city node of the genesis's authority signed");
    root.add_flag("--json", options.json, "Answer in JSON, for machines");
    root.add_flag("--quiet,-q", options.quiet, "Print answers only");
    root.set_version_flag("--version", "bsn " BSN_VERSION, "Print the version");
}

void add_commands(Commands& commands) {
    add_network_commands(commands);
    add_network_setup_commands(commands);
    add_node_commands(commands);
    add_status_command(commands);
    add_app_commands(commands);
    add_call_commands(commands);
    add_authorize_command(commands);
    add_contract_commands(commands);
    add_evidence_commands(commands);
    add_receipt_commands(commands);
    add_ledger_commands(commands);
    add_event_commands(commands);
    add_key_commands(commands);
    add_custody_commands(commands);
    add_fisco_commands(commands);
    add_fabric_commands(commands);
    add_chaincode_commands(commands);
    add_framework_commands(commands);
    add_bench_commands(commands);
}

/// The last command that the line named, as typed: `bsn app publish`.
std::string named_command(const CLI::App& root, const CLI::App** last) {
    std::string name = "bsn";
    const CLI::App* at = &root;
    for (auto below = at->get_subcommands(); !below.empty(); below = at->get_subcommands()) {
        at = below.front();
        name += " " + at->get_name();
    }
    *last = at;
    return name;
}

Exit usage_error(const CLI::App& root, Output& output, std::string_view message) {
    const CLI::App* last = nullptr;
    std::string command = named_command(root, &last);
    output.error(
        {Code::invalid_argument, fmt::format("{}; see `{} --help`", one_line(message), command)});
    return Exit::usage;
}

Exit missing_command(const CLI::App& root, Output& output) {
    const CLI::App* last = nullptr;
    named_command(root, &last);
    std::string names;
    for (const CLI::App* below : last->get_subcommands([](const CLI::App*) { return true; })) {
        names += (names.empty() ? "" : ", ") + below->get_name();
    }
    return usage_error(root, output, "say what to do, one of: " + names);
}

}  // namespace

CommandLine::CommandLine()
    : root_("bsn: an open Blockchain-based Service Network", "bsn"), commands_(root_) {
    root_.require_subcommand(0, 1);
    root_.footer("Start with `bsn up`. `bsn COMMAND --help` shows a command with an example.");
    add_global_options(root_, options_);
    add_commands(commands_);
    unmark_values(root_);
}

std::optional<Exit> CommandLine::parse(int argc, const char* const* argv, std::ostream& out,
                                       std::ostream& err, Output& output) {
    // Known before the line is: how its mistakes are told.
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--json") == 0) output.set_style(true, false);
    }
    try {
        root_.parse(marked_arguments(argc, argv));
    } catch (const CLI::Success& success) {  // --help, --version
        root_.exit(success, out, err);
        return Exit::done;
    } catch (const CLI::ParseError& error) {
        return usage_error(root_, output, error.what());
    }
    output.set_style(options_.json, options_.quiet);
    if (commands_.chosen() == nullptr) return missing_command(root_, output);
    return std::nullopt;
}

}  // namespace bsn::cli
