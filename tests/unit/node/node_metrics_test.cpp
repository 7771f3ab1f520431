#include "node/node_metrics.hpp"

#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <unistd.h>

namespace bsn::node {
namespace {

std::size_t count_of(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

class NodeMetricsTest : public ::testing::Test {
  protected:
    std::string rendered(const gateway::NodeStatus& status) {
        metrics.update(status);
        return registry.render();
    }

    TemporaryFolder folder;
    MetricsRegistry registry;
    NodeMetrics metrics{registry, folder.path()};
};

TEST_F(NodeMetricsTest, SumsUpAllAppsAndTellsOfTheFirstHundred) {
    gateway::NodeStatus status;
    for (int number = 0; number < 300; ++number) {
        gateway::ChainStatus chain;
        chain.app = number == 0 ? "system" : "app" + std::to_string(number);
        chain.height = 12;
        chain.certified = 10;
        chain.transactions = 5;
        chain.alarm = number == 299 ? "stopped" : "";
        status.chains.push_back(chain);
    }
    std::string text = rendered(status);
    EXPECT_EQ(count_of(text, "bsn_chain_height{app="), NodeMetrics::k_most_apps + 1);
    EXPECT_NE(text.find("bsn_chains{channels=\"app\"} 299\n"), std::string::npos) << text;
    EXPECT_NE(text.find("bsn_chains{channels=\"system\"} 1\n"), std::string::npos);
    EXPECT_NE(text.find("bsn_transactions_total{channels=\"app\"} 1495\n"), std::string::npos);
    EXPECT_NE(text.find("bsn_uncertified_blocks{channels=\"app\"} 598\n"), std::string::npos);
    EXPECT_NE(text.find("bsn_alarms{channels=\"app\"} 1\n"), std::string::npos);
}

TEST_F(NodeMetricsTest, FollowsTheStatus) {
    gateway::NodeStatus status;
    status.links = {{"00", "shanghai", true, 7, 2}};
    status.order.trouble = "nothing is ordered";
    std::string text = rendered(status);
    EXPECT_NE(text.find("bsn_peer_link_connected{to=\"shanghai\"} 1\n"), std::string::npos);
    EXPECT_NE(text.find("bsn_peer_link_dropped_messages_total{to=\"shanghai\"} 2\n"),
              std::string::npos);
    EXPECT_NE(text.find("bsn_ordering_healthy 0\n"), std::string::npos);
    EXPECT_EQ(text.find("bsn_ordering_last_block_age_seconds"), std::string::npos);
    status.links[0].connected = false;
    status.links[0].dropped = 5;
    status.order = {.block_age_ms = 1500};
    text = rendered(status);
    EXPECT_NE(text.find("bsn_peer_link_connected{to=\"shanghai\"} 0\n"), std::string::npos);
    EXPECT_NE(text.find("bsn_peer_link_dropped_messages_total{to=\"shanghai\"} 5\n"),
              std::string::npos);
    EXPECT_NE(text.find("bsn_ordering_last_block_age_seconds 1.5\n"), std::string::npos);
    EXPECT_NE(text.find("bsn_ordering_healthy 1\n"), std::string::npos);
}

TEST_F(NodeMetricsTest, KnowsTheMemoryOfAProcess) {
    EXPECT_GT(resident_memory(::getpid()), 1U << 20);
    EXPECT_EQ(resident_memory(-1), 0U);
}

}  // namespace
}  // namespace bsn::node
