// Three city nodes run a channel of real peers and orderers, told by a permission chain in memory;
// with Fabric 3.1 four, whose orderers agree by BFT.
// Skipped where Fabric's programs are not, except in CI (BSN_NO_SKIPS).

#include "framework/fabric/network/managed_network.hpp"

#include "support/eventually.hpp"
#include "support/fabric_permissions.hpp"
#include "support/fabric_programs.hpp"
#include "support/ledger_fixtures.hpp"
#include "support/needs.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace bsn::framework::fabric {
namespace {

using namespace std::chrono_literals;
using testing::NodeView;
using testing::SharedChain;

constexpr auto k_patience = 120s;
constexpr std::uint16_t k_first_port = 23'000;

struct Node {
    Node(SharedChain& chain, const contract::Contracts& contracts, const Clock& clock,
         const std::filesystem::path& folder, std::uint8_t number)
        : view(chain, "node" + std::to_string(number)) {
        ManagedNetworkOptions options;
        options.folder = folder / ("node" + std::to_string(number)) / "fabric";
        options.node_name = "node" + std::to_string(number);
        options.node = bsn::testing::filled<ledger::NodeId>(number);
        options.first_port = static_cast<std::uint16_t>(k_first_port + 20 * number);
        network = std::make_unique<ManagedNetwork>(options, view, contracts, clock);
        network->start();
    }
    NodeView view;
    std::unique_ptr<ManagedNetwork> network;
};

class ManagedNetworkTest : public ::testing::Test {
  protected:
    void SetUp() override {
        const auto programs = testing::programs_for_tests();
        if (!programs && !::bsn::testing::no_skips()) GTEST_SKIP() << programs.error().message;
        ASSERT_TRUE(programs) << programs.error().message;
        contract::add_builtin_contracts(contracts);
        release = programs->line().name;
        for (std::uint8_t number = 1; number <= count(); ++number) nodes.push_back(start(number));
    }
    std::unique_ptr<Node> start(std::uint8_t number) {
        return std::make_unique<Node>(chain, contracts, clock, folder.path(), number);
    }
    template <typename Condition>
    static bool in_time(Condition condition) {
        return bsn::testing::eventually(condition, k_patience);
    }
    /// With one orderer or all that there are.
    void publish(std::uint8_t number, bool all_order = true) {
        ASSERT_TRUE(in_time([&] {
            std::lock_guard lock(chain.mutex);
            return chain.announced.size() == count();
        }));
        std::lock_guard lock(chain.mutex);
        const Bytes channel(32, number);
        AppPlan plan;
        plan.channel.name = channel_name(channel);
        plan.channel.created = 1'800'000'000'000;
        for (const auto& [name, organisation] : chain.announced) {
            const bool orders = all_order || plan.channel.channel.members.empty();
            plan.channel.channel.members.push_back({{}, name, organisation, orders});
        }
        plan.channel.channel.release = release;
        if (is_bft() && all_order) plan.channel.channel.ordering = registry::FabricOrdering::bft;
        plan.contracts = {{"records", "evidence", 1}, {"kv", "kv", 1}};
        chain.apps[channel] = plan;
    }
    bool is_open(const Node& node, std::uint8_t number) {
        const auto progress = node.network->progress(Bytes(32, number));
        return progress && progress->open;
    }
    bool is_bft() const { return release == "3.1"; }
    std::uint8_t count() const { return is_bft() ? 4 : 3; }
    bool is_open_everywhere(std::uint8_t number) {
        return std::all_of(nodes.begin(), nodes.end(),
                           [&](const auto& node) { return is_open(*node, number); });
    }
    std::string words(std::uint8_t number) {
        std::string all;
        for (const auto& node : nodes) {
            const auto progress = node->network->progress(Bytes(32, number));
            all += "\n" + (progress ? progress->step + ": " + progress->reason
                                    : "nothing yet: " + node->network->trouble());
        }
        return all;
    }

