#pragma once
// What a network costs: processor time, memory, disk and fsyncs, read from outside while it runs.

#include "cli/node_client.hpp"

#include <filesystem>
#include <sys/types.h>

namespace bsn::cli {

/// Numbers of a process as the kernel keeps them.
struct ProcessUsage {
    double cpu_s = 0;                  ///< user and system time
    std::uint64_t resident_bytes = 0;  ///< memory now
    std::uint64_t written_bytes = 0;   ///< handed to the disk; 0 if we may not know
};

/// The numbers of a process; `not_found` if it is gone.
Result<ProcessUsage> usage_of(pid_t pid);
/// Processor time in seconds from the text of /proc/PID/stat.
std::optional<double> cpu_seconds(std::string_view stat, long ticks_per_s);
/// The number behind `key` in a text of lines such as `VmRSS:  1234 kB`.
std::optional<std::uint64_t> proc_number(std::string_view text, std::string_view key);
/// The sum of the counters of a name in Prometheus' text.
std::uint64_t sum_of_counters(std::string_view metrics, std::string_view name);

/// What lies on the disk, by kind, of all nodes together.
struct DiskUsage {
    std::uint64_t state = 0;     ///< databases
    std::uint64_t batches = 0;   ///< batch logs
    std::uint64_t ordering = 0;  ///< the orderer's log

    std::uint64_t total() const { return state + batches + ordering; }
};

/// The space that a local network's data take on the disk.
DiskUsage disk_usage(const std::filesystem::path& network_folder);

/// The network at one moment.
struct NetworkSample {
    std::optional<ProcessUsage> process;  ///< of the local network
    std::optional<DiskUsage> disk;        ///< of the local network
    std::uint64_t transactions = 0;       ///< in the store, of all chains
    std::uint64_t fsyncs = 0;             ///< of all nodes, and of the orderer
    double generator_cpu_s = 0;           ///< of this process
};

/// Reads samples. One thread.
class NetworkProbe {
  public:
    /// `pid` and `folder` are those of a network on this machine that all the endpoints are of.
    struct Local {
        pid_t pid = 0;
        std::filesystem::path folder;
    };
    NetworkProbe(const std::vector<net::Endpoint>& endpoints, const std::string& authority,
                 std::optional<Local> local);

    Result<NetworkSample> sample();
    /// The process alone, which costs little.
    std::optional<ProcessUsage> process() const;
    /// Waits until the network's process has nothing left to do (compaction goes on after the last
    /// answer), at most so long. At once if it is not on this machine.
    void wait_until_quiet(double most_s) const;

  private:
    std::vector<net::HttpConnection> connections_;
    std::optional<Local> local_;
};

/// The local network that a home has, if it runs and the endpoints are all of it.
std::optional<NetworkProbe::Local> local_network_behind(
    const Home& home, const std::vector<net::Endpoint>& endpoints);

}  // namespace bsn::cli
