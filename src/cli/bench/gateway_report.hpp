#pragma once
// What the benchmark of the gateway found, for machines and people.

#include "cli/bench/idle_connections.hpp"
#include "cli/bench/machine.hpp"
#include "cli/bench/path_load.hpp"

#include <optional>

namespace bsn::cli {

/// The middle one, or the mean of the two in the middle; 0 of none.
double median(std::vector<double> values);

/// The same load straight to the chain and through the gateway, one right after the other.
struct GatewayRound {
    double direct_tx_per_s = 0;
    double gateway_tx_per_s = 0;

    double ratio() const { return direct_tx_per_s > 0 ? gateway_tx_per_s / direct_tx_per_s : 0; }
};

/// Latencies of single requests under an open loop, microseconds.
struct GatewayLatency {
    double rate = 0;                ///< transactions per second that fell due
    LatencyHistogram direct;        ///< of requests, from when they fell due
    LatencyHistogram gateway;       ///< likewise
    LatencyHistogram beside_chain;  ///< of each request through the gateway
};

/// Throughput of one shape of requests.
struct GatewayThroughput {
    std::size_t batch = 1;    ///< transactions in a request
    std::size_t clients = 1;  ///< each with one request under way
    std::vector<GatewayRound> rounds;

    double direct_tx_per_s() const;   ///< the rounds' median
    double gateway_tx_per_s() const;  ///< likewise
    /// Of these two; 0 without rounds.
    double ratio() const;
};

struct GatewayFigures {
    std::size_t nodes = 0;
    std::size_t payload_bytes = 0;
    std::string suite;
    double duration_s = 0;  ///< of each half of a round
    GatewayThroughput batches;
    GatewayThroughput single;  ///< one transaction in a request
    std::optional<GatewayLatency> latency;
    std::optional<IdleConnections> idle;
};

Json gateway_json(const GatewayFigures& figures, const Machine& machine);
void print_gateway(Output& out, const GatewayFigures& figures, const Machine& machine);

}  // namespace bsn::cli