    std::string release;
    SharedChain chain;
    contract::Contracts contracts;
    SystemClock clock;
    TemporaryFolder folder;
    std::vector<std::unique_ptr<Node>> nodes;
};

TEST_F(ManagedNetworkTest, a_channel_opens_by_itself_and_again_after_a_restart) {
    ASSERT_NO_FATAL_FAILURE(publish(1));
    EXPECT_TRUE(in_time([&] { return is_open_everywhere(1); })) << words(1);
    const std::vector<ledger::ContractControl> wanted{{"records", "evidence", 1}, {"kv", "kv", 2}};
    {
        std::lock_guard lock(chain.mutex);
        chain.apps[Bytes(32, 1)].contracts = wanted;
    }
    EXPECT_TRUE(in_time([&] {
        return std::all_of(nodes.begin(), nodes.end(), [&](const auto& node) {
            const auto progress = node->network->progress(Bytes(32, 1));
            return progress && progress->open && progress->contracts == wanted;
        });
    })) << words(1);
    const auto programs = nodes[0]->network->programs();
    ASSERT_EQ(programs.size(), 2U);
    EXPECT_TRUE(programs[0].pid && programs[1].pid);
    nodes[1].reset();
    nodes[1] = start(2);
    EXPECT_TRUE(in_time([&] { return is_open(*nodes[1], 1); })) << words(1);
    ASSERT_NO_FATAL_FAILURE(publish(2));
    EXPECT_TRUE(in_time([&] { return is_open_everywhere(2); })) << words(2);
}

TEST_F(ManagedNetworkTest, an_orderer_without_its_data_joins_again_only_where_others_have_all) {
    ASSERT_NO_FATAL_FAILURE(publish(1));
    ASSERT_NO_FATAL_FAILURE(publish(2, false));
    ASSERT_TRUE(in_time([&] { return is_open_everywhere(1) && is_open_everywhere(2); }))
        << words(1) << words(2);
    const auto place = folder.path() / "node1" / "fabric" / (is_bft() ? "orderer-3" : "orderer");
    nodes[0].reset();
    ASSERT_GT(std::filesystem::remove_all(place / "data"), 0U);
    nodes[0] = start(1);
    EXPECT_TRUE(in_time([&] { return is_open(*nodes[0], 1); })) << words(1);
    const auto alone = [&] { return nodes[0]->network->progress(Bytes(32, 2)); };
    EXPECT_TRUE(in_time([&] { return alone() && alone()->alarming; })) << words(2);
    EXPECT_NE(alone()->reason.find("there is no other orderer: restore it"), std::string::npos)
        << words(2);
    EXPECT_FALSE(alone()->open);
    // Without enough of the others, not either.
    nodes[0].reset();
    std::filesystem::remove_all(place / "data");
    nodes[1].reset();
    if (is_bft()) nodes[2].reset();
    nodes[0] = start(1);
    EXPECT_TRUE(in_time([&] {
        const auto progress = nodes[0]->network->progress(Bytes(32, 1));
        return progress && progress->reason.find("of the other orderers answer, of which 1 do") !=
                               std::string::npos;
    })) << nodes[0]->network->progress(Bytes(32, 1)).value_or(ChannelProgress()).reason;
}

TEST_F(ManagedNetworkTest, a_channel_that_was_left_takes_no_further_steps) {
    ASSERT_NO_FATAL_FAILURE(publish(1));
    ASSERT_TRUE(in_time([&] { return is_open_everywhere(1); })) << words(1);
    EXPECT_FALSE(nodes[2]->network->leave(Bytes(32, 2))) << "there is none";
    EXPECT_TRUE(nodes[2]->network->leave(Bytes(32, 1)));
    EXPECT_FALSE(is_open(*nodes[2], 1));
    EXPECT_FALSE(nodes[2]->network->chain_options(Bytes(32, 1)).ok());
    const std::vector<ledger::ContractControl> wanted{{"records", "evidence", 1}, {"kv", "kv", 2}};
    {
        std::lock_guard lock(chain.mutex);
        chain.apps[Bytes(32, 1)].contracts = wanted;
    }
    // The others have a majority.
    EXPECT_TRUE(in_time([&] {
        return std::all_of(nodes.begin(), nodes.begin() + 2, [&](const auto& node) {
            const auto progress = node->network->progress(Bytes(32, 1));
            return progress && progress->contracts == wanted;
        });
    })) << words(1);
    EXPECT_EQ(nodes[2]->network->progress(Bytes(32, 1))->step, "this city node has left it");
}

}  // namespace
}  // namespace bsn::framework::fabric
