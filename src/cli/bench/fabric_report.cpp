#include "cli/bench/fabric_report.hpp"

#include "cli/bench/svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <span>

namespace bsn::cli {
namespace {

constexpr std::array k_paths{RecordPath::fabric_node_client, RecordPath::fabric_single,
                             RecordPath::fabric_batched, RecordPath::ledger_embedded,
                             RecordPath::ledger_cometbft};
constexpr double k_mib = 1 << 20;

double rounded(double value) { return std::round(value * 100) / 100; }

double millis_at(const LatencyHistogram& latency, double share) {
    return rounded(static_cast<double>(latency.percentile(share)) / 1000);
}

double per_record(double value, const PathCosts& costs) {
    return costs.records > 0 ? value / static_cast<double>(costs.records) : 0;
}

Json costs_json(const PathCosts& costs) {
    Json cpu = Json::object();
    for (const auto& [program, seconds] : costs.cpu_s) {
        cpu[program] = rounded(1e6 * per_record(seconds, costs));
    }
    Json rss = Json::object();
    for (const auto& [program, bytes] : costs.rss) rss[program] = bytes;
    return {{"records", costs.records},
            {"cpu_us_per_record", rounded(costs.cpu_us())},
            {"client_cpu_us_per_record", rounded(1e6 * per_record(costs.client_cpu_s, costs))},
            {"cpu_us_per_record_by_program", std::move(cpu)},
            {"rss_bytes", costs.rss_total()},
            {"client_rss_bytes", costs.client_rss},
            {"rss_bytes_by_program", std::move(rss)},
            {"disk_bytes_per_record", std::round(costs.disk_per_record())}};
}

Json figure_json(const PathFigure& figure) {
    return {{"path", path_name(figure.path)},
            {"in_flight", figure.in_flight},
            {"records_per_transaction", figure.records_per_transaction},
            {"records_per_s", rounded(figure.rate())},
            {"transactions_per_s",
             rounded(figure.rate() / static_cast<double>(figure.records_per_transaction))},
            {"records", figure.records},
            {"seconds", rounded(figure.seconds)},
            {"latency_ms",
             {{"p50", millis_at(figure.latency, 0.50)},
              {"p90", millis_at(figure.latency, 0.90)},
              {"p99", millis_at(figure.latency, 0.99)},
              {"max", millis_at(figure.latency, 1)}}},
            {"costs", costs_json(figure.costs)}};
}

ChartLine line_of(const FabricFigures& figures, RecordPath path,
                  const std::function<double(const PathFigure&)>& value) {
    ChartLine line{path_title(path), {}};
    for (const PathFigure& figure : figures.paths) {
        if (figure.path != path) continue;
        line.points.emplace_back(static_cast<double>(figure.in_flight), value(figure));
    }
    std::sort(line.points.begin(), line.points.end());
    return line;
}

Chart chart_of(const FabricFigures& figures, std::string title, std::string y_label,
               std::span<const RecordPath> paths,
               const std::function<double(const PathFigure&)>& value) {
    Chart chart{std::move(title), "transactions on their way", std::move(y_label), {}};
    for (RecordPath path : paths) {
        ChartLine line = line_of(figures, path, value);
        if (!line.points.empty()) chart.lines.push_back(std::move(line));
    }
    return chart;
}

}  // namespace

std::string_view path_name(RecordPath path) {
    switch (path) {
        case RecordPath::fabric_node_client: return "fabric_node_client";
        case RecordPath::fabric_single: return "fabric_single";
        case RecordPath::fabric_batched: return "fabric_batched";
        case RecordPath::ledger_embedded: return "ledger_embedded";
        case RecordPath::ledger_cometbft: return "ledger_cometbft";
    }
    return "";
}

std::string path_title(RecordPath path) {
    switch (path) {
        case RecordPath::fabric_node_client: return "Fabric, official Node client";
        case RecordPath::fabric_single: return "Fabric, our gateway";
        case RecordPath::fabric_batched: return "Fabric, our gateway, batched";
        case RecordPath::ledger_embedded: return "our ledger, embedded ordering";
        case RecordPath::ledger_cometbft: return "our ledger, CometBFT";
    }
    return "";
}

double PathCosts::cpu_us() const {
    double sum = client_cpu_s;
    for (const auto& [program, seconds] : cpu_s) sum += seconds;
    return 1e6 * per_record(sum, *this);
}

double PathCosts::disk_per_record() const { return per_record(disk_bytes, *this); }

std::uint64_t PathCosts::rss_total() const {
    std::uint64_t sum = client_rss;
    for (const auto& [program, bytes] : rss) sum += bytes;
    return sum;
}

PathCosts& PathCosts::operator+=(const PathCosts& later) {
    records += later.records;
    client_cpu_s += later.client_cpu_s;
    for (const auto& [program, seconds] : later.cpu_s) cpu_s[program] += seconds;
    client_rss = later.client_rss;
    rss = later.rss;
    disk_bytes += later.disk_bytes;
    return *this;
}

PathFigure& PathFigure::operator+=(const PathFigure& round) {
    records += round.records;
    seconds += round.seconds;
    latency.merge(round.latency);
    costs += round.costs;
    return *this;
}

const PathFigure* FabricFigures::best(RecordPath path) const {
    const PathFigure* most = nullptr;
    for (const PathFigure& figure : paths) {
        if (figure.path != path) continue;
        if (most == nullptr || figure.rate() > most->rate()) most = &figure;
    }
    return most;
}

double FabricFigures::ratio(RecordPath path, RecordPath to) const {
    const PathFigure* one = best(path);
    const PathFigure* other = best(to);
    if (one == nullptr || other == nullptr || other->rate() <= 0) return 0;
    return one->rate() / other->rate();
}

Json fabric_json(const FabricFigures& figures, const Machine& machine) {
    Json runs = Json::array();
    for (const PathFigure& figure : figures.paths) runs.push_back(figure_json(figure));
    Json best = Json::object();
    for (RecordPath path : k_paths) {
        const PathFigure* most = figures.best(path);
        if (most != nullptr) best[std::string(path_name(path))] = rounded(most->rate());
    }
    Json ratios = Json::object();
    const auto add = [&](const char* name, RecordPath path, RecordPath to) {
        const double ratio = figures.ratio(path, to);
        if (ratio > 0) ratios[name] = rounded(ratio);
    };
    add("gateway_to_node_client", RecordPath::fabric_single, RecordPath::fabric_node_client);
    add("batched_to_node_client", RecordPath::fabric_batched, RecordPath::fabric_node_client);
    add("ledger_embedded_to_fabric_single", RecordPath::ledger_embedded, RecordPath::fabric_single);
    add("ledger_cometbft_to_fabric_single", RecordPath::ledger_cometbft, RecordPath::fabric_single);
    Json json{{"records_per_s", std::move(best)}, {"ratios", std::move(ratios)},
              {"runs", std::move(runs)},          {"metadata_bytes", figures.metadata_bytes},
              {"rounds", figures.rounds},         {"duration_s", figures.duration_s},
              {"machine", machine.to_json()}};
    if (!figures.fabric_version.empty()) json["fabric_version"] = figures.fabric_version;
    if (!figures.node_version.empty()) json["node_version"] = figures.node_version;
    if (!figures.client_version.empty()) json["node_client_version"] = figures.client_version;
    return json;
}

void print_fabric(Output& out, const FabricFigures& figures, const Machine& machine) {
    std::vector<std::vector<std::string>> rows;
    for (const PathFigure& figure : figures.paths) {
        rows.push_back(
            {path_title(figure.path), std::to_string(figure.in_flight),
             std::to_string(figure.records_per_transaction), fmt::format("{:.0f}", figure.rate()),
             fmt::format("{:.0f} / {:.0f} / {:.0f}", millis_at(figure.latency, 0.50),
                         millis_at(figure.latency, 0.90), millis_at(figure.latency, 0.99)),
             fmt::format("{:.0f}", figure.costs.cpu_us()),
             fmt::format("{:.0f}", static_cast<double>(figure.costs.rss_total()) / k_mib),
             fmt::format("{:.0f}", figure.costs.disk_per_record())});
    }
    out.table({"PATH", "IN FLIGHT", "RECORDS/TX", "RECORDS/S", "P50 / P90 / P99, MS",
               "CPU, US/RECORD", "MEMORY, MIB", "DISK, B/RECORD"},
              rows);
    const auto tell = [&](const char* what, RecordPath path, RecordPath to) {
        const double ratio = figures.ratio(path, to);
        if (ratio > 0) out.text(fmt::format("{}: {:.2f} times", what, ratio));
    };
    tell("Our gateway to Fabric, by the official client", RecordPath::fabric_single,
         RecordPath::fabric_node_client);
    tell("Our ledger with embedded ordering, by single records on Fabric",
         RecordPath::ledger_embedded, RecordPath::fabric_single);
    tell("Our ledger with CometBFT, by single records on Fabric", RecordPath::ledger_cometbft,
         RecordPath::fabric_single);
    out.text(machine.summary());
}

std::string fabric_plot(const FabricFigures& figures) {
    const auto rate = [](const PathFigure& figure) { return figure.rate(); };
    const auto median = [](const PathFigure& figure) { return millis_at(figure.latency, 0.50); };
    constexpr std::array k_single{RecordPath::fabric_node_client, RecordPath::fabric_single};
    std::vector<Chart> charts{
        chart_of(figures, "Throughput on Fabric, a record in a transaction", "records/s", k_single,
                 rate),
        chart_of(figures, "Throughput of all paths", "records/s", k_paths, rate),
        chart_of(figures, "Latency of a transaction, median", "ms", k_paths, median)};
    std::erase_if(charts, [](const Chart& chart) { return chart.lines.empty(); });
    return svg_of("Evidence on Hyperledger Fabric and on our own ledger, three peers", charts);
}

}  // namespace bsn::cli
