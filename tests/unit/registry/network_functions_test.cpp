// City nodes: docs/registry.md, "City nodes".

#include "registry_fixture.hpp"

#include <algorithm>

namespace bsn::registry {
namespace {

using namespace testing;

class NetworkFunctionsTest : public RegistryTest {
  protected:
    ledger::NodeId node(std::string_view name) const {
        for (const auto& one : chain.genesis.nodes) {
            if (one.name == name) return one.id();
        }
        throw std::runtime_error("no such node");
    }
    ledger::ChannelId system() const { return ledger::system_channel(chain.genesis.network()); }
    static const ledger::EpochRecord& epoch_of(const std::vector<ControlRecord>& records) {
        return std::get<ledger::EpochControl>(records.at(0)).record;
    }
};

TEST_F(NetworkFunctionsTest, a_revoked_node_is_out_of_the_next_epoch_of_the_system_channel) {
    EXPECT_EQ(chain.ok(op, "revoke_node", {"city-1"}), "revoked");
    const std::uint64_t from = chain.order_height + 1;
    auto records = chain.decided(system());
    ASSERT_EQ(records.size(), 1U);
    const ledger::EpochRecord next = epoch_of(records);
    EXPECT_EQ(next.epoch, 1U);
    EXPECT_EQ(next.from_order_height, from);
    EXPECT_EQ(next.peers.size(), 3U);
    EXPECT_FALSE(next.index_of(node("city-1")).has_value());
    EXPECT_EQ(next.revoked, (std::vector<ledger::RevokedNode>{{node("city-1"), from}}));
    EXPECT_EQ(next.suites, chain.genesis.system_epoch().suites);
    EXPECT_TRUE(ledger::EpochRecord::decode(next.encode()).ok());
    EXPECT_EQ(chain.view().node(node("city-1"))->revoked_from, from);
    EXPECT_EQ(chain.view().node(node("city-0"))->revoked_from, 0U);
}

TEST_F(NetworkFunctionsTest, it_is_out_of_the_next_epoch_of_the_apps_it_served_and_of_no_others) {
    chain.ok(op, "publish_app", {spec("all")});
    chain.ok(op, "publish_app", {spec("some", R"("nodes":["city-0","city-2","city-3"],)")});
    chain.ok(op, "publish_app", {spec("without", R"("nodes":["city-0","city-1","city-2"],)")});
    chain.ok(op, "revoke_node", {"city-3"});
    const std::uint64_t from = chain.order_height + 1;
    for (const char* name : {"all", "some"}) {
        AppRecord app = chain.app(name);
        auto records = chain.decided(app.channel);
        ASSERT_EQ(records.size(), 1U) << name;
        EXPECT_EQ(epoch_of(records), app.epoch);
        EXPECT_EQ(app.epoch.epoch, 1U);
        EXPECT_EQ(app.epoch.from_order_height, from);
        EXPECT_FALSE(app.epoch.index_of(node("city-3")).has_value());
        EXPECT_EQ(app.epoch.revoked.size(), 1U);
    }
    EXPECT_EQ(chain.app("without").epoch.epoch, 0U);
    EXPECT_TRUE(chain.decided(chain.app("without").channel).empty());
}

TEST_F(NetworkFunctionsTest, a_node_is_named_by_name_or_id_and_revoked_once) {
    chain.ok(op, "revoke_node", {to_hex(node("city-2"))});
    EXPECT_EQ(chain.refusal(op, "revoke_node", {"city-2"}), "city node city-2 is revoked already");
    EXPECT_EQ(chain.refusal(op, "revoke_node", {"atlantis"}), "there is no city node 'atlantis'");
}

TEST_F(NetworkFunctionsTest, a_revocation_is_told_by_an_event) {
    auto receipt = chain.call(op, "revoke_node", {"city-1"});
    ASSERT_EQ(receipt.logs.size(), 1U);
    EXPECT_EQ(receipt.logs[0].topics,
              (std::vector<Bytes>{to_bytes("node_revoked"), to_bytes(node("city-1").view())}));
}

TEST_F(NetworkFunctionsTest, only_operators_revoke_nodes) {
    EXPECT_EQ(chain.refusal(alice, "revoke_node", {"city-1"}),
              "revoke_node is for operators of the network");
}

TEST_F(NetworkFunctionsTest, later_revocations_keep_the_earlier_ones) {
    chain.ok(op, "revoke_node", {"city-1"});
    chain.order_height += 10;
    chain.ok(op, "revoke_node", {"city-0"});
    const ledger::EpochRecord next = epoch_of(chain.decided(system()));
    EXPECT_EQ(next.epoch, 2U);
    EXPECT_EQ(next.revoked.size(), 2U);
    EXPECT_TRUE(std::is_sorted(next.revoked.begin(), next.revoked.end()));
    EXPECT_TRUE(ledger::EpochRecord::decode(next.encode()).ok());
}

TEST_F(NetworkFunctionsTest, a_revocation_that_would_lose_the_networks_quorum_is_refused) {
    Chain two(2);
    EXPECT_EQ(two.refusal(op, "revoke_node", {"city-0"}),
              "the network has 2 peers and needs 2 of them; give it further city nodes before "
              "this one goes");
    Chain one(1);
    expect_contains(one.refusal(op, "revoke_node", {"city-0"}), "the network has 1 peers");
}

TEST_F(NetworkFunctionsTest, a_revocation_that_would_lose_an_apps_quorum_is_refused_whole) {
    chain.ok(op, "publish_app", {spec("all")});
    chain.ok(op, "publish_app", {spec("pair", R"("nodes":["city-0","city-1"],)")});
    expect_contains(chain.refusal(op, "revoke_node", {"city-1"}),
                    "app pair has 2 peers and needs 2 of them");
    EXPECT_EQ(chain.app("all").epoch.epoch, 0U);
    chain.ok(op, "revoke_node", {"city-2"});
}

/// A block hands over to one next epoch; two changes at once would leave a gap in the chain of
/// handovers, and perhaps no quorum for the block.
TEST_F(NetworkFunctionsTest, the_peers_change_once_in_a_block) {
    Chain seven(7);
    seven.ok(op, "revoke_node", {"city-0"});
    auto receipt = seven.call_in_block(op, "revoke_node", {"city-1"});
    EXPECT_EQ(receipt.status, ledger::ExecutionStatus::refused);
    expect_contains(receipt.error, "have just changed; try again");
    seven.order_height += 2;
    seven.ok(op, "revoke_node", {"city-1"});
}

// --- approvals

TEST(NetworkApprovalsTest, a_change_takes_as_many_operators_as_the_genesis_asks_for) {
    Chain chain(4, 3, 3);
    Person a(800);
    Person b(801);
    Person c(802);
    EXPECT_EQ(chain.ok(a, "revoke_node", {"city-1"}), "agreed; further operators have to");
    EXPECT_TRUE(chain.decisions.empty());
    EXPECT_EQ(chain.refusal(a, "revoke_node", {"city-1"}),
              "you have agreed to this change already; other operators have to");
    EXPECT_EQ(chain.ok(b, "revoke_node", {"city-1"}), "agreed; further operators have to");
    EXPECT_EQ(chain.ok(c, "revoke_node", {"city-1"}), "revoked");
}

TEST(NetworkApprovalsTest, agreement_to_one_change_is_none_to_another) {
    Chain chain(7, 2, 2);
    Person a(800);
    Person b(801);
    chain.ok(a, "revoke_node", {"city-1"});
    EXPECT_EQ(chain.ok(b, "revoke_node", {"city-2"}), "agreed; further operators have to");
    EXPECT_EQ(chain.ok(a, "revoke_node", {"city-2"}), "revoked");
    EXPECT_EQ(chain.view().node(chain.genesis.nodes.at(0).id()).has_value(), true);
    for (const auto& node : chain.view().nodes()) {
        EXPECT_EQ(node.revoked_from != 0, node.name == "city-2") << node.name;
    }
}

TEST(NetworkApprovalsTest, an_agreement_whose_change_is_refused_can_be_used_again) {
    Chain chain(4, 2, 2);
    Person a(800);
    Person b(801);
    chain.ok(a, "publish_app", {spec("pair", R"("nodes":["city-0","city-1"],)")});
    chain.ok(a, "revoke_node", {"city-1"});
    expect_contains(chain.refusal(b, "revoke_node", {"city-1"}), "app pair has 2 peers");
    expect_contains(chain.refusal(b, "revoke_node", {"city-1"}), "app pair has 2 peers");
}

}  // namespace
}  // namespace bsn::registry
