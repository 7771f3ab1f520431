#include "cli/bench/report.hpp"

#include <gtest/gtest.h>

namespace bsn::cli {
namespace {

BenchRun run_of(const std::string& suite, double rate, std::size_t intervals) {
    BenchRun run;
    run.suite = suite;
    run.options.rate = rate;
    run.apps = {"bench-" + suite};
    run.agreement.peers = 3;
    run.total_s = 2;
    run.load.counts.committed = 2'000;
    for (std::size_t i = 0; i < intervals; ++i) {
        double begin = static_cast<double>(i);
        run.load.intervals.emplace_back(begin, begin + 1, LoadCounts());
    }
    return run;
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST(BenchPlot, SeveralRatesAreDrawnOverTheRate) {
    for (std::size_t intervals : {0, 3}) {
        std::string plot =
            plot_of({run_of("secp256r1", 1'000, intervals), run_of("secp256r1", 2'000, intervals)});
        EXPECT_TRUE(has(plot, "offered transactions/s"));
        EXPECT_FALSE(has(plot, "seconds"));
    }
}

TEST(BenchPlot, SeveralSuitesAtOneRateAreDrawnOverTime) {
    std::string plot = plot_of({run_of("secp256r1", 1'000, 3), run_of("sm2", 1'000, 3)});
    EXPECT_TRUE(has(plot, "secp256r1: Throughput"));
    EXPECT_TRUE(has(plot, "sm2: Throughput"));
    EXPECT_FALSE(has(plot, "offered transactions/s"));
}

TEST(BenchPlot, ARunWithoutIntervalsHasNoCharts) {
    std::string plot = plot_of({run_of("secp256r1", 0, 3), run_of("sm2", 0, 0)});
    EXPECT_TRUE(has(plot, "secp256r1: Throughput"));
    EXPECT_FALSE(has(plot, "sm2: Throughput"));
}

TEST(BenchReport, TellsBothBounds) {
    BenchRun run = run_of("secp256r1", 0, 0);
    run.verification = {5'900, 6'100};
    run.plain = {2'900, 3'100};
    Json bound = run_json(run, Machine()).at("signature_bound");
    EXPECT_EQ(bound.at("bound_tx_per_s"), 2'000);
    EXPECT_EQ(bound.at("share_of_bound"), 0.5);
    EXPECT_EQ(bound.at("plain_verified_per_s_before"), 2'900);
    EXPECT_EQ(bound.at("plain_verified_per_s_after"), 3'100);
    EXPECT_EQ(bound.at("plain_bound_tx_per_s"), 1'000);
    EXPECT_EQ(bound.at("plain_share_of_bound"), 1.0);
    run.verification = {};
    EXPECT_FALSE(run_json(run, Machine()).contains("signature_bound"));
}

TEST(BenchReport, TellsWhatWasMeasured) {
    BenchRun run = run_of("secp256r1", 0, 0);
    run.network = {"cometbft", 4, 4};
    run.agreement.quorum = 2;
    Json network = run_json(run, Machine()).at("network");
    EXPECT_EQ(network.at("ordering"), "cometbft");
    EXPECT_EQ(network.at("city_nodes"), 4);
    EXPECT_EQ(network.at("validators"), 4);
    EXPECT_EQ(network.at("accounting_nodes"), 3);
    EXPECT_EQ(network.at("quorum"), 2);
    EXPECT_FALSE(network.at("durability").get<std::string>().empty());
}

TEST(BenchReport, TellsCometbftsPartApart) {
    BenchRun run = run_of("secp256r1", 0, 0);
    run.end.transactions = 1'000;
    run.end.ordered_bytes = 5'000;
    run.begin.usage = NetworkUsage();
    run.end.usage = NetworkUsage{{6, 400, 0}, {2, 100, 3'000}, 5, 4};
    Json costs = run_json(run, Machine()).at("resources");
    EXPECT_EQ(costs.at("ordered_bytes_per_tx"), 5);
    EXPECT_EQ(costs.at("cpu_s_per_1000_tx"), 6);
    EXPECT_EQ(costs.at("rss_end_bytes"), 400);
    EXPECT_EQ(costs.at("processes"), 5);
    EXPECT_EQ(costs.at("of_it_cometbft").at("cpu_s_per_1000_tx"), 2);
    EXPECT_EQ(costs.at("of_it_cometbft").at("rss_end_bytes"), 100);
    EXPECT_EQ(costs.at("of_it_cometbft").at("processes"), 4);
    run.end.usage->engine_processes = 0;
    EXPECT_FALSE(run_json(run, Machine()).at("resources").contains("of_it_cometbft"));
}

}  // namespace
}  // namespace bsn::cli
