// City nodes that come, go and change keys: docs/registry.md, "City nodes".

#include "node_world.hpp"

#include <algorithm>

namespace bsn::registry {
namespace {

using namespace testing;

class RequestFunctionsTest : public ::testing::Test {
  protected:
    ledger::ChannelId system() const { return ledger::system_channel(world.network()); }
    static ledger::EpochRecord epoch_of(const std::vector<ControlRecord>& records) {
        return std::get<ledger::EpochControl>(records.at(0)).record;
    }
    /// Lets a node in; it is not active yet.
    void admit(const Newcomer& node) {
        EXPECT_EQ(world.chain.ok(world.op, "add_node", {world.text(node)}), "admitted");
    }
    void activate(const Newcomer& node) {
        EXPECT_EQ(world.chain.ok(node.person(), "activate_node", {}), "active");
        world.chain.order_height += 1;
    }
    /// A request of new keys for a node, signed by both.
    NodeRequest rotation(const Newcomer& old, const Newcomer& fresh) const {
        NodeRequest request = fresh.request(world.network());
        request.replaces = old.id();
        request = fresh.vouched(request, world.authority);
        request.other_signature = old.secp256r1.sign(request.statement());
        return request;
    }
    std::string refused_add(const NodeRequest& request) {
        return world.chain.refusal(world.op, "add_node", {request.to_text()});
    }
    std::string refused_rotation(const NodeRequest& request) {
        return world.chain.refusal(world.op, "rotate_node", {request.to_text()});
    }

