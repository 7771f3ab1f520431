#include "cli/network_status.hpp"

#include <gtest/gtest.h>

namespace bsn::cli {
namespace {

NodeAnswer answer(const std::string& name, std::uint64_t certified, std::int64_t clock_ms = 0) {
    NodeAnswer node;
    node.url = "http://" + name;
    node.status = {
        {"node", name + "-id"},
        {"name", name},
        {"order_height", 100 + certified},
        {"chains", Json::array({{{"app", "system"}, {"certified", 1}, {"height", 1}},
                                {{"app", "kv"}, {"certified", certified}, {"height", 9U}}})}};
    node.clock = ClockOffset{clock_ms, 5};
    return node;
}

NodeAnswer down(const std::string& name) {
    NodeAnswer node;
    node.url = "http://" + name;
    node.failure = "refused";
    return node;
}

TEST(NetworkStatusTest, TakesHalfTheWayOffTheClock) {
    ClockOffset ahead = ClockOffset::of(1'500, 1'000, 1'200);
    EXPECT_EQ(ahead.ms, 400);
    EXPECT_EQ(ahead.error_ms, 100U);
    EXPECT_EQ(ClockOffset::of(900, 1'000, 1'000).ms, -100);
    // A clock of ours that was set back meanwhile must not turn into a huge number.
    EXPECT_EQ(ClockOffset::of(1'000, 1'000, 900).error_ms, 0U);
}

TEST(NetworkStatusTest, TellsHowFarNodesAreBehindTheFurthest) {
    NetworkStatus network{{answer("a", 7), answer("b", 4), down("c")}};
    EXPECT_EQ(network.highest_certified("kv"), 7U);
    EXPECT_EQ(network.lag(network.nodes[0]), 0U);
    EXPECT_EQ(network.lag(network.nodes[1]), 3U);
    EXPECT_EQ(network.lag(network.nodes[1], "system"), 0U);
    EXPECT_EQ(network.lag(network.nodes[2]), std::nullopt);
    EXPECT_EQ(network.order_lag(network.nodes[1]), 3U);
    EXPECT_EQ(network.apps(), (std::vector<std::string>{"system", "kv"}));
}

TEST(NetworkStatusTest, WarnsOfClocksThatAreSurelyApart) {
    NetworkStatus close{{answer("a", 1, -250), answer("b", 1, 260)}};
    EXPECT_EQ(close.clock_skew_ms(), 500U);  // 510, of which the measurement explains 10
    EXPECT_TRUE(close.findings().empty());
    NetworkStatus apart{{answer("a", 1, -250), answer("b", 1, 261), answer("c", 1)}};
    EXPECT_EQ(apart.clock_skew_ms(), 501U);
    ASSERT_EQ(apart.findings().size(), 1U);
    EXPECT_NE(apart.findings()[0].advice.find("NTP"), std::string::npos);
    EXPECT_FALSE(apart.findings()[0].is_alarm);
}

TEST(NetworkStatusTest, SaysOfANodeThatIsDownOnlyOnceThatItIs) {
    NodeAnswer node = answer("a", 1);
    node.status["links"] = Json::array({{{"node", "b-id"}, {"name", "b"}, {"connected", false}},
                                        {{"node", "c-id"}, {"name", "c"}, {"connected", false}}});
    NetworkStatus network{{node, answer("b", 1), down("c")}};
    auto findings = network.findings();
    ASSERT_EQ(findings.size(), 2U);
    EXPECT_EQ(findings[0].what, "has no connection to b");
    EXPECT_EQ(findings[1].what, "down: refused");
}

TEST(NetworkStatusTest, TellsOnceOfAValidatorThatIsThereTwice) {
    NodeAnswer first = answer("a", 1);
    NodeAnswer second = answer("b", 1);
    first.status["order"] = {{"double_signers", {{{"node", "c"}, {"height", 7U}}}}};
    second.status["order"] = {{"double_signers", {{{"node", "c"}, {"height", 9U}}}}};
    const auto findings = NetworkStatus{{first, second, answer("c", 1)}}.findings();
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings[0].node, "c");
    EXPECT_NE(findings[0].what.find("height 9"), std::string::npos);
    EXPECT_TRUE(findings[0].is_alarm);
}

TEST(NetworkStatusTest, SaysWhatToDoAboutAnAlarm) {
    NodeAnswer node = answer("a", 1);
    node.status["chains"][1]["alarm"] = "this replica has diverged: …";
    auto findings = NetworkStatus{{node}}.findings();
    ASSERT_EQ(findings.size(), 1U);
    EXPECT_TRUE(findings[0].is_alarm);
    EXPECT_NE(findings[0].advice.find("report"), std::string::npos);
    EXPECT_NE(alarm_advice("something new").find("operations.md"), std::string::npos);
}

TEST(NetworkStatusTest, AnAnswerWithoutChainsIsNoTrouble) {
    NodeAnswer node;
    node.status = Json::object();
    NetworkStatus network{{node}};
    EXPECT_EQ(network.lag(network.nodes[0]), std::nullopt);
    EXPECT_TRUE(network.findings().empty());
}

}  // namespace
}  // namespace bsn::cli
