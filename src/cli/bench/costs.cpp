#include "cli/bench/costs.hpp"

#include <fmt/format.h>

#include <cmath>

namespace bsn::cli {
namespace {

constexpr double k_mib = 1U << 20;

double rounded(double value, double steps = 100) { return std::round(value * steps) / steps; }

}  // namespace

Json resources_json(const BenchRun& run) {
    Costs costs(run);
    Json json{{"transactions", run.end.transactions - run.begin.transactions},
              {"fsyncs", run.end.fsyncs - run.begin.fsyncs},
              {"fsyncs_per_tx", rounded(costs.fsyncs(), 1e5)},
              {"ordered_bytes_per_tx", rounded(costs.ordered())},
              {"generator_cpu_s", rounded(run.end.generator_cpu_s - run.begin.generator_cpu_s)},
              {"generator_cpu_s_per_1000_tx", rounded(costs.generator_cpu_per_1000(), 1e4)}};
    if (costs.has_usage()) {
        json["network_cpu_s"] = rounded(costs.cpu_s());
        json["network_cores"] = rounded(costs.cores());
        json["cpu_s_per_1000_tx"] = rounded(costs.cpu_per_1000(), 1e4);
        json["rss_begin_bytes"] = run.begin.usage->all.resident_bytes;
        json["rss_end_bytes"] = run.end.usage->all.resident_bytes;
        json["processes"] = run.end.usage->processes;
        json["rss_growth_bytes_per_100000_tx"] = std::round(costs.growth_per_100000());
        json["written_bytes_per_tx"] = std::round(costs.written());
    }
    if (costs.has_engine()) {
        json["of_it_cometbft"] = {
            {"processes", run.end.usage->engine_processes},
            {"cpu_s", rounded(run.end.usage->engines.cpu_s - run.begin.usage->engines.cpu_s)},
            {"cpu_s_per_1000_tx", rounded(costs.engine_cpu_per_1000(), 1e4)},
            {"rss_end_bytes", run.end.usage->engines.resident_bytes},
            {"written_bytes_per_tx", std::round(costs.engine_written())}};
    }
    if (costs.has_disk()) {
        json["disk_bytes_per_tx"] = std::round(costs.disk_total());
        json["disk_bytes_per_tx_by_part"] = {
            {"state", std::round(costs.disk(&DiskUsage::state))},
            {"batches", std::round(costs.disk(&DiskUsage::batches))},
            {"ordering", std::round(costs.disk(&DiskUsage::ordering))},
            {"cometbft", std::round(costs.disk(&DiskUsage::engine))}};
    }
    return json;
}

std::vector<std::pair<std::string, std::string>> cost_fields(const BenchRun& run) {
    std::vector<std::pair<std::string, std::string>> fields;
    Costs costs(run);
    fields.emplace_back("ordered", fmt::format("{:.1f} bytes for a transaction", costs.ordered()));
    if (costs.has_usage()) {
        fields.emplace_back(
            "processor", fmt::format("{:.3f} s for 1,000 transactions ({:.2f} cores){}; load "
                                     "generator {:.3f} s",
                                     costs.cpu_per_1000(), costs.cores(),
                                     costs.has_engine() ? fmt::format(", of it CometBFT {:.3f} s",
                                                                      costs.engine_cpu_per_1000())
                                                        : "",
                                     costs.generator_cpu_per_1000()));
        fields.emplace_back(
            "memory",
            fmt::format(
                "{:.0f} MiB, then {:.0f} MiB{}: {:+.2f} MiB for 100,000 transactions",
                static_cast<double>(run.begin.usage->all.resident_bytes) / k_mib,
                static_cast<double>(run.end.usage->all.resident_bytes) / k_mib,
                costs.has_engine()
                    ? fmt::format(
                          ", of it CometBFT {:.0f} MiB",
                          static_cast<double>(run.end.usage->engines.resident_bytes) / k_mib)
                    : "",
                costs.growth_per_100000() / k_mib));
    }
    if (costs.has_disk()) {
        fields.emplace_back(
            "disk",
            fmt::format("{:.0f} bytes for a transaction on all nodes (state {:.0f}, batches "
                        "{:.0f}, ordering {:.0f}, CometBFT {:.0f}); {:.0f} written",
                        costs.disk_total(), costs.disk(&DiskUsage::state),
                        costs.disk(&DiskUsage::batches), costs.disk(&DiskUsage::ordering),
                        costs.disk(&DiskUsage::engine), costs.has_usage() ? costs.written() : 0));
    }
    fields.emplace_back("fsyncs", fmt::format("{:.4f} for a transaction{}", costs.fsyncs(),
                                              costs.has_engine() ? ", without CometBFT's" : ""));
    return fields;
}

}  // namespace bsn::cli
