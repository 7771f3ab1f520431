#pragma once
// What a network costs: processor time, memory, disk and fsyncs, read from outside while it runs.

#include "cli/bench/processes.hpp"
#include "cli/node_client.hpp"

#include <filesystem>

namespace bsn::cli {

/// The sum of the counters of a name in Prometheus' text.
std::uint64_t sum_of_counters(std::string_view metrics, std::string_view name);

/// What lies on the disk, by kind, of all nodes together.
struct DiskUsage {
    std::uint64_t state = 0;     ///< databases
    std::uint64_t batches = 0;   ///< batch logs
    std::uint64_t ordering = 0;  ///< logs of what was ordered
    std::uint64_t engine = 0;    ///< what CometBFT keeps
    /// What Fabric's peers and orderers keep, without the orderers' write-ahead logs, which are
    /// allocated in advance and cut.
    std::uint64_t fabric = 0;

    std::uint64_t total() const { return state + batches + ordering + engine + fabric; }
};

/// Processor time of this process, in seconds.
double own_cpu_s();

/// The space that a local network's data take on the disk.
DiskUsage disk_usage(const std::filesystem::path& network_folder);

/// The network at one moment.
struct NetworkSample {
    std::optional<NetworkUsage> usage;  ///< of the local network
    std::optional<DiskUsage> disk;      ///< of the local network
    std::uint64_t transactions = 0;     ///< in the store, of all chains
    std::uint64_t fsyncs = 0;           ///< of nodes and ordering, without CometBFT's own
    std::uint64_t ordered_bytes = 0;    ///< of all envelopes ordered since the nodes started
    double generator_cpu_s = 0;         ///< of this process
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
    /// The processes alone, which costs little.
    std::optional<NetworkUsage> usage() const;
    /// Waits until the network's processes have little left to do (compaction goes on after the
    /// last answer), at most so long. At once if it is not on this machine.
    void wait_until_quiet(double most_s) const;

  private:
    std::vector<net::HttpConnection> connections_;
    std::optional<Local> local_;
};

/// The local network that a home has, if it runs and the endpoints are all of it.
std::optional<NetworkProbe::Local> local_network_behind(
    const Home& home, const std::vector<net::Endpoint>& endpoints);

}  // namespace bsn::cli
