#pragma once
// What a node's status says, as metrics (docs/operations.md has the table).

#include "gateway/backend.hpp"

#include <filesystem>
#include <set>
#include <string>
#include <sys/types.h>

namespace bsn::node {

/// Brings metrics up to date with the status. One thread at a time.
class NodeMetrics {
  public:
    /// Apps beyond so many have no series of their own: they are in the sums over all apps only, so
    /// that a node of many apps stays cheap to scrape.
    static constexpr std::size_t k_most_apps = 100;

    /// `data`: the folder whose disk is watched.
    NodeMetrics(MetricsRegistry& metrics, std::filesystem::path data)
        : metrics_(metrics), data_(std::move(data)) {}

    void update(const gateway::NodeStatus& status);

  private:
    void update_chains(const gateway::NodeStatus& status);
    void update_chain(const gateway::ChainStatus& chain);
    void update_ordering(const gateway::NodeStatus& status);
    void update_links(const gateway::NodeStatus& status);
    void update_fabric(const gateway::NodeStatus& status);
    void update_machine(const gateway::NodeStatus& status);
    void set(std::string_view name, std::string_view help, double value, const Labels& labels = {});

    MetricsRegistry& metrics_;
    const std::filesystem::path data_;
    std::set<std::string> apps_;  ///< those with series of their own
};

/// The memory that a process occupies, in bytes; 0 if there is no such process.
std::uint64_t resident_memory(pid_t process);

}  // namespace bsn::node
