// bsn bench: how much the network does on this hardware, measured from outside.

#include "base/files.hpp"
#include "base/progress.hpp"
#include "cli/bench/own_network.hpp"
#include "cli/bench/report.hpp"
#include "cli/bench/verify_rate.hpp"
#include "cli/commands/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <list>

namespace bsn::cli {
namespace {

constexpr std::array<std::string_view, 3> k_suites{"secp256r1", "secp256k1", "sm2"};
/// A connection of an open loop is busy with one request for as long as it takes.
constexpr std::size_t k_closed_connections = 4;
constexpr std::size_t k_open_connections = 64;
/// Longer runs sign as they go: transactions live for ten minutes, and take memory until then.
constexpr double k_most_presigned_s = 120;
constexpr double k_plotted_intervals = 40;
constexpr double k_quiet_s = 10;

struct BenchOptions {
    LoadOptions load;
    std::vector<double> rates;  ///< none: closed loop
    std::size_t connections = 0;
    std::size_t payload_bytes = 256;
    std::vector<std::string> suites{"secp256r1"};
    std::string app;
    std::size_t apps = 1;
    std::size_t peers = 0;  ///< nodes of each app; 0: all
    std::size_t nodes = 0;  ///< of a network of its own; 0: 3, or none if also no `ordering`
    std::string ordering;   ///< of a network of its own; empty: embedded, or none
    std::string endpoints = "all";
    bool sign_live = false;
    std::size_t presign = 0;
    double verify_s = 2;
    std::string plot;

    bool has_own_network() const { return nodes > 0 || !ordering.empty(); }
};

/// Transactions per second that a closed loop may use up: somewhat more than is to be expected.
double expected_rate(crypto::SuiteId suite) {
    return suite == crypto::SuiteId::sm2 ? 5'000 : 15'000;
}

/// One suite's measurements, one after the other.
class SuiteBench {
  public:
    SuiteBench(Context& context, const BenchOptions& options, BenchStage& stage, NodeClient& api,
               const Identity& identity, const std::string& authority)
        : context_(context),
          options_(options),
          stage_(stage),
          api_(api),
          identity_(identity),
          probe_(api.endpoints(), authority, local_network_behind(context.home(), api.endpoints())),
          target_{.authority = authority} {}

    /// A rate of 0: closed loop.
    Result<BenchRun> measure(double rate) {
        BenchRun run;
        run.options = options_.load;
        run.options.rate = rate;
        run.options.connections = std::max(connections(rate), stage_.apps.size());
        run.payload_bytes = options_.payload_bytes;
        run.suite = crypto::suite_name(stage_.suite);
        for (const BenchApp& app : stage_.apps) run.apps.push_back(app.ref.name);
        BSN_TRY(genesis, context_.genesis());
        run.network = NetworkShape::of(*genesis);

        std::list<TransactionSource> sources;
        BSN_CHECK(sign_stocks(rate, sources, run));
        verify(run, &VerificationRates::before);
        BSN_CHECK(run_load_of(run));
        BSN_TRY(end, probe_.sample());
        run.end = end;
        verify(run, &VerificationRates::after);
        return run;
    }

  private:
    std::size_t connections(double rate) const {
        if (options_.connections > 0) return options_.connections;
        return rate > 0 ? k_open_connections : k_closed_connections;
    }

    Status sign_stocks(double rate, std::list<TransactionSource>& sources, BenchRun& run) {
        target_.apps.clear();
        for (const BenchApp& app : stage_.apps) {
            const ChainRef chain{api_.network(), app.ref.channel};
            sources.emplace_back(chain, padded_deposits(chain, identity_, options_.payload_bytes));
            LoadTarget::App target{&sources.back(), {}};
            for (std::size_t node : app.nodes) target.endpoints.push_back(api_.endpoints()[node]);
            if (options_.endpoints == "one") target.endpoints.resize(1);
            target_.apps.push_back(std::move(target));
        }
        double seconds = run.options.warmup_s + run.options.duration_s;
        bool live = options_.sign_live || (options_.presign == 0 && seconds > k_most_presigned_s);
        if (live) return {};
        double wanted = options_.presign > 0 ? static_cast<double>(options_.presign)
                        : rate > 0           ? rate * seconds
                                             : expected_rate(stage_.suite) * seconds;
        auto each =
            static_cast<std::size_t>(std::ceil(wanted / static_cast<double>(sources.size())));
        run.stock = each * sources.size();
        std::unique_ptr<Progress> bar;
        if (context_.out().is_chatty()) {
            bar = std::make_unique<Progress>("Signing", run.stock, "transactions");
        }
        for (TransactionSource& source : sources) {
            BSN_CHECK(source.sign_stock(each, [&](std::size_t more) {
                if (bar) bar->add(more);
            }));
            run.stock_s += source.stock_s();
        }
        return {};
    }

    void verify(BenchRun& run, double VerificationRates::*when) const {
        if (options_.verify_s <= 0) return;
        probe_.wait_until_quiet(k_quiet_s);
        VerificationRate rate =
            verification_rate(stage_.suite, options_.payload_bytes, options_.verify_s);
        run.verification.*when = rate.own;
        run.plain.*when = rate.plain;
    }

