#include "cli/bench/report.hpp"

#include "cli/bench/costs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bsn::cli {
namespace {

constexpr double k_mib = 1U << 20;

double rounded(double value, double steps = 100) { return std::round(value * steps) / steps; }

double millis(std::uint64_t micros) { return static_cast<double>(micros) / 1000; }

double millis_at(const LatencyHistogram& latency, double share) {
    return rounded(millis(latency.percentile(share)));
}

Json latency_json(const LatencyHistogram& latency) {
    return {{"p50", millis_at(latency, 0.50)},       {"p90", millis_at(latency, 0.90)},
            {"p95", millis_at(latency, 0.95)},       {"p99", millis_at(latency, 0.99)},
            {"p99_9", millis_at(latency, 0.999)},    {"max", rounded(millis(latency.highest()))},
            {"mean", rounded(latency.mean() / 1000)}};
}

Json series_json(const BenchRun& run) {
    Json series = Json::array();
    double cpu_before = run.begin.usage ? run.begin.usage->all.cpu_s : 0;
    for (const LoadInterval& interval : run.load.intervals) {
        Json point{{"begin_s", rounded(interval.begin_s)},
                   {"end_s", rounded(interval.end_s)},
                   {"committed_tx_per_s", rounded(interval.rate())},
                   {"p50_ms", rounded(millis(interval.p50_us))},
                   {"p99_ms", rounded(millis(interval.p99_us))},
                   {"max_ms", rounded(millis(interval.highest_us))},
                   {"overloaded", interval.overloaded},
                   {"errors", interval.errors}};
        if (interval.usage) {
            point["rss_bytes"] = interval.usage->all.resident_bytes;
            point["network_cores"] = rounded((interval.usage->all.cpu_s - cpu_before) /
                                             (interval.end_s - interval.begin_s));
            cpu_before = interval.usage->all.cpu_s;
        }
        series.push_back(std::move(point));
    }
    return series;
}

std::string latency_text(const LatencyHistogram& latency) {
    return fmt::format(
        "p50 {:.1f} ms, p90 {:.1f} ms, p99 {:.1f} ms, p99.9 {:.1f} ms, max {:.1f} ms",
        millis_at(latency, 0.50), millis_at(latency, 0.90), millis_at(latency, 0.99),
        millis_at(latency, 0.999), millis(latency.highest()));
}

std::string load_text(const BenchRun& run) {
    const LoadOptions& options = run.options;
    return fmt::format(
               "{}, {} transactions in {:.2f} s, {}, {} bytes of payload, {} connections, batches "
               "of {}{}",
               run.is_open() ? fmt::format("open loop at {:g}/s", options.rate) : "closed loop",
               run.load.counts.committed, run.total_s, run.suite, run.payload_bytes,
               options.connections, run.is_open() ? "at most " : "", options.batch) +
           (run.apps.size() > 1 ? fmt::format(", {} apps", run.apps.size()) : "");
}

std::string signing_text(const BenchRun& run) {
    std::uint64_t live = run.load.counts.signed_live;
    std::string how =
        live == 0        ? "beforehand"
        : run.stock == 0 ? "as they were sent, on the same cores"
                         : fmt::format("{} beforehand, then {} as they were sent", run.stock, live);
    return fmt::format("{:.1f} us a transaction, {}", run.sign_us(), how);
}

/// What stands on a disk before which promise.
constexpr std::string_view k_durability =
    "synced to disk: batches before they are vouched for, the order before it is delivered, blocks "
    "before they are signed; answered once a quorum has signed";

std::string network_text(const BenchRun& run) {
    const NetworkShape& network = run.network;
    return fmt::format(
        "{} city nodes, {} of them for each app (quorum {}); ordering {}{}; {}", network.nodes,
        run.agreement.peers, run.agreement.quorum, network.ordering,
        network.validators > 0 ? fmt::format(" with {} validators", network.validators) : "",
        k_durability);
}

Json network_json(const BenchRun& run) {
    return {{"ordering", run.network.ordering},     {"city_nodes", run.network.nodes},
            {"validators", run.network.validators}, {"accounting_nodes", run.agreement.peers},
            {"quorum", run.agreement.quorum},       {"durability", k_durability}};
}

void print_run(Output& out, const BenchRun& run, const Machine& machine) {
    const LoadCounts& counts = run.load.counts;
    std::vector<std::pair<std::string, std::string>> fields{
        {"committed", fmt::format("{:.0f} transactions/s, certified and durable on all {} peers",
                                  run.rate(), run.agreement.peers)},
        {"latency", latency_text(counts.latency)},
        {"errors", fmt::format("{}; {} refused as overloaded, {} pauses of {:.1f} s in all; {} "
                               "without an answer",
                               counts.error_count(), counts.overloaded, counts.pauses,
                               counts.paused_s, counts.abandoned)},
        {"load", load_text(run)},
        {"network", network_text(run)}};
    if (run.is_open()) {
        fields.emplace_back(
            "pace", fmt::format("{} fell due, {} sent more than {} ms late (latest {:.1f} ms), {} "
                                "never sent",
                                run.load.due, counts.late, LoadCounts::k_late_us / 1000,
                                millis(counts.most_late_us), run.load.unsent));
    }
    if (run.bound() > 0) {
        fields.emplace_back(
            "bound", fmt::format("{:.1f} % of {:.0f}/s: {:.0f} signatures/s verified on all cores, "
                                 "{} peers",
                                 100 * run.share_of(run.bound()), run.bound(),
                                 run.verification.mean(), run.agreement.peers));
        fields.emplace_back(
            "plain bound",
            fmt::format("{:.1f} % of {:.0f}/s: {:.0f} signatures/s by OpenSSL's plain "
                        "verification",
                        100 * run.share_of(run.plain_bound()), run.plain_bound(),
                        run.plain.mean()));
    }
    const auto costs = cost_fields(run);
    fields.insert(fields.end(), costs.begin(), costs.end());
    fields.emplace_back("stored", fmt::format("{} transactions at the beginning, {} at the end",
                                              run.begin.transactions, run.end.transactions));
    fields.emplace_back("signing", signing_text(run));
    fields.emplace_back("machine", machine.summary());
    out.fields(fields);
    if (run.load.intervals.empty()) return;
    out.text("");
    std::vector<std::vector<std::string>> rows;
    rows.reserve(run.load.intervals.size());
    for (const LoadInterval& interval : run.load.intervals) {
        rows.push_back(
            {fmt::format("{:.0f}", interval.end_s), fmt::format("{:.0f}", interval.rate()),
             fmt::format("{:.1f}", rounded(millis(interval.p50_us))),
             fmt::format("{:.1f}", rounded(millis(interval.p99_us))),
             interval.usage
                 ? fmt::format("{:.0f}",
                               static_cast<double>(interval.usage->all.resident_bytes) / k_mib)
                 : "",
             std::to_string(interval.overloaded)});
    }
    out.table({"SECOND", "TX/S", "P50 MS", "P99 MS", "RSS MIB", "OVERLOADED"}, rows);
}

void print_table(Output& out, const std::vector<BenchRun>& runs, const Machine& machine) {
    std::vector<std::vector<std::string>> rows;
    for (const BenchRun& run : runs) {
        const LatencyHistogram& latency = run.load.counts.latency;
        Costs costs(run);
        rows.push_back(
            {run.suite, run.is_open() ? fmt::format("{:g}/s", run.options.rate) : "closed",
             fmt::format("{:.0f}", run.rate()), fmt::format("{:.1f}", millis_at(latency, 0.5)),
             fmt::format("{:.1f}", millis_at(latency, 0.99)),
             fmt::format("{:.1f}", millis_at(latency, 0.999)),
             fmt::format("{:.1f}", millis(latency.highest())),
             run.bound() > 0 ? fmt::format("{:.1f} %", 100 * run.share_of(run.bound())) : "",
             costs.has_usage() ? fmt::format("{:.3f}", costs.cpu_per_1000()) : "",
             std::to_string(run.load.counts.error_count()),
             std::to_string(run.load.counts.overloaded),
             std::to_string(run.load.counts.late + run.load.unsent)});
    }
    out.table({"SUITE", "LOAD", "TX/S", "P50 MS", "P99 MS", "P99.9 MS", "MAX MS", "OF BOUND",
               "CPU S/1000", "ERRORS", "OVERLOADED", "LATE OR UNSENT"},
              rows);
    out.text("");
    out.text(machine.summary());
}

std::vector<Chart> charts_over_time(const BenchRun& run) {
    Chart throughput{"Throughput", "seconds", "transactions/s", {{"committed", {}}}};
    Chart latency{"Latency", "seconds", "ms", {{"p50", {}}, {"p99", {}}}};
    Chart memory{"Resident memory of the network", "seconds", "MiB", {{"RSS", {}}}};
    for (const LoadInterval& interval : run.load.intervals) {
        throughput.lines[0].points.emplace_back(interval.end_s, interval.rate());
        latency.lines[0].points.emplace_back(interval.end_s, rounded(millis(interval.p50_us)));
        latency.lines[1].points.emplace_back(interval.end_s, rounded(millis(interval.p99_us)));
        if (interval.usage) {
            memory.lines[0].points.emplace_back(
                interval.end_s, static_cast<double>(interval.usage->all.resident_bytes) / k_mib);
        }
    }
    std::vector<Chart> charts{throughput, latency};
    if (!memory.lines[0].points.empty()) charts.push_back(memory);
    return charts;
}

std::vector<Chart> charts_over_rate(const std::vector<BenchRun>& runs) {
    Chart latency{"Latency", "offered transactions/s", "ms", {}};
    Chart throughput{"Throughput", "offered transactions/s", "committed transactions/s", {}};
    for (const BenchRun& run : runs) {
        if (throughput.lines.empty() || throughput.lines.back().name != run.suite) {
            throughput.lines.push_back({run.suite, {}});
            latency.lines.push_back({run.suite + " p50", {}});
            latency.lines.push_back({run.suite + " p99", {}});
        }
        const LatencyHistogram& histogram = run.load.counts.latency;
        throughput.lines.back().points.emplace_back(run.options.rate, run.rate());
        std::size_t last = latency.lines.size() - 1;
        latency.lines[last - 1].points.emplace_back(run.options.rate, millis_at(histogram, 0.5));
        latency.lines[last].points.emplace_back(run.options.rate, millis_at(histogram, 0.99));
    }
    return {latency, throughput};
}

}  // namespace

