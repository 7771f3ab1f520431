#pragma once
// What the handlers share: the node, who asks, where work is done, and what is counted.

#include "gateway/app_lanes.hpp"
#include "gateway/authentication.hpp"
#include "gateway/backend.hpp"
#include "gateway/height_watch.hpp"
#include "gateway/message.hpp"
#include "gateway/metering/strangers.hpp"
#include "gateway/rpc_options.hpp"
#include "gateway/work.hpp"

#include <atomic>
#include <chrono>
#include <deque>
#include <set>

namespace bsn::gateway {

/// One of the event streams that may be open at once, or the like; gives its place back when it
/// goes.
class StreamPlace {
  public:
    StreamPlace(std::shared_ptr<std::atomic<std::size_t>> open, Gauge& gauge);
    ~StreamPlace();
    StreamPlace(const StreamPlace&) = delete;
    StreamPlace& operator=(const StreamPlace&) = delete;

  private:
    std::shared_ptr<std::atomic<std::size_t>> open_;
    Gauge& gauge_;
};

/// A bounded number of places. Any thread.
class Places {
  public:
    /// `refusal`: what is said when all are taken.
    Places(std::size_t most, Gauge& gauge, std::string refusal)
        : most_(most), gauge_(gauge), refusal_(std::move(refusal)) {}
    /// One more; `overloaded` if all are taken.
    Result<std::shared_ptr<StreamPlace>> take();

  private:
    const std::size_t most_;
    Gauge& gauge_;
    const std::string refusal_;
    const std::shared_ptr<std::atomic<std::size_t>> taken_ =
        std::make_shared<std::atomic<std::size_t>>(0);
};

/// Who has handed in which package since the start: as many as were named last. Any thread.
class HandedIn {
  public:
    static constexpr std::size_t k_most = 10'000;

    void note(const ledger::Hash& digest, const ledger::ParticipantId& who);
    bool has(const ledger::Hash& digest, const ledger::ParticipantId& who) const;

  private:
    using Entry = std::pair<ledger::Hash, ledger::ParticipantId>;
    mutable std::mutex mutex_;
    std::set<Entry> entries_;
    std::deque<Entry> in_order_;
};

/// The handlers' surroundings. Any thread.
class Service {
  public:
    Service(Backend& backend, Executor& executor, std::size_t max_streams, RpcOptions rpc = {},
            bool published_mac = true, AppLanesOptions lanes = {},
            std::optional<std::uint64_t> refused_per_second = {});

    Backend& backend() { return backend_; }
    Authenticator& authenticator() { return authenticator_; }
    HeightWatches& watches() { return watches_; }
    const Work& work() const { return *work_; }
    /// Runs what a new request asks, which may wait for an app's chain. None: the permission chain.
    /// `overloaded`, and it never runs, if too many wait for that chain.
    Status run_for(const registry::App* app, Task task);
    /// Runs what answers a request, whose path may name an app; and answers `overloaded` itself.
    void run_for(const Request& request, const Reply& reply, Task task);
    /// Runs the next part of what has begun: an open stream, or an answer that is half there.
    void go_on_for(const registry::App* app, Task task);
    /// Refuses further work, and waits for what runs. Not to be called from it.
    void close();
    /// For callbacks that may come after the service has gone.
    std::shared_ptr<const Work> shared_work() const { return work_; }

    /// Where a request goes to: an app, or the permission chain.
    struct Target {
        ledger::ChannelId channel;
        std::shared_ptr<const registry::App> app;  ///< none: the permission chain
        std::string chain_name;                    ///< as `Backend::chain` wants it
    };
    /// The target that `{app}` in the path names; `not_found` if there is none.
    Result<Target> target_of(const Request& request);
    /// The caller, if there is one, who may read the target's blocks, transactions and events.
    Result<std::optional<registry::Caller>> reader_of(const Request& request, const Target& target);
    /// The chain of the target, for a caller who may read it.
    Result<framework::Chain*> chain_to_read(const Request& request);

    /// `forbidden` if a web page asks that the operator did not name, so that no page reaches a
    /// node behind its visitor's firewall.
    Status allowed_origin(const Request& request) const;

    /// A place for one more event stream; `overloaded` if all are taken.
    Result<std::shared_ptr<StreamPlace>> take_stream_place() { return streams_.take(); }

    HandedIn& handed_in() { return handed_in_; }
    const RpcOptions& rpc() const { return rpc_; }
    bool published_mac() const { return published_mac_; }

    /// Why whoever sent a request may not come in now: too much of theirs was refused.
    std::optional<Refusal> turn_stranger_away(const Request& request);
    /// Notes what was refused, from any thread, also when the service has gone.
    std::function<void(std::uint64_t refused)> strangers_of(const Request& request);
    Places& rpc_calls() { return rpc_calls_; }
    Places& rpc_connections() { return rpc_connections_; }
    /// Requests that other nodes answer.
    Places& forwards() { return forwards_; }

    void count_request(std::string_view route, unsigned status, double seconds);
    Gauge& connections() { return connections_; }

  private:
    /// Whether what asks this app waits on threads of its own.
    bool has_lane(const registry::App* app) const;

    Backend& backend_;
    std::shared_ptr<Work> work_;
    Authenticator authenticator_;
    HeightWatches watches_;
    HandedIn handed_in_;
    const RpcOptions rpc_;
    const bool published_mac_;
    const std::shared_ptr<Strangers> strangers_;
    Places streams_;
    Places rpc_calls_;
    Places rpc_connections_;
    Places forwards_;
    Gauge& connections_;
    AppLanes lanes_;  ///< the last: its tasks use the others
};

/// What the answer to a submitted transaction counts as: `success`, `refused` or an error's code.
std::string_view outcome_name(const Result<framework::TransactionView>& answer);
/// Counts transactions by what came of them; also when the service has gone, since the node's
/// metrics stay.
void count_outcomes(MetricsRegistry& metrics, std::string_view outcome, std::uint64_t transactions);

/// Refuses query parameters other than these, naming them.
Status only_parameters(const Request& request, std::initializer_list<std::string_view> known);
/// A decimal number of the query, or what it is if absent.
Result<std::uint64_t> number_parameter(const Request& request, std::string_view name,
                                       std::uint64_t otherwise, std::uint64_t least,
                                       std::uint64_t most);
/// How long a submission may wait for its answer, in milliseconds: `timeout_ms` of the query.
Result<std::uint64_t> submit_timeout(const Request& request);
/// Decimal digits only, within 64 bits.
std::optional<std::uint64_t> parse_number(std::string_view text);

}  // namespace bsn::gateway
