#pragma once
// What one app uses of this city node, held against what it may.
//
//     transactions   a token bucket: `limits.transactions_per_second`, a second's worth at once
//     traffic        of the UTC day: what is over `limits.traffic_bytes_per_day` is not let in
//     storage        of the app's blocks: from `limits.storage_bytes` on no transaction is taken
//
// Whatever a limit turns away has not been looked at any further. A request that is let in is
// answered whole: so traffic ends above its limit by what was under way.
//
// An app pays for its own only. Whose transactions are is known once the chain has looked at their
// signatures: what turns out to be nobody's of the app is given back. And what is turned away
// unseen is in the metrics, not among the figures of a day, which go on the permission chain.

#include "base/metrics.hpp"
#include "gateway/metering/token_bucket.hpp"
#include "gateway/metering/usage.hpp"
#include "registry/view.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace bsn::gateway {

/// Why something is not taken now, and when it may be.
struct Refusal {
    Error error;                      ///< `overloaded`
    std::uint64_t retry_after_s = 1;  ///< seconds, at least 1
};

/// Whether it is known that who asks is of the app.
enum class Asker : std::uint8_t { unknown, shown };

/// The series of an app's metrics.
struct MeterSeries {
    Counter& transactions;
    Counter& refused_transactions;  ///< for the rate
    Counter& refused_traffic;
    Counter& refused_storage;
    Counter& traffic_in;
    Counter& traffic_out;
    Gauge& storage;
};

/// Any thread may call any member; apps have no lock in common.
class Meter {
  public:
    /// The clock outlives it.
    Meter(std::string app, const Clock& clock, const MeterSeries& series)
        : app_(std::move(app)), clock_(clock), series_(series) {}

    const std::string& app() const { return app_; }

    /// What came of asking for transactions: so many, the first ones, may go on to the chain.
    struct Grant {
        std::uint64_t transactions = 0;
        std::optional<Refusal> refusal;  ///< why not all
        Day day = 0;                     ///< on which they are counted
    };
    /// Counts those that go on as taken, and of who is known the others as refused.
    Grant take(const registry::GatewayLimits& limits, std::uint64_t wanted, Asker asker);
    /// Of those taken on a day, so many were nobody's of the app: it may send others instead.
    void give_back(std::uint64_t transactions, Day day);
    /// The day on which is counted what is taken now.
    Day day() const { return day_of(clock_.now()); }
    /// Notes that a limit turned so many transactions away, now that who sent them is known.
    void count_refused(std::uint64_t transactions);
    /// Why a request may not come in; none: it may. Counts it as refused if who asks is known.
    std::optional<Refusal> turn_away(const registry::GatewayLimits& limits, Asker asker);
    void count_traffic(std::uint64_t in, std::uint64_t out);

    /// Takes over what was kept, at the start.
    void load(Day day, const Usage& usage);
    void load(const CountedBlocks& counted);

    CountedBlocks counted_blocks() const;
    /// The app's blocks have been counted so far.
    void set_counted_blocks(const CountedBlocks& counted);

    /// The figures of a day; none: nothing happened.
    std::optional<Usage> usage_of(Day day) const;
    /// Those of days before one that the permission chain does not have yet.
    std::vector<std::pair<Day, Usage>> unrecorded_before(Day day) const;
    /// The permission chain has these figures of a day; those that have changed meanwhile are to be
    /// recorded again.
    void note_recorded(Day day, const Usage& usage);

    struct Changes {
        std::vector<std::pair<Day, Usage>> days;
        std::optional<CountedBlocks> counted;
        std::vector<Day> forgotten;
    };
    /// What is to be written, from the last call on; old days are forgotten.
    Changes take_changes();
    /// The changes were not written: they come again.
    void return_changes(const Changes& changes);

  private:
    static constexpr Day k_kept_recorded = 3;   ///< days
    static constexpr Day k_kept_at_most = 400;  ///< days, where the permission chain takes none

    struct Kept {
        Usage usage;
        bool changed = false;
    };
    /// With the lock.
    Usage& today();

    const std::string app_;
    const Clock& clock_;
    const MeterSeries series_;

    mutable std::mutex mutex_;  ///< guards what follows
    TokenBucket bucket_;
    std::map<Day, Kept> days_;
    std::map<Day, Kept>::iterator current_ = days_.end();
    CountedBlocks counted_;
    bool counted_changed_ = false;
};

}  // namespace bsn::gateway
