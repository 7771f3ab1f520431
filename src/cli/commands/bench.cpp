// bsn bench: how much the network does on this hardware, measured from outside.

#include "base/clock.hpp"
#include "cli/app_file.hpp"
#include "cli/commands/commands.hpp"
#include "cli/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <thread>
#include <unistd.h>

namespace bsn::cli {
namespace {

constexpr std::uint64_t k_settle_ms = 60'000;
constexpr std::uint64_t k_probe_ms = 2'000;
constexpr auto k_poll = std::chrono::milliseconds(5);
constexpr std::uint64_t k_access_ms = 10'000;

struct BenchOptions {
    LoadOptions load;
    std::string suite = "secp256r1";
    std::string app;
    std::string endpoints = "all";
    bool sign_live = false;
};

/// Signed transactions to have ready per second of the run: somewhat more than is to be expected.
std::size_t expected_rate(crypto::SuiteId suite) {
    return suite == crypto::SuiteId::sm2 ? 5'000 : 15'000;
}

std::string hardware() {
    std::string model = "unknown processor";
    std::ifstream cpus("/proc/cpuinfo");
    for (std::string line; std::getline(cpus, line);) {
        std::size_t colon = line.find(": ");
        if (!line.starts_with("model name") || colon == std::string::npos) continue;
        model = line.substr(colon + 2);
        break;
    }
    double gib = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
                 static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1U << 30);
    return fmt::format("{} x {}, {:.0f} GiB", std::thread::hardware_concurrency(), model, gib);
}

/// A context that acts with another key.
Context acting_as(Context& context, const std::string& key) {
    GlobalOptions options = context.options();
    options.key = key;
    return {options, context.home(), context.out()};
}

/// The app of the benchmark, made by the user's own key if it is missing.
Result<AppRef> ensure_app(Context& context, const std::string& name, const std::string& suite) {
    BSN_TRY(api, context.client(Context::Signing::yes));
    auto known = api->app(name);
    if (known || known.error().code != Code::not_found) return known;
    std::string spec = evidence_app(name, suite).to_json().dump();
    auto answer = context.transact("system", {"registry", "publish_app", text_arguments({spec})});
    if (!answer) return answer.error().within("publishing the app " + name);
    return api->app(name);
}

/// Makes the benchmark's key a member of the app: it asks, and the user's own key lets it in.
Status ensure_member(Context& context, Context& bench, const AppRef& app) {
    BSN_TRY(api, bench.client(Context::Signing::yes));
    BSN_TRY(record, api->app_record(app.name));
    auto membership = record.find("membership");
    if (membership != record.end() && text_of(*membership, "state") == "approved") return {};
    BSN_TRY(joined, bench.transact("system", {"registry", "join_app",
                                              text_arguments({app.name, "depositor"})}));
    if (as_text(joined.result) == "approved") return {};
    BSN_TRY(identity, bench.identity());
    auto approved = context.transact(
        "system",
        {"registry", "approve", text_arguments({app.name, to_hex(identity->participant.view())})});
    if (!approved) return approved.error().within("letting the benchmark's key into " + app.name);
    return {};
}

/// Waits until every node takes the benchmark's transactions.
Status wait_for_access(Context& bench, const AppRef& app, std::size_t payload_bytes) {
    BSN_TRY(api, bench.client(Context::Signing::yes));
    BSN_TRY(identity, bench.identity());
    BSN_TRY(probe, make_padded_deposit({api->network(), app.channel}, *identity, payload_bytes));
    auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(k_access_ms);
    for (;;) {
        auto answer = api->submit(app, probe);
        if (answer && !answer->error) return {};
        Error error = answer ? *answer->error : answer.error();
        bool may_pass = error.code == Code::forbidden || error.code == Code::not_found;
        if (!may_pass || std::chrono::steady_clock::now() > end) return error;
        std::this_thread::sleep_for(k_poll);
    }
}

/// What the app's peers agree on.
struct Agreement {
    bool reached = false;
    ledger::Height height = 0;
    std::string head;
    std::size_t peers = 0;
};

/// Waits until all nodes hold the same last certified block, at least at this height.
Agreement wait_for_agreement(NodeClient& api, const AppRef& app, ledger::Height least) {
    SystemClock clock;
    std::uint64_t end = clock.monotonic() + k_settle_ms;
    std::string channel = to_hex(app.channel.view());
    for (;;) {
        Agreement agreement;
        agreement.reached = true;
        for (std::size_t i = 0; i < api.endpoints().size(); ++i) {
            auto status = api.get_from(i, "/v1/status", k_probe_ms);
            Json chains = status ? status->value("chains", Json::array()) : Json::array();
            auto chain = std::find_if(chains.begin(), chains.end(), [&](const Json& one) {
                return text_of(one, "channel") == channel;
            });
            if (chain == chains.end()) {
                agreement.reached = false;
                break;
            }
            ledger::Height height = number_of(*chain, "certified");
            std::string head = text_of(*chain, "head");
            bool first = i == 0;
            bool same = first || (height == agreement.height && head == agreement.head);
            agreement.reached = agreement.reached && same && height >= least;
            agreement.height = height;
            agreement.head = head;
            agreement.peers = number_of(*chain, "peers");
        }
        if (agreement.reached || clock.monotonic() > end) return agreement;
        std::this_thread::sleep_for(k_poll);
    }
}

/// Everything that is reported.
struct Report {
    BenchOptions options;
    LoadResult load;
    Agreement agreement;
    std::string app;
    std::string suite;
    double total_s = 0;  ///< until all peers held everything
    double rate() const { return total_s > 0 ? static_cast<double>(load.committed) / total_s : 0; }
    std::uint64_t errors() const {
        std::uint64_t sum = 0;
        for (const auto& [code, count] : load.errors) sum += count;
        return sum;
    }
};

double rounded(double value) { return std::round(value * 100) / 100; }

Json report_json(const Report& report) {
    const auto& latencies = report.load.latencies_ms;
    Json errors = Json::object();
    for (const auto& [code, count] : report.load.errors) errors[code] = count;
    return {{"benchmark", "evidence"},
            {"committed_tx_per_s", rounded(report.rate())},
            {"latency_ms",
             {{"p50", rounded(percentile(latencies, 0.50))},
              {"p90", rounded(percentile(latencies, 0.90))},
              {"p99", rounded(percentile(latencies, 0.99))},
              {"max", rounded(latencies.empty() ? 0 : latencies.back())}}},
            {"errors", report.errors()},
            {"errors_by_code", errors},
            {"suite", report.suite},
            {"payload_bytes", report.options.load.payload_bytes},
            {"peers", report.agreement.peers},
            {"duration_s", rounded(report.total_s)},
            {"committed", report.load.committed},
            {"warmup_s", report.options.load.warmup_s},
            {"connections", report.options.load.connections},
            {"batch", report.options.load.batch},
            {"presigned", report.options.load.presigned},
            {"sign_us", rounded(report.load.sign_us)},
            {"settle_ms", rounded((report.total_s - report.load.window_s) * 1000)},
            {"durable_on_all_peers", report.agreement.reached},
            {"app", report.app},
            {"height", report.agreement.height},
            {"head", report.agreement.head},
            {"hardware", hardware()}};
}

void print_report(Output& out, const Report& report) {
    const auto& latencies = report.load.latencies_ms;
    const LoadOptions& load = report.options.load;
    out.fields(
        {{"committed", fmt::format("{:.0f} transactions/s, certified and durable on all {} peers",
                                   report.rate(), report.agreement.peers)},
         {"latency",
          fmt::format("p50 {:.1f} ms, p90 {:.1f} ms, p99 {:.1f} ms, max {:.1f} ms",
                      percentile(latencies, 0.50), percentile(latencies, 0.90),
                      percentile(latencies, 0.99), latencies.empty() ? 0 : latencies.back())},
         {"errors", std::to_string(report.errors())},
         {"load", fmt::format("{} transactions in {:.2f} s, {}, {} bytes of payload, {} "
                              "connections, batches of {}, {}",
                              report.load.committed, report.total_s, report.suite,
                              load.payload_bytes, load.connections, load.batch,
                              load.presigned ? "signed beforehand" : "signed as they were sent")},
         {"signing", fmt::format("{:.1f} us a transaction", report.load.sign_us)},
         {"hardware", hardware()}});
    if (report.load.exhausted) {
        out.text("The transactions signed beforehand were used up; --presign N makes more.");
    }
}

Result<Report> measure(Context& context, BenchOptions options) {
    std::string name = options.app.empty() ? "bench-" + options.suite : options.app;
    BSN_TRY(app, ensure_app(context, name, options.suite));
    std::string suite(crypto::suite_name(app.suite.value_or(crypto::SuiteId::secp256r1)));
    std::string key = "bench-" + suite;
    if (!context.keyring().has(key)) {
        BSN_TRY(passphrase, context.keyring().passphrase().get());
        auto id = app.suite.value_or(crypto::SuiteId::secp256r1);
        BSN_CHECK(context.keyring().add(key, crypto::PrivateKey::generate(id), passphrase));
    }
    Context bench = acting_as(context, key);
    BSN_CHECK(ensure_member(context, bench, app));
    BSN_CHECK(wait_for_access(bench, app, options.load.payload_bytes));

    BSN_TRY(api, bench.client(Context::Signing::yes));
    BSN_TRY(identity, bench.identity());
    BSN_TRY(genesis, bench.genesis());
    std::vector<Endpoint> endpoints = api->endpoints();
    if (options.endpoints == "one") endpoints.resize(1);
    if (options.load.presigned && options.load.presigned_count == 0) {
        double seconds = options.load.warmup_s + options.load.duration_s;
        options.load.presigned_count = static_cast<std::size_t>(
            seconds * static_cast<double>(expected_rate(identity->key.suite())));
    }
    Report report;
    report.options = options;
    report.app = app.name;
    report.suite = suite;
    BSN_TRY(load, run_load(options.load, endpoints, genesis->authority,
                           {api->network(), app.channel}, *identity, context.out().is_chatty()));
    report.load = std::move(load);
    report.agreement = wait_for_agreement(*api, app, report.load.highest);
    report.total_s = static_cast<double>(SystemClock().monotonic() - report.load.started_at) / 1000;
    return report;
}

Outcome evidence(Context& context, BenchOptions options) {
    options.load.presigned = !options.sign_live;
    BSN_TRY(report, measure(context, options));
    context.out().json(report_json(report));
    if (!context.out().is_json()) print_report(context.out(), report);
    if (!report.agreement.reached) {
        return Error{Code::corrupted,
                     fmt::format("the peers do not hold the same last block after {} s; see `bsn "
                                 "status` and the nodes' log",
                                 k_settle_ms / 1000)};
    }
    if (report.load.committed == 0) {
        return Error{Code::unavailable,
                     "nothing was certified during the measurement; choose a longer --duration"};
    }
    return Exit::done;
}

void add_load_options(CLI::App* command, BenchOptions& options) {
    LoadOptions& load = options.load;
    command->add_option("--connections", load.connections, "Connections, a thread each (4)")
        ->check(CLI::Range(1, 256))
        ->type_name("N");
    command->add_option("--batch", load.batch, "Transactions in one request (500)")
        ->check(CLI::Range(1, 4000))
        ->type_name("N");
    command->add_option("--payload-bytes", load.payload_bytes, "Payload of each transaction (256)")
        ->check(CLI::Range(214, 4300))
        ->type_name("N");
    command->add_option("--duration", load.duration_s, "Seconds to measure (20)")
        ->check(CLI::Range(0.1, 86'400.0))
        ->type_name("S");
    command->add_option("--warmup", load.warmup_s, "Seconds before that (3)")
        ->check(CLI::Range(0.0, 3'600.0))
        ->type_name("S");
    command
        ->add_option("--presign", load.presigned_count,
                     "Transactions to sign beforehand (enough for the suite)")
        ->check(CLI::Range(1, 20'000'000))
        ->type_name("N");
}

}  // namespace

void add_bench_commands(Commands& commands) {
    CLI::App* group = commands.group("bench", "Measure the network");
    auto options = std::make_shared<BenchOptions>();
    CLI::App* command =
        commands.add(group, "evidence", "Deposits in a closed loop: throughput and latency",
                     "bsn bench evidence --duration 30 --suite sm2 --json");
    add_load_options(command, *options);
    command->add_option("--suite", options->suite, "secp256r1 (default), secp256k1 or sm2")
        ->check(CLI::IsMember({"secp256r1", "secp256k1", "sm2"}))
        ->type_name("SUITE");
    command->add_option("--app", options->app, "The app (bench-SUITE, made if it is missing)");
    command->add_option("--endpoints", options->endpoints, "Send to all nodes (default) or one")
        ->check(CLI::IsMember({"all", "one"}))
        ->type_name("WHICH");
    command->add_flag("--sign-live,!--presigned", options->sign_live,
                      "Sign while measuring, on the same cores; or beforehand (default)");
    commands.on(command, [options](Context& context) { return evidence(context, *options); });
}

}  // namespace bsn::cli
