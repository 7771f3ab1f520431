#include "cli/bench/gateway_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bsn::cli {
namespace {

double rounded(double value, double steps) { return std::round(value * steps) / steps; }

/// Three decimals: some of them are of microseconds.
double millis_at(const LatencyHistogram& latency, double share) {
    return rounded(static_cast<double>(latency.percentile(share)) / 1000, 1000);
}

Json latency_json(const LatencyHistogram& latency) {
    return {{"p50", millis_at(latency, 0.50)}, {"p99", millis_at(latency, 0.99)}};
}

std::string latency_text(const LatencyHistogram& latency) {
    return fmt::format("p50 {:.2f} ms, p99 {:.2f} ms", millis_at(latency, 0.50),
                       millis_at(latency, 0.99));
}

template <typename Value>
double median_of(const std::vector<GatewayRound>& rounds, Value value) {
    std::vector<double> values;
    for (const GatewayRound& round : rounds) values.push_back(value(round));
    return median(std::move(values));
}

void add_throughput(Json& json, const GatewayThroughput& throughput) {
    json["direct_tx_per_s"] = rounded(throughput.direct_tx_per_s(), 100);
    json["gateway_tx_per_s"] = rounded(throughput.gateway_tx_per_s(), 100);
    json["ratio"] = rounded(throughput.ratio(), 10'000);
}

void add_rounds(Json& json, const GatewayThroughput& throughput) {
    json["batch"] = throughput.batch;
    json["connections"] = throughput.clients;
    json["rounds"] = Json::array();
    for (const GatewayRound& round : throughput.rounds) {
        json["rounds"].push_back({{"direct_tx_per_s", rounded(round.direct_tx_per_s, 100)},
                                  {"gateway_tx_per_s", rounded(round.gateway_tx_per_s, 100)},
                                  {"ratio", rounded(round.ratio(), 10'000)}});
    }
}

std::string throughput_text(const GatewayThroughput& throughput) {
    return fmt::format(
        "{:.0f} transactions/s through the gateway, {:.0f} straight to the chain: {:.1f} %; {} "
        "connections",
        throughput.gateway_tx_per_s(), throughput.direct_tx_per_s(), 100 * throughput.ratio(),
        throughput.clients);
}

}  // namespace

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    if (values.size() % 2 == 1) return values[middle];
    return (values[middle - 1] + values[middle]) / 2;
}

double GatewayThroughput::direct_tx_per_s() const {
    return median_of(rounds, [](const GatewayRound& round) { return round.direct_tx_per_s; });
}

double GatewayThroughput::gateway_tx_per_s() const {
    return median_of(rounds, [](const GatewayRound& round) { return round.gateway_tx_per_s; });
}

double GatewayThroughput::ratio() const {
    return GatewayRound{direct_tx_per_s(), gateway_tx_per_s()}.ratio();
}

Json gateway_json(const GatewayFigures& figures, const Machine& machine) {
    Json json = Json::object();
    add_throughput(json, figures.batches);
    if (const auto& latency = figures.latency) {
        json["added_latency_ms"] = latency_json(latency->beside_chain);
    }
    if (const auto& idle = figures.idle) {
        json["idle_connections"] = {{"count", idle->count},
                                    {"rss_bytes_added", idle->rss_bytes_added}};
    }
    add_rounds(json, figures.batches);
    Json single = Json::object();
    add_throughput(single, figures.single);
    add_rounds(single, figures.single);
    json["single"] = std::move(single);
    if (const auto& latency = figures.latency) {
        json["latency_ms"] = {{"rate", rounded(latency->rate, 100)},
                              {"requests", latency->gateway.count()},
                              {"direct", latency_json(latency->direct)},
                              {"gateway", latency_json(latency->gateway)}};
    }
    json["nodes"] = figures.nodes;
    json["suite"] = figures.suite;
    json["payload_bytes"] = figures.payload_bytes;
    json["duration_s"] = figures.duration_s;
    json["machine"] = machine.to_json();
    return json;
}

void print_gateway(Output& out, const GatewayFigures& figures, const Machine& machine) {
    std::vector<std::pair<std::string, std::string>> fields{
        {fmt::format("{} in a request", figures.batches.batch), throughput_text(figures.batches)},
        {"one in a request", throughput_text(figures.single)}};
    if (const auto& latency = figures.latency) {
        fields.emplace_back("added latency",
                            fmt::format("{}; one in a request, at {:.0f}/s",
                                        latency_text(latency->beside_chain), latency->rate));
        fields.emplace_back(
            "latency", fmt::format("straight to the chain {}; gateway {}",
                                   latency_text(latency->direct), latency_text(latency->gateway)));
    }
    if (const auto& idle = figures.idle) {
        fields.emplace_back("idle", fmt::format("{} connections take {:.1f} MB", idle->count,
                                                static_cast<double>(idle->rss_bytes_added) / 1e6));
    }
    fields.emplace_back(
        "load",
        fmt::format("medians of {} rounds of {:g} s each way, {}, {} bytes of payload, {} city "
                    "node{}",
                    figures.single.rounds.size(), figures.duration_s, figures.suite,
                    figures.payload_bytes, figures.nodes, figures.nodes == 1 ? "" : "s"));
    fields.emplace_back("machine", machine.summary());
    out.fields(fields);
}

}  // namespace bsn::cli