    NodeWorld world;
    Newcomer fifth{50, "city-5"};
};

// --- add_node

TEST_F(RequestFunctionsTest, a_node_that_was_let_in_is_known_and_changes_no_quorum) {
    admit(fifth);
    EXPECT_TRUE(world.chain.decisions.empty());
    const NodeRecord record = world.node(fifth.id());
    EXPECT_EQ(record.state, NodeState::admitted);
    EXPECT_TRUE(record.is_member());
    EXPECT_EQ(record.name, "city-5");
    EXPECT_EQ(record.city, "北京");
    EXPECT_EQ(record.validator, fifth.validator);
    EXPECT_EQ(record.peers, "node.example.org:7280");
    EXPECT_EQ(record.ordering, std::string(40, 'a') + "@node.example.org:7380");
    EXPECT_EQ(record.keys.at(1), fifth.secp256k1.public_key().bytes);
    EXPECT_EQ(record.predecessor, ledger::NodeId());
}

TEST_F(RequestFunctionsTest, an_admission_is_told_by_an_event) {
    auto receipt = world.chain.call(world.op, "add_node", {world.text(fifth)});
    ASSERT_EQ(receipt.logs.size(), 1U);
    EXPECT_EQ(receipt.logs[0].topics,
              (std::vector<Bytes>{to_bytes("node_admitted"), to_bytes(fifth.id().view())}));
}

TEST_F(RequestFunctionsTest, apps_do_not_go_to_a_node_before_it_is_active) {
    admit(fifth);
    expect_contains(
        world.chain.refusal(world.op, "publish_app", {spec("kv", R"("nodes":["city-5"],)")}),
        "there is no city node 'city-5'");
    activate(fifth);
    world.chain.ok(world.op, "publish_app", {spec("kv", R"("nodes":["city-5"],)")});
}

TEST_F(RequestFunctionsTest, only_operators_let_nodes_in) {
    EXPECT_EQ(world.chain.refusal(Person(2), "add_node", {world.text(fifth)}),
              "add_node is for operators of the network");
    EXPECT_EQ(world.chain.refusal(fifth.person(), "rotate_node", {world.text(fifth)}),
              "rotate_node is for operators of the network");
}

TEST(RequestApprovalsTest, two_of_three_operators_let_a_node_in) {
    NodeWorld world(4, 3, 2);
    const Newcomer fifth(50, "city-5");
    const std::string text = world.text(fifth);
    EXPECT_EQ(world.chain.ok(Person(800), "add_node", {text}), "agreed; further operators have to");
    EXPECT_FALSE(world.chain.view().node(fifth.id()).has_value());
    // Another request, if only for another address, is another change.
    NodeRequest other = fifth.request(world.network());
    other.peers = "elsewhere.example.org:7280";
    other = fifth.vouched(other, world.authority);
    EXPECT_EQ(world.chain.ok(Person(801), "add_node", {other.to_text()}),
              "agreed; further operators have to");
    EXPECT_EQ(world.chain.ok(Person(802), "add_node", {text}), "admitted");
    EXPECT_EQ(world.node(fifth.id()).peers, "node.example.org:7280");
}

TEST_F(RequestFunctionsTest, a_request_that_nobody_vouches_for_is_refused) {
    const NodeRequest good = fifth.vouched(fifth.request(world.network()), world.authority);
    NodeRequest forged = good;
    forged.peers = "evil.example.org:1";
    expect_contains(refused_add(forged), "the node's own signature");
    forged = good;
    forged.certificate.clear();
    expect_contains(refused_add(forged), "not a PEM certificate");
    const Authority another;
    forged = fifth.vouched(fifth.request(world.network()), another);
    EXPECT_EQ(refused_add(forged), "the certificate was not issued by this network's authority");
    forged = good;
    forged.certificate =
        Newcomer(51).vouched(Newcomer(51).request(world.network()), world.authority).certificate;
    EXPECT_EQ(refused_add(forged), "the certificate is for another key");
    forged =
        fifth.vouched(fifth.request(bsn::testing::filled<ledger::NetworkId>(1)), world.authority);
    EXPECT_EQ(refused_add(forged), "the request is for another network");
    EXPECT_EQ(world.chain.refusal(world.op, "add_node", {good.to_text() + "\n"}),
              "a node request is written in small letters, without blanks");
    expect_contains(world.chain.refusal(world.op, "add_node", {"junk"}), "hexadecimal");
    expect_contains(world.chain.refusal(world.op, "add_node", {}), "1 to 1 arguments");
}

TEST_F(RequestFunctionsTest, names_and_keys_that_are_taken_are_refused) {
    EXPECT_EQ(
        refused_add(Newcomer(50, "city-1")
                        .vouched(Newcomer(50, "city-1").request(world.network()), world.authority)),
        "there is a city node 'city-1' already");
    admit(fifth);
    EXPECT_EQ(world.chain.refusal(world.op, "add_node", {world.text(fifth)}),
              "city node city-5 has or had the secp256r1 key of this request; keys are used once");
    Newcomer sixth(60, "city-6");
    NodeRequest request = sixth.request(world.network());
    request.sm2 = fifth.sm2.public_key().bytes;
    expect_contains(refused_add(sixth.vouched(request, world.authority)), "the sm2 key");
    sixth.validator = fifth.validator;
    EXPECT_EQ(world.chain.refusal(world.op, "add_node", {world.text(sixth)}),
              "city node city-5 has or had the validator key of this request; keys are used once");
}

TEST_F(RequestFunctionsTest, a_name_is_free_again_once_its_node_has_gone_but_its_keys_are_not) {
    world.chain.ok(world.op, "revoke_node", {"city-1"});
    const Newcomer second(51, "city-1");
    admit(second);
    world.chain.order_height += 1;
    activate(second);
    // The name means the living one.
    world.chain.ok(world.op, "revoke_node", {"city-1"});
    EXPECT_EQ(world.node(second.id()).state, NodeState::revoked);
    EXPECT_EQ(world.chain.refusal(world.op, "revoke_node", {"city-1"}),
              "city node city-1 is revoked already");
    expect_contains(world.chain.refusal(world.op, "add_node", {world.text(second)}),
                    "keys are used once");
}

TEST(RequestOrderTest, a_network_with_one_orderer_takes_no_validators) {
    NodeWorld world(4, 1, 1, ledger::OrderingType::embedded);
    Newcomer fifth(50, "city-5");
    expect_contains(world.chain.refusal(world.op, "add_node", {world.text(fifth)}),
                    "it has no validators");
    fifth.validator.clear();
    EXPECT_EQ(world.chain.ok(world.op, "add_node", {world.text(fifth)}), "admitted");
}

// --- activate_node

TEST_F(RequestFunctionsTest, an_active_node_is_a_peer_of_the_next_epoch) {
    admit(fifth);
    auto receipt = world.chain.call(fifth.person(), "activate_node", {});
    ASSERT_EQ(receipt.status, ledger::ExecutionStatus::success) << receipt.error;
    EXPECT_EQ(receipt.logs.at(0).topics.at(0), to_bytes("node_activated"));
    const ledger::EpochRecord next = epoch_of(world.chain.decided(system()));
    EXPECT_EQ(next.epoch, 1U);
    EXPECT_EQ(next.from_order_height, world.chain.order_height + 1);
    EXPECT_EQ(next.peers.size(), 5U);
    EXPECT_TRUE(ledger::EpochRecord::decode(next.encode()).ok()) << "peers ascend";
    const auto& peer = next.peers.at(next.index_of(fifth.id()).value());
    EXPECT_EQ(peer.name, "city-5");
    EXPECT_EQ(peer.keys, std::vector{fifth.secp256r1.public_key().bytes});
    EXPECT_TRUE(next.revoked.empty());
    EXPECT_EQ(world.node(fifth.id()).state, NodeState::active);
}

TEST_F(RequestFunctionsTest, only_a_node_that_was_let_in_becomes_active_and_once) {
    expect_contains(world.chain.refusal(fifth.person(), "activate_node", {}), "is for city nodes");
    expect_contains(world.chain.refusal(world.op, "activate_node", {}), "is for city nodes");
    admit(fifth);
    expect_contains(world.chain.refusal(Person(50, SuiteId::secp256k1), "activate_node", {}),
                    "is for city nodes");
    expect_contains(world.chain.refusal(fifth.person(), "activate_node", {"x"}), "arguments");
    activate(fifth);
    EXPECT_EQ(world.chain.refusal(fifth.person(), "activate_node", {}),
              "city node city-5 is active, and not admitted");
}

TEST_F(RequestFunctionsTest, the_peers_change_once_in_a_block) {
    const Newcomer sixth(60, "city-6");
    admit(fifth);
    admit(sixth);
    world.chain.ok(fifth.person(), "activate_node", {});
    auto receipt = world.chain.call_in_block(sixth.person(), "activate_node", {});
    expect_contains(receipt.error, "have just changed; try again");
    world.chain.order_height += 1;
    activate(sixth);
    EXPECT_EQ(epoch_of(world.chain.decided(system())).peers.size(), 6U);
}

TEST_F(RequestFunctionsTest, a_node_that_was_let_in_can_be_revoked_before_it_is_active) {
    admit(fifth);
    EXPECT_EQ(world.chain.ok(world.op, "revoke_node", {"city-5"}), "revoked");
    EXPECT_TRUE(world.chain.decisions.empty()) << "it was a peer of nothing";
    EXPECT_EQ(world.chain.refusal(fifth.person(), "activate_node", {}),
              "city node city-5 is revoked, and not admitted");
}

// --- leave_node

TEST_F(RequestFunctionsTest, a_node_leaves_by_its_own_word_and_what_it_signed_stays_valid) {
    const Newcomer second = world.genesis_node(1);
    auto receipt = world.chain.call(second.person(), "leave_node", {});
    ASSERT_EQ(receipt.status, ledger::ExecutionStatus::success) << receipt.error;
    EXPECT_EQ(receipt.logs.at(0).topics.at(0), to_bytes("node_left"));
    const ledger::EpochRecord next = epoch_of(world.chain.decided(system()));
    EXPECT_EQ(next.peers.size(), 3U);
    EXPECT_FALSE(next.index_of(second.id()).has_value());
    EXPECT_TRUE(next.revoked.empty());
    const NodeRecord record = world.node(second.id());
    EXPECT_EQ(record.state, NodeState::left);
    EXPECT_FALSE(record.is_member());
    EXPECT_EQ(record.left_from, world.chain.order_height + 1);
    EXPECT_EQ(world.chain.refusal(second.person(), "leave_node", {}),
              "city node city-1 has left already");
    EXPECT_EQ(world.chain.refusal(world.op, "revoke_node", {"city-1"}),
              "city node city-1 has left already");
}

TEST_F(RequestFunctionsTest, a_node_that_carries_apps_does_not_leave) {
    world.chain.ok(world.op, "publish_app", {spec("all")});
    world.chain.ok(world.op, "publish_app", {spec("other", R"("nodes":["city-0"],)")});
    const Newcomer second = world.genesis_node(1);
    EXPECT_EQ(world.chain.refusal(second.person(), "leave_node", {}),
              "city node city-1 carries the apps all; give them other nodes first, with `bsn app "
              "nodes`");
    world.chain.order_height += 1;
    world.chain.ok(world.op, "set_nodes", {"all", "city-0", "city-2", "city-3"});
    EXPECT_EQ(world.chain.ok(second.person(), "leave_node", {}), "left");
}

TEST(RequestLeaveTest, a_node_does_not_leave_others_without_a_quorum_or_an_order) {
    NodeWorld two(2);
    EXPECT_EQ(two.chain.refusal(two.genesis_node(0).person(), "leave_node", {}),
              "the network has 2 peers and needs 2 of them; give it further city nodes before "
              "this one goes");
    NodeWorld world(4);
    for (std::uint32_t number : {0U, 1U}) {
        world.chain.ok(world.genesis_node(number).person(), "leave_node", {});
        world.chain.order_height += 1;
    }
    Newcomer follower(50, "city-5");
    follower.validator.clear();
    Newcomer another(60, "city-6");
    another.validator.clear();
    for (const Newcomer* node : {&follower, &another}) {
        world.chain.ok(world.op, "add_node", {world.text(*node)});
        world.chain.ok(node->person(), "activate_node", {});
        world.chain.order_height += 1;
    }
    world.chain.ok(world.genesis_node(2).person(), "leave_node", {});
    world.chain.order_height += 1;
    EXPECT_EQ(world.chain.refusal(world.genesis_node(3).person(), "leave_node", {}),
              "city node city-3 is the network's only validator; nothing would be ordered "
              "without it");
    EXPECT_EQ(world.chain.refusal(world.op, "revoke_node", {"city-3"}),
              "city node city-3 is the network's only validator; nothing would be ordered "
              "without it");
    world.chain.ok(follower.person(), "leave_node", {});
}

TEST_F(RequestFunctionsTest, somebody_who_is_no_node_does_not_leave) {
    expect_contains(world.chain.refusal(world.op, "leave_node", {}), "is for city nodes");
}

// --- rotate_node

TEST_F(RequestFunctionsTest, new_keys_take_the_place_of_the_old_ones_everywhere_at_once) {
    world.chain.ok(world.op, "publish_app", {spec("all")});
    world.chain.ok(world.op, "publish_app",
                   {spec("sm", R"("suite":"sm2","nodes":["city-0","city-1","city-2"],)")});
    world.chain.ok(world.op, "publish_app", {spec("without", R"("nodes":["city-0"],)")});
    const Newcomer old = world.genesis_node(1);
    const Newcomer fresh(70, "city-1");
    world.chain.order_height += 1;
    auto receipt = world.chain.call(world.op, "rotate_node", {rotation(old, fresh).to_text()});
    ASSERT_EQ(receipt.status, ledger::ExecutionStatus::success) << receipt.error;
    EXPECT_EQ(receipt.logs.at(0).topics,
              (std::vector<Bytes>{to_bytes("node_rotated"), to_bytes(old.id().view()),
                                  to_bytes(fresh.id().view())}));
    const std::uint64_t from = world.chain.order_height + 1;
    for (const ledger::EpochRecord& next :
         {epoch_of(world.chain.decided(system())), world.chain.app("all").epoch,
          world.chain.app("sm").epoch}) {
        EXPECT_EQ(next.epoch, 1U);
        EXPECT_EQ(next.from_order_height, from);
        EXPECT_FALSE(next.index_of(old.id()).has_value());
        ASSERT_TRUE(next.index_of(fresh.id()).has_value());
        EXPECT_TRUE(next.revoked.empty());
        EXPECT_TRUE(ledger::EpochRecord::decode(next.encode()).ok());
    }
    const ledger::EpochRecord sm = world.chain.app("sm").epoch;
    EXPECT_EQ(sm.peers.at(*sm.index_of(fresh.id())).keys,
              std::vector{fresh.sm2.public_key().bytes});
    EXPECT_EQ(epoch_of(world.chain.decided(world.chain.app("all").channel)),
              world.chain.app("all").epoch);
    EXPECT_EQ(world.chain.app("without").epoch.epoch, 0U);
    EXPECT_EQ(world.node(old.id()).state, NodeState::left);
    EXPECT_EQ(world.node(old.id()).left_from, from);
    EXPECT_EQ(world.node(fresh.id()).state, NodeState::active);
    EXPECT_EQ(world.node(fresh.id()).predecessor, old.id());
    EXPECT_EQ(world.node(fresh.id()).validator, fresh.validator);
}

TEST(RequestRotationTest, new_keys_take_as_many_operators_as_the_genesis_asks_for) {
    NodeWorld world(4, 2, 2);
    const Newcomer old = world.genesis_node(1);
    const Newcomer fresh(70, "city-1");
    NodeRequest request = fresh.request(world.network());
    request.replaces = old.id();
    request = fresh.vouched(request, world.authority);
    request.other_signature = old.secp256r1.sign(request.statement());
    EXPECT_EQ(world.chain.ok(Person(800), "rotate_node", {request.to_text()}),
              "agreed; further operators have to");
    EXPECT_EQ(world.node(old.id()).state, NodeState::active);
    EXPECT_EQ(world.chain.ok(Person(801), "rotate_node", {request.to_text()}), "rotated");
}

TEST_F(RequestFunctionsTest, a_change_of_keys_that_is_not_in_order_is_refused) {
    const Newcomer old = world.genesis_node(1);
    const Newcomer fresh(70, "city-1");
    NodeRequest request = rotation(old, fresh);
    request.other_signature = world.genesis_node(2).secp256r1.sign(request.statement());
    expect_contains(refused_rotation(request), "not signed by the present key of city node city-1");
    request.other_signature = {};
    expect_contains(refused_rotation(request), "not signed by the present key of city node city-1");
    EXPECT_EQ(refused_rotation(rotation(old, Newcomer(70, "city-x"))),
              "city node city-1 keeps its name when its keys change");
    EXPECT_EQ(refused_rotation(rotation(Newcomer(71), fresh)),
              "the request names no active city node whose keys it changes");
    EXPECT_EQ(refused_rotation(fresh.vouched(fresh.request(world.network()), world.authority)),
              "the request names no active city node whose keys it changes");
    Newcomer follower(70, "city-1");
    follower.validator.clear();
    EXPECT_EQ(refused_rotation(rotation(old, follower)),
              "city node city-1 is a validator, and stays so when its keys change");
    Newcomer same_validator(70, "city-1");
    same_validator.validator = old.validator;
    expect_contains(refused_rotation(rotation(old, same_validator)), "the validator key");
    EXPECT_EQ(refused_add(rotation(old, fresh)),
              "this request changes a node's keys; send it to rotate_node");
    admit(fifth);
    EXPECT_EQ(refused_rotation(rotation(fifth, Newcomer(72, "city-5"))),
              "the request names no active city node whose keys it changes");
}

TEST_F(RequestFunctionsTest, keys_do_not_change_where_an_app_could_not_go_on_meanwhile) {
    world.chain.ok(world.op, "publish_app", {spec("pair", R"("nodes":["city-0","city-1"],)")});
    world.chain.order_height += 1;
    const Newcomer old = world.genesis_node(1);
    expect_contains(refused_rotation(rotation(old, Newcomer(70, "city-1"))),
                    "app pair has 2 peers and needs 2 of them");
    EXPECT_EQ(world.node(old.id()).state, NodeState::active);
}

TEST_F(RequestFunctionsTest, the_genesis_nodes_are_active_with_its_validator_keys) {
    for (const auto& node : world.chain.genesis.nodes) {
        const NodeRecord record = world.node(node.id());
        EXPECT_EQ(record.state, NodeState::active);
        EXPECT_EQ(record.validator, node.validator);
        EXPECT_TRUE(record.peers.empty());
        EXPECT_TRUE(record.ordering.empty());
    }
}

}  // namespace
}  // namespace bsn::registry