NetworkShape NetworkShape::of(const ledger::Genesis& genesis) {
    auto is_validator = [](const ledger::GenesisNode& node) { return !node.validator.empty(); };
    NetworkShape shape;
    shape.ordering = ledger::ordering_name(genesis.ordering);
    shape.nodes = genesis.nodes.size();
    shape.validators = static_cast<std::size_t>(
        std::count_if(genesis.nodes.begin(), genesis.nodes.end(), is_validator));
    return shape;
}

double BenchRun::bound_by(const VerificationRates& rates) const {
    return agreement.peers > 0 ? rates.mean() / static_cast<double>(agreement.peers) : 0;
}

double BenchRun::sign_us() const {
    double count = static_cast<double>(stock + load.counts.signed_live);
    return count > 0 ? (stock_s + load.counts.signing_s) * 1e6 / count : 0;
}

Json run_json(const BenchRun& run, const Machine& machine) {
    const LoadCounts& counts = run.load.counts;
    Json errors = Json::object();
    for (const auto& [code, count] : counts.errors) errors[code] = count;
    Json json{{"benchmark", "evidence"},
              {"loop", run.is_open() ? "open" : "closed"},
              {"committed_tx_per_s", rounded(run.rate())},
              {"latency_ms", latency_json(counts.latency)},
              {"errors", counts.error_count()},
              {"errors_by_code", errors},
              {"overloaded",
               {{"refused", counts.overloaded},
                {"pauses", counts.pauses},
                {"paused_s", rounded(counts.paused_s)}}},
              {"abandoned", counts.abandoned}};
    if (run.is_open()) {
        json["pace"] = {{"rate", run.options.rate},
                        {"window_ms", run.options.window_ms},
                        {"due", run.load.due},
                        {"late", counts.late},
                        {"most_late_ms", rounded(millis(counts.most_late_us))},
                        {"unsent", run.load.unsent}};
    }
    json.update({{"suite", run.suite},
                 {"payload_bytes", run.payload_bytes},
                 {"peers", run.agreement.peers},
                 {"duration_s", rounded(run.total_s)},
                 {"committed", counts.committed},
                 {"warmup_s", run.options.warmup_s},
                 {"connections", run.options.connections},
                 {"batch", run.options.batch},
                 {"presigned", run.stock > 0},
                 {"presigned_count", run.stock},
                 {"signed_live", counts.signed_live},
                 {"sign_us", rounded(run.sign_us())},
                 {"settle_ms", rounded((run.total_s - run.load.window_s) * 1000)},
                 {"durable_on_all_peers", run.agreement.reached},
                 {"app", run.apps.front()},
                 {"apps", run.apps},
                 {"height", run.agreement.height},
                 {"head", run.agreement.head},
                 {"stored", {{"begin", run.begin.transactions}, {"end", run.end.transactions}}},
                 {"network", network_json(run)},
                 {"resources", resources_json(run)}});
    if (run.bound() > 0) {
        json["signature_bound"] = {
            {"verified_per_s_before", std::round(run.verification.before)},
            {"verified_per_s_after", std::round(run.verification.after)},
            {"bound_tx_per_s", std::round(run.bound())},
            {"share_of_bound", rounded(run.share_of(run.bound()), 1e4)},
            {"plain_verified_per_s_before", std::round(run.plain.before)},
            {"plain_verified_per_s_after", std::round(run.plain.after)},
            {"plain_bound_tx_per_s", std::round(run.plain_bound())},
            {"plain_share_of_bound", rounded(run.share_of(run.plain_bound()), 1e4)}};
    }
    if (!run.load.intervals.empty()) json["series"] = series_json(run);
    json["hardware"] = machine.summary();
    json["machine"] = machine.to_json();
    return json;
}

