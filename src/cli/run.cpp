#include "cli/run.hpp"

#include "cli/commands/commands.hpp"

#include <fmt/format.h>

#include <cstring>
#include <iostream>

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
        ->expected(1);
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
    root.add_flag("--json", options.json, "Answer in JSON, for machines");
    root.add_flag("--quiet,-q", options.quiet, "Print answers only");
    root.set_version_flag("--version", "bsn " BSN_VERSION, "Print the version");
}

void add_commands(Commands& commands) {
    add_network_commands(commands);
    add_status_command(commands);
    add_app_commands(commands);
    add_call_commands(commands);
    add_evidence_commands(commands);
    add_receipt_commands(commands);
    add_ledger_commands(commands);
    add_event_commands(commands);
    add_key_commands(commands);
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

Exit run_handler(const Handler& handler, const GlobalOptions& options, Output& output) {
    auto home = Home::find(options.home);
    if (!home) {
        output.error(home.error());
        return Exit::failed;
    }
    Context context(options, *home, output);
    auto outcome = handler(context);
    if (outcome) return *outcome;
    output.error(outcome.error());
    return Exit::failed;
}

}  // namespace

int run(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
    Output output(out, err);
    GlobalOptions options;
    CLI::App root("bsn: an open Blockchain-based Service Network", "bsn");
    root.require_subcommand(0, 1);
    root.footer("Start with `bsn up`. `bsn COMMAND --help` shows a command with an example.");
    add_global_options(root, options);
    Commands commands(root);
    add_commands(commands);
    unmark_values(root);

    // Known before the line is: how its mistakes are told.
    for (int i = 1; i < argc; ++i) {
        if (std::strcmp(argv[i], "--json") == 0) output.set_style(true, false);
    }
    try {
        root.parse(marked_arguments(argc, argv));
    } catch (const CLI::Success& success) {  // --help, --version
        root.exit(success, out, err);
        return static_cast<int>(Exit::done);
    } catch (const CLI::ParseError& error) {
        return static_cast<int>(usage_error(root, output, error.what()));
    }
    output.set_style(options.json, options.quiet);
    if (commands.chosen() == nullptr) return static_cast<int>(missing_command(root, output));
    try {
        return static_cast<int>(run_handler(*commands.chosen(), options, output));
    } catch (const Json::exception& error) {
        output.error({Code::unsupported_version,
                      fmt::format("a node's answer is not of the form that this bsn knows; use one "
                                  "of the node's version ({})",
                                  error.what())});
        return static_cast<int>(Exit::failed);
    } catch (const std::exception& error) {
        output.error({Code::internal,
                      fmt::format("this is a bug of bsn, please report it: {}", error.what())});
        return static_cast<int>(Exit::failed);
    }
}

int run(int argc, const char* const* argv) { return run(argc, argv, std::cout, std::cerr); }

}  // namespace bsn::cli
