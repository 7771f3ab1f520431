#pragma once
// What all nodes of a network say of themselves, compared with one another.

#include "base/clock.hpp"
#include "cli/node_client.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bsn::cli {

/// How far a node's clock is ahead of this machine's, as one answer tells it.
struct ClockOffset {
    std::int64_t ms = 0;         ///< negative: the node's clock is behind
    std::uint64_t error_ms = 0;  ///< by so much it may be wrong: half the way there and back

    /// Of an answer that said `theirs`, asked at `asked` and there at `answered`, by our clock.
    static ClockOffset of(UnixMillis theirs, UnixMillis asked, UnixMillis answered);
};

/// What one node said, or why it did not.
struct NodeAnswer {
    std::string url;
    Json status;
    std::string failure;  ///< empty: it answered
    std::optional<ClockOffset> clock;

    bool is_up() const { return failure.empty(); }
    std::string name() const;  ///< the node's, or its address
    /// What it says of its chain of an app; null: it runs none.
    const Json* chain(const std::string& app) const;
};

/// Something that an operator should do something about.
struct Finding {
    std::string node;
    std::string what;
    std::string advice;
    bool is_alarm = false;  ///< a chain of the node has stopped or waits, or it double-signs
};

struct NetworkStatus {
    std::vector<NodeAnswer> nodes;

    const NodeAnswer* first_up() const;
    const NodeAnswer* first_down() const;
    /// The apps that any node runs; the system channel first.
    std::vector<std::string> apps() const;
    /// The highest certified block of an app that any node has.
    std::uint64_t highest_certified(const std::string& app) const;
    /// How many certified blocks a node lacks that another one has: of one chain, or the most of
    /// all its chains. None: it runs none.
    std::optional<std::uint64_t> lag(const NodeAnswer& node, const std::string& app) const;
    std::optional<std::uint64_t> lag(const NodeAnswer& node) const;
    /// Heights that the node's order is behind that of the furthest node.
    std::uint64_t order_lag(const NodeAnswer& node) const;
    /// How far the nodes' clocks are apart at least, in milliseconds.
    std::uint64_t clock_skew_ms() const;
    std::vector<Finding> findings() const;
};

/// Nodes whose clocks differ by more are told of.
inline constexpr std::uint64_t k_most_clock_skew_ms = 500;

/// Asks all nodes that the client knows.
NetworkStatus ask_all_nodes(NodeClient& api);

/// What to do about an alarm of a chain.
std::string alarm_advice(std::string_view alarm);

}  // namespace bsn::cli
