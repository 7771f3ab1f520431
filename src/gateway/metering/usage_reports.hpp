#pragma once
// What apps used on days that have ended, told to the permission chain (`record_usage`).

#include "gateway/backend.hpp"
#include "gateway/metering/metering.hpp"

namespace bsn::gateway {

/// Tells in the node's own name, again until the permission chain has it: telling twice does no
/// harm, since the later record replaces the earlier.
class UsageReports {
  public:
    /// A day is told so long after its end, when what was under way then has been counted.
    static constexpr std::uint64_t k_after_midnight_ms = 60'000;
    /// After a failure.
    static constexpr std::uint64_t k_again_ms = 60'000;
    /// Apps in one transaction: the contract takes 64 KiB.
    static constexpr std::size_t k_most_apps = 200;

    /// All outlive what is under way.
    UsageReports(Backend& backend, Metering& metering);

    /// Sends what is due, one day at a time; returns at once. One thread at a time.
    void send();

  private:
    struct State;
    struct Report {
        Day day = 0;
        std::string json;
        std::vector<std::pair<Meter*, Usage>> figures;
    };
    /// The oldest day that is due, with at most `k_most_apps` apps.
    std::optional<Report> next_report() const;

    Backend& backend_;
    Metering& metering_;
    const std::shared_ptr<State> state_;  ///< answers may come when this has gone
};

}  // namespace bsn::gateway