Json report_json(const std::vector<BenchRun>& runs, const Machine& machine) {
    if (runs.size() == 1) return run_json(runs.front(), machine);
    Json list = Json::array();
    for (const BenchRun& run : runs) list.push_back(run_json(run, machine));
    return {{"benchmark", "evidence"}, {"runs", list}, {"machine", machine.to_json()}};
}

void print_report(Output& out, const std::vector<BenchRun>& runs, const Machine& machine) {
    if (runs.size() == 1) {
        print_run(out, runs.front(), machine);
    } else {
        print_table(out, runs, machine);
    }
}

std::string plot_of(const std::vector<BenchRun>& runs) {
    std::string title = fmt::format("bsn bench evidence, {} peers, {} bytes of payload",
                                    runs.front().agreement.peers, runs.front().payload_bytes);
    // Several suites at one rate are several runs, too, but a chart of a point for each says
    // little.
    bool has_several_rates = std::any_of(runs.begin(), runs.end(), [&](const BenchRun& run) {
        return run.options.rate != runs.front().options.rate;
    });
    if (has_several_rates || runs.front().load.intervals.empty()) {
        return svg_of(title, charts_over_rate(runs));
    }
    std::vector<Chart> charts;
    for (const BenchRun& run : runs) {
        if (run.load.intervals.empty()) continue;
        for (Chart& chart : charts_over_time(run)) {
            chart.title = fmt::format("{}: {}", run.suite, chart.title);
            charts.push_back(std::move(chart));
        }
    }
    return svg_of(title, charts);
}

}  // namespace bsn::cli
