#pragma once
// What apps use of this node: counted by the gateway, their blocks counted here, all of it kept in
// the node's database and told to the permission chain once a day has ended.

#include "framework/ledger/ledger_framework.hpp"
#include "gateway/metering/usage_reports.hpp"
#include "gateway/work.hpp"

#include <atomic>

namespace bsn::node {

/// Made before the framework is opened, opened after, ended before it is closed, by one thread.
class AppMetering {
  public:
    /// How often blocks are counted, and figures written.
    static constexpr std::uint64_t k_look_ms = 1'000;
    static constexpr std::uint64_t k_save_ms = 5'000;
    /// Blocks of one app that are counted at a time.
    static constexpr std::uint64_t k_most_blocks = 500;

    /// All outlive it.
    AppMetering(gateway::Backend& backend, const registry::View& view, Executor& pool,
                const Clock& clock, MetricsRegistry& metrics);

    gateway::Metering& metering() { return metering_; }
    /// Reads what was kept.
    Status open(store::Database& database, const framework::LedgerFramework& framework);
    /// Called about every 100 ms; what is to be done runs on the pool.
    void tick();
    /// Waits for that, does nothing more, and writes what was counted.
    void close();

  private:
    void look();
    void count_blocks();
    void save();

    gateway::Metering metering_;
    gateway::UsageReports reports_;
    const Clock& clock_;
    const registry::View& view_;
    gateway::Work work_;
    const framework::LedgerFramework* framework_ = nullptr;  ///< null: not opened
    std::uint64_t next_look_ = 0;                            ///< monotonic milliseconds
    std::uint64_t next_save_ = 0;                            ///< the same; of the task
    std::atomic<bool> busy_{false};
    bool closed_ = false;
};

}  // namespace bsn::node
