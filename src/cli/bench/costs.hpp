#pragma once
// What the transactions of a measurement cost the network.

#include "cli/bench/report.hpp"

namespace bsn::cli {

/// Costs of each transaction that the network took between two samples.
struct Costs {
    explicit Costs(const BenchRun& run)
        : begin(run.begin),
          end(run.end),
          transactions(static_cast<double>(run.end.transactions - run.begin.transactions)),
          seconds(run.total_s) {}

    double per_tx(double begin_value, double end_value) const {
        return transactions > 0 ? (end_value - begin_value) / transactions : 0;
    }
    double cpu_s() const { return end.usage->all.cpu_s - begin.usage->all.cpu_s; }
    double cores() const { return seconds > 0 ? cpu_s() / seconds : 0; }
    double cpu_per_1000() const {
        return 1000 * per_tx(begin.usage->all.cpu_s, end.usage->all.cpu_s);
    }
    double engine_cpu_per_1000() const {
        return 1000 * per_tx(begin.usage->engines.cpu_s, end.usage->engines.cpu_s);
    }
    double generator_cpu_per_1000() const {
        return 1000 * per_tx(begin.generator_cpu_s, end.generator_cpu_s);
    }
    double growth_per_100000() const {
        return 100'000 * per_tx(static_cast<double>(begin.usage->all.resident_bytes),
                                static_cast<double>(end.usage->all.resident_bytes));
    }
    double disk(std::uint64_t DiskUsage::*part) const {
        return per_tx(static_cast<double>((*begin.disk).*part),
                      static_cast<double>((*end.disk).*part));
    }
    double disk_total() const {
        return per_tx(static_cast<double>(begin.disk->total()),
                      static_cast<double>(end.disk->total()));
    }
    double written() const {
        return per_tx(static_cast<double>(begin.usage->all.written_bytes),
                      static_cast<double>(end.usage->all.written_bytes));
    }
    double engine_written() const {
        return per_tx(static_cast<double>(begin.usage->engines.written_bytes),
                      static_cast<double>(end.usage->engines.written_bytes));
    }
    double fsyncs() const {
        return per_tx(static_cast<double>(begin.fsyncs), static_cast<double>(end.fsyncs));
    }
    double ordered() const {
        return per_tx(static_cast<double>(begin.ordered_bytes),
                      static_cast<double>(end.ordered_bytes));
    }
    bool has_usage() const { return begin.usage && end.usage; }
    bool has_engine() const { return has_usage() && end.usage->engine_processes > 0; }
    bool has_disk() const { return begin.disk && end.disk; }

    const NetworkSample& begin;
    const NetworkSample& end;
    double transactions;
    double seconds;
};

Json resources_json(const BenchRun& run);
/// Names and texts for people.
std::vector<std::pair<std::string, std::string>> cost_fields(const BenchRun& run);

}  // namespace bsn::cli
