// bsn bench fabric: evidence on Hyperledger Fabric by the official client and through our gateway,
// and on our own ledger, side by side.

#include "base/files.hpp"
#include "cli/bench/fabric_stage.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/framework.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>

namespace bsn::cli {
namespace {

struct FabricBenchOptions {
    RecordLoad load;
    std::vector<std::size_t> in_flight{25, 100, 400};
    std::size_t batch = 100;
    std::size_t batches_in_flight = 24;
    std::size_t rounds = 1;
    std::size_t nodes = 3;
    std::string node_client;
    std::vector<std::string> only;
    std::string plot;
};

bool is_wanted(const FabricBenchOptions& options, RecordPath path) {
    if (path == RecordPath::fabric_node_client && options.node_client.empty()) return false;
    return options.only.empty() || std::find(options.only.begin(), options.only.end(),
                                             path_name(path)) != options.only.end();
}

bool is_any_wanted(const FabricBenchOptions& options, std::span<const RecordPath> paths) {
    return std::any_of(paths.begin(), paths.end(),
                       [&](RecordPath path) { return is_wanted(options, path); });
}

/// Adds a round of a path to what was measured of it before.
void add_round(FabricFigures& figures, PathFigure round) {
    for (PathFigure& figure : figures.paths) {
        if (figure.path != round.path || figure.in_flight != round.in_flight) continue;
        figure += round;
        return;
    }
    figures.paths.push_back(std::move(round));
}

/// All paths to one network under each number of transactions, in turn, as often as there are
/// rounds.
Status measure_all(const FabricBenchOptions& options, RecordStage& stage,
                   std::span<const RecordPath> paths, FabricFigures& figures) {
    for (std::size_t in_flight : options.in_flight) {
        for (std::size_t round = 0; round < options.rounds; ++round) {
            for (RecordPath path : paths) {
                if (!is_wanted(options, path)) continue;
                RecordLoad load = options.load;
                load.in_flight = in_flight;
                if (path == RecordPath::fabric_batched) {
                    // These have a number of their own.
                    if (in_flight != options.in_flight.front()) continue;
                    load.in_flight = options.batches_in_flight;
                    load.batch = options.batch;
                }
                auto figure = stage.measure(path, load);
                if (!figure) return figure.error().within(path_title(path));
                add_round(figures, std::move(*figure));
            }
        }
    }
    return {};
}

Status measure_fabric(Context& context, const FabricBenchOptions& options, FabricFigures& figures) {
    constexpr std::array k_paths{RecordPath::fabric_node_client, RecordPath::fabric_single,
                                 RecordPath::fabric_batched};
    if (!is_any_wanted(options, k_paths)) return {};
    BSN_TRY(programs, installed_fabric(context, framework::fabric::k_release_lines.front()));
    figures.fabric_version = programs.version;
    // For the network that is started below; there is one thread yet.
    ::setenv("BSN_FABRIC", programs.folder.c_str(), 1);
    RecordStage stage(context, {options.nodes, "embedded", true, options.node_client});
    BSN_CHECK(stage.prepare());
    BSN_CHECK(measure_all(options, stage, k_paths, figures));
    stage.tell_of(figures);
    return stage.check();
}

Status measure_ledger(Context& context, const FabricBenchOptions& options, RecordPath path,
                      FabricFigures& figures) {
    if (!is_wanted(options, path)) return {};
    const char* ordering = path == RecordPath::ledger_cometbft ? "cometbft" : "embedded";
    RecordStage stage(context, {options.nodes, ordering, false, ""});
    BSN_CHECK(stage.prepare());
    BSN_CHECK(measure_all(options, stage, std::span(&path, 1), figures));
    return stage.check();
}

Outcome bench_fabric(Context& context, const FabricBenchOptions& options) {
    FabricFigures figures;
    figures.metadata_bytes = options.load.metadata_bytes;
    figures.rounds = options.rounds;
    figures.duration_s = options.load.duration_s;
    Status outcome = measure_fabric(context, options, figures);
    for (RecordPath path : {RecordPath::ledger_embedded, RecordPath::ledger_cometbft}) {
        if (outcome) outcome = measure_ledger(context, options, path, figures);
    }
    if (figures.paths.empty()) {
        if (!outcome) return outcome.error();
        return context.usage("--only names the official client alone, which needs --node-client");
    }
    // What was measured is told also if a later measurement failed.
    const Machine machine = Machine::here(std::filesystem::temp_directory_path());
    context.out().json(fabric_json(figures, machine));
    if (!context.out().is_json()) print_fabric(context.out(), figures, machine);
    if (!options.plot.empty()) {
        BSN_CHECK(write_file_atomically(options.plot, as_bytes(fabric_plot(figures))));
    }
    if (!outcome) return outcome.error();
    return Exit::done;
}

}  // namespace

void add_bench_fabric_command(Commands& commands, CLI::App* group) {
    auto options = std::make_shared<FabricBenchOptions>();
    CLI::App* command =
        commands.add(group, "fabric", "Evidence on Hyperledger Fabric, beside our own ledger",
                     "bsn bench fabric --json\n  scripts/bench-fabric.py --plot fabric.svg");
    command
        ->add_option("--in-flight", options->in_flight,
                     "Transactions on their way at once, several numbers with commas (25,100,400)")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::Range(1, 8000))
        ->type_name("N");
    command->add_option("--batch", options->batch, "Records in a transaction, when batched (100)")
        ->check(CLI::Range(2, 1000))
        ->type_name("N");
    command
        ->add_option("--batches-in-flight", options->batches_in_flight,
                     "Such transactions on their way at once (24)")
        ->check(CLI::Range(1, 1000))
        ->type_name("N");
    command
        ->add_option("--metadata-bytes", options->load.metadata_bytes,
                     "Metadata of each record, beside its hash (64)")
        ->check(CLI::Range(0, 4096))
        ->type_name("N");
    command->add_option("--nodes", options->nodes, "City nodes, each with a peer (3)")
        ->check(CLI::Range(1, 16))
        ->type_name("N");
    command
        ->add_option("--rounds", options->rounds,
                     "How often all paths to Fabric take their turns (1)")
        ->check(CLI::Range(1, 1000))
        ->type_name("N");
    command->add_option("--duration", options->load.duration_s, "Seconds of each measurement (10)")
        ->check(CLI::Range(0.1, 3600.0))
        ->type_name("S");
    command->add_option("--warmup", options->load.warmup_s, "Seconds before each (2)")
        ->check(CLI::Range(0.0, 60.0))
        ->type_name("S");
    command
        ->add_option("--node-client", options->node_client,
                     "Program of the official Node client (see scripts/bench-fabric.py)")
        ->check(CLI::ExistingFile)
        ->type_name("FILE");
    command
        ->add_option("--only", options->only,
                     "Paths with commas: fabric_node_client, fabric_single, fabric_batched, "
                     "ledger_embedded, ledger_cometbft (all)")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember({"fabric_node_client", "fabric_single", "fabric_batched",
                               "ledger_embedded", "ledger_cometbft"}))
        ->type_name("PATH");
    command->add_option("--plot", options->plot, "Draw throughput and latency into this file")
        ->type_name("FILE.svg");
    commands.on(command, [options](Context& context) { return bench_fabric(context, *options); });
}

}  // namespace bsn::cli