    Status run_load_of(BenchRun& run) {
        std::optional<Error> failure;
        std::unique_ptr<Progress> bar;
        const char* drawn = nullptr;
        LoadEvents events;
        events.measuring = [&] {
            auto sample = probe_.sample();
            if (!sample) failure = sample.error();
            if (sample) run.begin = *sample;
        };
        events.look = [&] { return probe_.usage(); };
        events.progress = [&](const char* title, double passed, double total) {
            if (!context_.out().is_chatty()) return;
            if (drawn != title) {
                bar.reset();
                bar = std::make_unique<Progress>(title, static_cast<std::uint64_t>(total * 10));
                drawn = title;
            }
            bar->set(static_cast<std::uint64_t>(passed * 10));
        };
        BSN_TRY(load, run_load(run.options, target_, events));
        bar.reset();
        if (failure) return *failure;
        run.load = std::move(load);
        run.agreement.reached = true;
        for (std::size_t i = 0; i < stage_.apps.size(); ++i) {
            Agreement one = wait_for_agreement(api_, stage_.apps[i], run.load.highest[i]);
            bool all = run.agreement.reached && one.reached;
            if (i == 0) run.agreement = one;
            run.agreement.reached = all;
        }
        run.total_s =
            std::chrono::duration<double>(SteadyClock::now() - run.load.measured_from).count();
        return {};
    }

