#include "cli/bench/foreign_client.hpp"

#include <gtest/gtest.h>

namespace bsn::cli {
namespace {

TEST(ForeignLoad, LinesAddUpToALoad) {
    ForeignLoadReader reader;
    reader.take(R"({"latencies_us": [1000, 2000]})");
    reader.take(R"({"latencies_us": [3000]})");
    reader.take(
        R"({"committed": 3, "all": 5, "seconds": 1.5, "cpu_s": 0.25, "rss_bytes": 70000000,)"
        R"( "versions": {"node": "20.20.2"}})");
    auto load = reader.finish("");
    ASSERT_TRUE(load) << load.error().message;
    EXPECT_EQ(load->committed, 3U);
    EXPECT_EQ(load->all, 5U);
    EXPECT_EQ(load->seconds, 1.5);
    EXPECT_EQ(load->cpu_s, 0.25);
    EXPECT_EQ(load->rss_bytes, 70'000'000U);
    EXPECT_EQ(load->latency.highest(), 3'000U);
    EXPECT_EQ(load->versions.at("node"), "20.20.2");
}

TEST(ForeignLoad, AFailureIsToldWithItsReason) {
    ForeignLoadReader told;
    told.take(R"({"error": "no peers available"})");
    EXPECT_NE(told.finish("").error().message.find("no peers available"), std::string::npos);
    ForeignLoadReader broken;
    broken.take("Error: Cannot find module");
    EXPECT_NE(broken.finish("").error().message.find("Cannot find module"), std::string::npos);
    ForeignLoadReader silent;
    silent.take(R"({"latencies_us": [1000]})");
    EXPECT_NE(silent.finish("killed").error().message.find("killed"), std::string::npos);
}

TEST(ForeignLoad, LatenciesMustBeOfAllThatIsCounted) {
    ForeignLoadReader reader;
    reader.take(R"({"latencies_us": [1000]})");
    reader.take(R"({"committed": 2, "all": 2, "seconds": 1})");
    EXPECT_FALSE(reader.finish(""));
}

TEST(ForeignLoad, AProgramIsRunWithItsTask) {
    const std::string script =
        R"(echo "{\"latencies_us\": [7]}"; echo "{\"committed\": 1, \"all\": 1, \"seconds\": 1,)"
        R"( \"versions\": {\"task\": \"$0\"}}")";
    auto load = run_foreign_load({"sh", "-c", script}, "task.json");
    ASSERT_TRUE(load) << load.error().message;
    EXPECT_EQ(load->versions.at("task"), "task.json");
    EXPECT_FALSE(run_foreign_load({"/no/such/program"}, "task.json"));
}

}  // namespace
}  // namespace bsn::cli
