// Whom a node connects to, as the permission chain and its own settings say.

#include "node/neighbours.hpp"

#include "registry/records.hpp"
#include "store/database.hpp"
#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::node {
namespace {

using registry::NodeRecord;
using registry::NodeState;

ledger::NodeId id(std::uint8_t number) { return testing::filled<ledger::NodeId>(number); }

NodeRecord record(std::uint8_t number, NodeState state, const std::string& host) {
    NodeRecord node;
    node.id = id(number);
    node.name = "city-" + std::to_string(number);
    node.state = state;
    if (!host.empty()) {
        node.peers = host + ":7280";
        node.ordering = "id@" + host + ":7380";
    }
    return node;
}

/// A view of these nodes.
class Chain {
  public:
    explicit Chain(const std::vector<NodeRecord>& nodes) {
        auto changes = database_->batch();
        for (const NodeRecord& node : nodes) {
            changes->put(store::Table::state,
                         ledger::StoredState::database_key({}, registry::k_contract,
                                                           registry::node_key(node.id)),
                         registry::encode(node));
        }
        EXPECT_TRUE(database_->write(*changes));
        EXPECT_TRUE(view.load(ledger::StoredState(*database_, {})));
    }

    registry::View view{ledger::ChannelId()};

  private:
    std::unique_ptr<store::Database> database_ = store::make_memory_database();
};

TEST(Neighbours, the_chain_says_who_and_where_and_the_settings_go_before_its_addresses) {
    const Chain chain({record(1, NodeState::active, ""), record(2, NodeState::active, "chain2"),
                       record(3, NodeState::admitted, "chain3"),
                       record(4, NodeState::active, "chain4")});
    const std::vector<NodeAddress> settings{{id(1), "city-1", "own1:1", "id@own1:2"},
                                            {id(2), "city-2", "own2:1", ""},
                                            {id(9), "city-9", "own9:1", "id@own9:2"}};
    const Neighbours all = Neighbours::of(settings, chain.view, id(4), 10);
    EXPECT_EQ(all.peers,
              (std::map<ledger::NodeId, std::string>{
                  {id(1), "own1:1"}, {id(2), "own2:1"}, {id(3), "chain3:7280"}, {id(9), "own9:1"}}))
        << "one that the chain has not named yet is not left out: this node may be behind";
    EXPECT_EQ(all.engines(), (std::vector<std::string>{"id@own1:2", "id@chain2:7380",
                                                       "id@chain3:7380", "id@own9:2"}));
}

TEST(Neighbours, those_that_have_gone_are_left_out_whatever_the_settings_say) {
    const Chain chain({record(1, NodeState::left, "chain1"), record(2, NodeState::revoked, ""),
                       record(3, NodeState::active, "chain3")});
    const std::vector<NodeAddress> settings{{id(1), "city-1", "own1:1", "id@own1:2"},
                                            {id(2), "city-2", "own2:1", "id@own2:2"}};
    const Neighbours all = Neighbours::of(settings, chain.view, id(9), 500);
    EXPECT_EQ(all.peers, (std::map<ledger::NodeId, std::string>{{id(3), "chain3:7280"}}));
    EXPECT_EQ(all.engines(), std::vector<std::string>{"id@chain3:7380"});
}

TEST(Neighbours, one_that_has_just_left_is_still_talked_to_and_a_revoked_one_is_not) {
    NodeRecord node = record(1, NodeState::left, "chain1");
    node.left_from = 1'000;
    EXPECT_TRUE(may_talk(node, 1'001));
    EXPECT_FALSE(may_talk(node, 1'100));
    node.state = NodeState::revoked;
    node.revoked_from = 1'000;
    EXPECT_FALSE(may_talk(node, 1'000));
}

}  // namespace
}  // namespace bsn::node
