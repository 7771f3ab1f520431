#include "cli/bench/fabric_report.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace bsn::cli {
namespace {

PathFigure figure(RecordPath path, std::size_t in_flight, std::uint64_t records) {
    PathFigure of;
    of.path = path;
    of.in_flight = in_flight;
    of.records = records;
    of.seconds = 10;
    of.latency.record(20'000, records);
    of.costs.records = records;
    of.costs.client_cpu_s = 1;
    of.costs.cpu_s = {{"bsn", 2}, {"peer", 6}, {"orderer", 1}};
    of.costs.rss = {{"bsn", 100}, {"peer", 300}, {"orderer", 50}};
    of.costs.client_rss = 50;
    of.costs.disk_bytes = 1000.0 * static_cast<double>(records);
    return of;
}

FabricFigures figures() {
    FabricFigures of;
    of.fabric_version = "2.5.9";
    of.paths = {figure(RecordPath::fabric_node_client, 25, 2'000),
                figure(RecordPath::fabric_node_client, 100, 1'500),
                figure(RecordPath::fabric_single, 25, 1'000),
                figure(RecordPath::fabric_single, 100, 3'000),
                figure(RecordPath::ledger_embedded, 100, 60'000)};
    return of;
}

TEST(FabricReport, RatiosAreOfEachPathsBest) {
    const FabricFigures of = figures();
    EXPECT_EQ(of.best(RecordPath::fabric_node_client)->in_flight, 25U);
    EXPECT_EQ(of.best(RecordPath::fabric_batched), nullptr);
    EXPECT_DOUBLE_EQ(of.ratio(RecordPath::fabric_single, RecordPath::fabric_node_client), 1.5);
    EXPECT_DOUBLE_EQ(of.ratio(RecordPath::ledger_embedded, RecordPath::fabric_single), 20);
    EXPECT_EQ(of.ratio(RecordPath::ledger_cometbft, RecordPath::fabric_single), 0);
}

TEST(FabricReport, CostsAreOfClientAndNetworkForEachRecord) {
    const PathFigure of = figure(RecordPath::fabric_single, 25, 1'000);
    EXPECT_DOUBLE_EQ(of.costs.cpu_us(), 10'000);
    EXPECT_DOUBLE_EQ(of.costs.disk_per_record(), 1000);
    EXPECT_EQ(of.costs.rss_total(), 500U);
    EXPECT_EQ(PathCosts().cpu_us(), 0);
    EXPECT_EQ(PathCosts().disk_per_record(), 0);
}

TEST(FabricReport, RoundsAddUp) {
    PathFigure of = figure(RecordPath::fabric_single, 25, 1'000);
    PathFigure later = figure(RecordPath::fabric_single, 25, 3'000);
    later.costs.rss = {{"bsn", 200}};
    of += later;
    EXPECT_DOUBLE_EQ(of.rate(), 200);
    EXPECT_EQ(of.latency.count(), 4'000U);
    EXPECT_DOUBLE_EQ(of.costs.cpu_us(), 5'000);
    EXPECT_EQ(of.costs.rss_total(), 250U);  // as it is at the end
}

TEST(FabricReport, JsonHasTheStableNames) {
    FabricFigures of = figures();
    PathFigure batched = figure(RecordPath::fabric_batched, 25, 50'000);
    batched.records_per_transaction = 100;
    of.paths.push_back(batched);
    const Json json = fabric_json(of, Machine());
    EXPECT_EQ(json["records_per_s"]["fabric_single"], 300);
    EXPECT_EQ(json["ratios"]["gateway_to_node_client"], 1.5);
    EXPECT_EQ(json["ratios"]["ledger_embedded_to_fabric_single"], 20);
    EXPECT_FALSE(json["ratios"].contains("ledger_cometbft_to_fabric_single"));
    const Json& run = json["runs"].back();
    EXPECT_EQ(run["path"], "fabric_batched");
    EXPECT_EQ(run["records_per_s"], 5'000);
    EXPECT_EQ(run["transactions_per_s"], 50);
    EXPECT_NEAR(run["latency_ms"]["p99"].get<double>(), 20, 0.1);
    EXPECT_EQ(run["costs"]["cpu_us_per_record"], 200);
    EXPECT_EQ(run["costs"]["cpu_us_per_record_by_program"]["peer"], 120);
    EXPECT_EQ(run["costs"]["rss_bytes"], 500);
    EXPECT_EQ(run["costs"]["disk_bytes_per_record"], 1000);
    EXPECT_EQ(json["fabric_version"], "2.5.9");
    EXPECT_FALSE(json.contains("node_version"));
}

TEST(FabricReport, PeopleSeeTheRatiosAndThePlotHasTheLines) {
    std::ostringstream text;
    std::ostringstream errors;
    Output out(text, errors);
    print_fabric(out, figures(), Machine());
    EXPECT_NE(text.str().find("1.50 times"), std::string::npos) << text.str();
    EXPECT_EQ(text.str().find("CometBFT"), std::string::npos) << text.str();
    const std::string plot = fabric_plot(figures());
    EXPECT_NE(plot.find("official Node client"), std::string::npos);
    EXPECT_EQ(plot.find("CometBFT"), std::string::npos);
}

}  // namespace
}  // namespace bsn::cli
