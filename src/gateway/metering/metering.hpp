#pragma once
// The meters of a city node's apps, and how their figures outlive the process.
//
// Figures are written every few seconds and on a clean stop: a crash loses what was counted since
// the last time. Buckets are not kept.

#include "framework/transaction_limits.hpp"
#include "gateway/metering/meter.hpp"
#include "store/database.hpp"

#include <array>
#include <atomic>
#include <functional>
#include <memory>

namespace bsn::gateway {

/// Any thread may call any member. Finding a meter takes no lock of its own.
class Metering final : public framework::TransactionLimits {
  public:
    /// Apps beyond so many are one series, "other", so that a node of many stays cheap to scrape.
    static constexpr std::size_t k_most_series = 100;
    using FindApp = std::function<std::shared_ptr<const registry::App>(const ledger::ChannelId&)>;

    /// `find`: an app by its channel, as the permission chain has it now. Clock and metrics outlive
    /// it.
    Metering(FindApp find, const Clock& clock, MetricsRegistry& metrics);
    ~Metering() override;

    /// Reads the figures that are kept, and keeps them there from here on. Once, at the start.
    Status open(store::Database& database);
    /// Makes durable what was counted since the last time. One thread at a time.
    Status save();

    /// The app's meter, made if there is none.
    Meter& of(const registry::App& app);
    std::shared_ptr<const registry::App> find_app(const ledger::ChannelId& channel) const {
        return find_(channel);
    }
    /// The meters that there are, with the channels of their apps.
    std::vector<std::pair<ledger::ChannelId, Meter*>> meters() const;
    const Clock& clock() const { return clock_; }

    Status take_one(const ledger::ChannelId& channel) override;
    void give_back_one(const ledger::ChannelId& channel) override;

  private:
    struct Node;
    static constexpr std::size_t k_buckets = 1024;

    Node* find_node(const ledger::ChannelId& channel) const;
    Meter& meter_of(const ledger::ChannelId& channel, const std::string& name);
    MeterSeries series_of(const std::string& app);

    const FindApp find_;
    const Clock& clock_;
    MetricsRegistry& metrics_;
    store::Database* database_ = nullptr;
    /// Chains of nodes by the first bytes of the channel; nodes are only added.
    std::array<std::atomic<Node*>, k_buckets> heads_{};
    mutable std::mutex adding_;  ///< guards the next
    std::vector<std::unique_ptr<Node>> nodes_;
};

}  // namespace bsn::gateway
