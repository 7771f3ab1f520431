#include "cli/bench/gateway_report.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace bsn::cli {
namespace {

GatewayFigures figures() {
    GatewayFigures figures;
    figures.nodes = 3;
    figures.suite = "secp256r1";
    figures.payload_bytes = 256;
    figures.duration_s = 3;
    figures.batches = {100, 10, {{9'000, 9'900}, {10'000, 9'500}, {11'000, 8'000}}};
    figures.single = {1, 1'000, {{8'000, 6'000}, {9'000, 7'000}}};
    return figures;
}

TEST(GatewayReport, TheMedianIsTheMiddleOne) {
    EXPECT_EQ(median({}), 0);
    EXPECT_EQ(median({7}), 7);
    EXPECT_EQ(median({9, 1, 5}), 5);
    EXPECT_EQ(median({9, 1, 5, 4}), 4.5);
}

TEST(GatewayReport, TheRatioIsOfTheMedians) {
    const GatewayFigures of = figures();
    EXPECT_EQ(of.batches.direct_tx_per_s(), 10'000);
    EXPECT_EQ(of.batches.gateway_tx_per_s(), 9'500);
    EXPECT_DOUBLE_EQ(of.batches.ratio(), 0.95);
    EXPECT_DOUBLE_EQ(of.single.ratio(), 6'500.0 / 8'500.0);
    EXPECT_EQ(GatewayThroughput().ratio(), 0);
}

TEST(GatewayReport, JsonHasTheStableNames) {
    GatewayFigures of = figures();
    GatewayLatency& latency = of.latency.emplace();
    latency.rate = 3'250;
    latency.direct.record(5'000);
    latency.gateway.record(6'000);
    latency.beside_chain.record(640, 99);
    latency.beside_chain.record(4'000);
    of.idle = IdleConnections{10'000, 31'000'000};
    const Json json = gateway_json(of, Machine());
    EXPECT_EQ(json["direct_tx_per_s"], 10'000);
    EXPECT_EQ(json["gateway_tx_per_s"], 9'500);
    EXPECT_EQ(json["ratio"], 0.95);
    EXPECT_EQ(json["batch"], 100);
    EXPECT_EQ(json["connections"], 10);
    EXPECT_EQ(json["rounds"].size(), 3U);
    EXPECT_EQ(json["rounds"][0]["ratio"], 1.1);
    EXPECT_EQ(json["single"]["connections"], 1'000);
    EXPECT_EQ(json["single"]["ratio"], 0.7647);
    EXPECT_DOUBLE_EQ(json["added_latency_ms"]["p50"].get<double>(), 0.64);
    EXPECT_NEAR(json["added_latency_ms"]["p99"].get<double>(), 0.64, 0.001);
    EXPECT_EQ(json["latency_ms"]["rate"], 3'250);
    EXPECT_NEAR(json["latency_ms"]["direct"]["p50"].get<double>(), 5, 0.01);
    EXPECT_NEAR(json["latency_ms"]["gateway"]["p99"].get<double>(), 6, 0.01);
    EXPECT_EQ(json["idle_connections"]["count"], 10'000);
    EXPECT_EQ(json["idle_connections"]["rss_bytes_added"], 31'000'000);
}

TEST(GatewayReport, WhatWasNotMeasuredIsNotTold) {
    const Json json = gateway_json(figures(), Machine());
    EXPECT_FALSE(json.contains("added_latency_ms"));
    EXPECT_FALSE(json.contains("idle_connections"));
    std::ostringstream text;
    std::ostringstream errors;
    Output out(text, errors);
    print_gateway(out, figures(), Machine());
    EXPECT_NE(text.str().find("95.0 %"), std::string::npos) << text.str();
    EXPECT_EQ(text.str().find("idle"), std::string::npos) << text.str();
}

}  // namespace
}  // namespace bsn::cli