    Context& context_;
    const BenchOptions& options_;
    BenchStage& stage_;
    NodeClient& api_;
    const Identity& identity_;
    NetworkProbe probe_;
    LoadTarget target_;
};

/// Whether a measurement counts for anything.
Status check_run(const BenchRun& run) {
    if (!run.agreement.reached) {
        return Error{Code::corrupted,
                     fmt::format("the peers do not hold the same last block after {} s; see `bsn "
                                 "status` and the nodes' log",
                                 k_agreement_ms / 1000)};
    }
    if (run.load.counts.committed == 0) {
        return Error{Code::unavailable,
                     "nothing was certified during the measurement; choose a longer --duration"};
    }
    return {};
}

Status measure_suite(Context& context, const BenchOptions& options, const std::string& suite,
                     std::vector<BenchRun>& runs) {
    std::vector<std::string> names =
        bench_app_names(options.app.empty() ? "bench-" + suite : options.app, options.apps);
    BSN_TRY(stage, prepare_bench(context, {names, suite, options.peers, options.payload_bytes}));
    BSN_TRY(api, stage.acting.client(Context::Signing::yes));
    BSN_TRY(identity, stage.acting.identity());
    BSN_TRY(genesis, stage.acting.genesis());
    SuiteBench bench(context, options, stage, *api, *identity, genesis->authority);
    std::vector<double> rates = options.rates.empty() ? std::vector<double>{0} : options.rates;
    for (double rate : rates) {
        BSN_TRY(run, bench.measure(rate));
        runs.push_back(std::move(run));
        if (Status good = check_run(runs.back()); !good) return good;
    }
    return {};
}

Status write_plot(const std::string& file, const std::vector<BenchRun>& runs) {
    return write_file_atomically(file, as_bytes(plot_of(runs)));
}

/// The suites meant, in the usual order if all are.
std::vector<std::string> suites_of(const BenchOptions& options) {
    bool all =
        std::find(options.suites.begin(), options.suites.end(), "all") != options.suites.end();
    return all ? std::vector<std::string>(k_suites.begin(), k_suites.end()) : options.suites;
}

/// Measures on the network of a context, and tells what was found to the user.
Outcome measure_on(Context& context, const BenchOptions& options,
                   const std::vector<std::string>& suites, const OwnNetwork* own) {
    std::vector<BenchRun> runs;
    Status outcome;
    for (const std::string& suite : suites) {
        outcome = measure_suite(context, options, suite, runs);
        if (own != nullptr && own->check().ok() == false) outcome = own->check();
        if (!outcome) break;
    }
    // What was measured is told also if a later measurement failed.
    if (runs.empty()) return outcome.error();
    Machine machine = Machine::here(context.home().folder());
    context.out().json(report_json(runs, machine));
    if (!context.out().is_json()) print_report(context.out(), runs, machine);
    if (!outcome) return outcome.error();
    if (!options.plot.empty()) BSN_CHECK(write_plot(options.plot, runs));
    return Exit::done;
}

Outcome evidence(Context& context, BenchOptions options) {
    std::vector<std::string> suites = suites_of(options);
    if (suites.size() > 1 && !options.app.empty()) {
        return context.usage("--app goes with one --suite only; an app has one suite");
    }
    if (!options.plot.empty() && options.load.every_s <= 0 && options.rates.size() < 2) {
        options.load.every_s = std::max(0.5, options.load.duration_s / k_plotted_intervals);
    }
    if (!options.has_own_network()) return measure_on(context, options, suites, nullptr);
    if (!context.options().nodes.empty() || !context.options().genesis.empty()) {
        return context.usage(
            "--nodes and --ordering make a network of their own; --node and "
            "--genesis name one that runs");
    }
    OwnNetwork::Shape shape;
    if (options.nodes > 0) shape.nodes = options.nodes;
    if (!options.ordering.empty()) shape.ordering = options.ordering;
    if (options.peers > shape.nodes) {
        return context.usage(fmt::format("--peers {} of {} nodes; name more with --nodes",
                                         options.peers, shape.nodes));
    }
    BSN_TRY(own, OwnNetwork::start(context, shape));
    return measure_on(own->context(), options, suites, own.get());
}

void add_load_options(CLI::App* command, BenchOptions& options) {
    LoadOptions& load = options.load;
    command
        ->add_option("--rate", options.rates,
                     "Open loop: so many transactions fall due each second (repeatable: one rate "
                     "after the other; else closed loop)")
        ->check(CLI::Range(0.1, 1e6))
        ->type_name("N")
        ->expected(1)
        ->take_all();
    command
        ->add_option("--window-ms", load.window_ms,
                     "Open loop: what falls due within so long shares a request (5)")
        ->check(CLI::Range(0.0, 1'000.0))
        ->type_name("MS");
    command
        ->add_option("--connections", options.connections,
                     "Connections, a thread each (closed loop 4, open loop 64)")
        ->check(CLI::Range(1, 256))
        ->type_name("N");
    command
        ->add_option("--batch", load.batch, "Transactions in one request; open loop: at most (500)")
        ->check(CLI::Range(1, 4000))
        ->type_name("N");
    command
        ->add_option("--payload-bytes", options.payload_bytes, "Payload of each transaction (256)")
        ->check(CLI::Range(214, 4300))
        ->type_name("N");
    command->add_option("--duration", load.duration_s, "Seconds to measure (20)")
        ->check(CLI::Range(0.1, 86'400.0))
        ->type_name("S");
    command->add_option("--warmup", load.warmup_s, "Seconds before that (3)")
        ->check(CLI::Range(0.0, 3'600.0))
        ->type_name("S");
    command
        ->add_option("--presign", options.presign,
                     "Transactions to sign beforehand (enough for the suite, if the run takes at "
                     "most two minutes); further ones are signed as they are sent")
        ->check(CLI::Range(1, 20'000'000))
        ->type_name("N");
    command->add_flag("--sign-live,!--presigned", options.sign_live,
                      "Sign while measuring, on the same cores; or beforehand (default)");
}

void add_report_options(CLI::App* command, BenchOptions& options) {
    command
        ->add_option("--every", options.load.every_s,
                     "Also tell throughput, latency and memory of each interval of so many seconds")
        ->check(CLI::Range(0.1, 3'600.0))
        ->type_name("S");
    command->add_option("--plot", options.plot, "Draw the result: over time, or over the rates")
        ->type_name("FILE.svg");
    command
        ->add_option(
            "--verify-seconds", options.verify_s,
            "Measure signature checks alone for so long, before and after, by the network's "
            "verifier and by plain OpenSSL (2; 0: not)")
        ->check(CLI::Range(0.0, 60.0))
        ->type_name("S");
}

void add_network_options(CLI::App* command, BenchOptions& options) {
    command
        ->add_option("--nodes", options.nodes,
                     "Start a network of so many city nodes for the measurement, and remove it (3; "
                     "without this and --ordering: the one that runs)")
        ->check(CLI::Range(1, 16))
        ->type_name("N");
    command->add_option("--ordering", options.ordering, "The ordering of that network (embedded)")
        ->check(CLI::IsMember({"embedded", "cometbft"}))
        ->type_name("TYPE");
    command
        ->add_option("--peers", options.peers,
                     "City nodes of each app, other ones for each (all nodes)")
        ->check(CLI::Range(1, 16))
        ->type_name("N");
}

}  // namespace

void add_bench_commands(Commands& commands) {
    CLI::App* group = commands.group("bench", "Measure the network");
    auto options = std::make_shared<BenchOptions>();
    CLI::App* command =
        commands.add(group, "evidence", "Deposits of evidence: throughput, latency, what it costs",
                     "bsn bench evidence --suite all --duration 30 --json");
    add_load_options(command, *options);
    add_report_options(command, *options);
    command
        ->add_option("--suite", options->suites,
                     "secp256r1 (default), secp256k1, sm2, several with commas, or all")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::IsMember({"secp256r1", "secp256k1", "sm2", "all"}))
        ->type_name("SUITE");
    command->add_option("--app", options->app, "The app (bench-SUITE, made if it is missing)");
    command->add_option("--apps", options->apps, "So many apps at once: APP, APP-2, … (1)")
        ->check(CLI::Range(1, 64))
        ->type_name("N");
    add_network_options(command, *options);
    command->add_option("--endpoints", options->endpoints, "Send to all nodes (default) or one")
        ->check(CLI::IsMember({"all", "one"}))
        ->type_name("WHICH");
    commands.on(command, [options](Context& context) { return evidence(context, *options); });
    add_bench_evm_command(commands, group);
    add_bench_gateway_command(commands, group);
    add_bench_crypto_command(commands, group);
    add_bench_fabric_command(commands, group);
}

}  // namespace bsn::cli
