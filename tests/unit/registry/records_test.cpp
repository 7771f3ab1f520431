// Records of the permission chain's state: what is written is read again, and nothing else.

#include "registry_fixture.hpp"

namespace bsn::registry {
namespace {

using namespace testing;

/// Checks that cut, lengthened and future records are refused.
template <typename Decode>
void expect_strict(const Bytes& valid, Decode decode) {
    ASSERT_TRUE(decode(ByteView(valid)).ok());
    for (std::size_t length = 0; length < valid.size(); ++length) {
        EXPECT_FALSE(decode(ByteView(valid).first(length)).ok()) << length;
    }
    Bytes longer = valid;
    longer.push_back(0);
    EXPECT_FALSE(decode(ByteView(longer)).ok());
    Bytes future = valid;
    future[0] = 9;
    auto refused = decode(ByteView(future));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::unsupported_version) << refused.error().message;
}

TEST(RecordsTest, nodes) {
    NodeRecord record{bsn::testing::filled<ledger::NodeId>(1),           "city-1", "北京", "op",
                      {make_key(SuiteId::secp256r1).public_key().bytes}, "PEM",    17};
    auto decoded = decode_node(encode(record));
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(decoded->id, record.id);
    EXPECT_EQ(decoded->name, record.name);
    EXPECT_EQ(decoded->city, record.city);
    EXPECT_EQ(decoded->operator_name, record.operator_name);
    EXPECT_EQ(decoded->keys, record.keys);
    EXPECT_EQ(decoded->certificate, record.certificate);
    EXPECT_EQ(decoded->revoked_from, 17U);
    EXPECT_EQ(decoded->state, NodeState::active);
    expect_strict(encode(record), decode_node);
    for (auto state :
         {NodeState::admitted, NodeState::active, NodeState::left, NodeState::revoked}) {
        record.state = state;
        record.validator = Bytes(32, 3);
        record.peers = "a:1";
        record.ordering = "b@a:2";
        record.left_from = 18;
        record.predecessor = bsn::testing::filled<ledger::NodeId>(4);
        decoded = decode_node(encode(record));
        ASSERT_TRUE(decoded.ok());
        EXPECT_EQ(decoded->state, state);
        EXPECT_EQ(decoded->validator, record.validator);
        EXPECT_EQ(decoded->peers, "a:1");
        EXPECT_EQ(decoded->ordering, "b@a:2");
        EXPECT_EQ(decoded->left_from, 18U);
        EXPECT_EQ(decoded->predecessor, record.predecessor);
        expect_strict(encode(record), decode_node);
    }
    record.state = static_cast<NodeState>(5);
    EXPECT_FALSE(decode_node(encode(record)).ok());
    record.state = NodeState::active;
    record.validator.pop_back();
    EXPECT_FALSE(decode_node(encode(record)).ok());
}

TEST(RecordsTest, participants) {
    Person alice(2, SuiteId::sm2);
    for (bool flag : {false, true}) {
        ParticipantRecord record{alice.id, alice.key.public_key(), "Alice", flag};
        auto decoded = decode_participant(encode(record, !flag));
        ASSERT_TRUE(decoded.ok());
        EXPECT_EQ(decoded->record.id, record.id);
        EXPECT_EQ(decoded->record.key, record.key);
        EXPECT_EQ(decoded->record.name, record.name);
        EXPECT_EQ(decoded->record.revoked, flag);
        EXPECT_EQ(decoded->may_publish, !flag);
        expect_strict(encode(record, flag), decode_participant);
        EXPECT_EQ(encode(record, flag)[0], 1) << "as it was before there were users";
        record.sponsorship = {Person(3).id, bsn::testing::filled<ledger::ChannelId>(4)};
        decoded = decode_participant(encode(record, !flag));
        ASSERT_TRUE(decoded.ok());
        EXPECT_EQ(decoded->record.sponsorship, record.sponsorship);
        EXPECT_EQ(decoded->may_publish, !flag);
        expect_strict(encode(record, flag), decode_participant);
    }
}

TEST(RecordsTest, members) {
    for (auto state : {MembershipState::invited, MembershipState::requested,
                       MembershipState::approved, MembershipState::removed}) {
        MemberRecord record{Person(2).id, state, {"writer", "auditor"}};
        auto decoded = decode_member(encode(record));
        ASSERT_TRUE(decoded.ok());
        EXPECT_EQ(decoded->participant, record.participant);
        EXPECT_EQ(decoded->state, state);
        EXPECT_EQ(decoded->roles, record.roles);
    }
    MemberRecord record{Person(2).id, MembershipState::approved, {"writer"}};
    expect_strict(encode(record), decode_member);
    record.state = static_cast<MembershipState>(5);
    EXPECT_FALSE(decode_member(encode(record)).ok());
}

TEST(RecordsTest, apps) {
    Chain chain;
    chain.ok(Person(800), "publish_app", {spec("kv", R"("description":"d","suite":"sm2",)")});
    chain.ok(Person(800), "suspend_app", {"kv", "why"});
    AppRecord record = chain.app("kv");
    record.open_to_join = false;
    auto decoded = decode_app(encode(record));
    ASSERT_TRUE(decoded.ok()) << decoded.error().message;
    EXPECT_EQ(decoded->channel, record.channel);
    EXPECT_EQ(decoded->creation, record.creation);
    EXPECT_EQ(decoded->name, record.name);
    EXPECT_EQ(decoded->description, record.description);
    EXPECT_EQ(decoded->framework, record.framework);
    EXPECT_EQ(decoded->suite, record.suite);
    EXPECT_EQ(decoded->publisher, record.publisher);
    EXPECT_FALSE(decoded->open_to_join);
    EXPECT_EQ(decoded->state, ledger::AppState::suspended);
    EXPECT_EQ(decoded->reason, "why");
    EXPECT_EQ(decoded->epoch, record.epoch);
    EXPECT_EQ(decoded->contracts, record.contracts);
    EXPECT_EQ(decoded->roles, record.roles);
    EXPECT_EQ(decoded->created, record.created);
    expect_strict(encode(record), decode_app);
    EXPECT_EQ(encode(record)[0], 1) << "as it was before gateways had settings";
    record.gateway = {true, KeyMode::upload, {1, std::nullopt, 3}};
    for (bool of_dialect : {false, true}) {
        if (of_dialect) record.dialect.emplace();
        decoded = decode_app(encode(record));
        ASSERT_TRUE(decoded.ok()) << decoded.error().message;
        EXPECT_EQ(decoded->gateway, record.gateway);
        EXPECT_EQ(decoded->dialect.has_value(), of_dialect);
        expect_strict(encode(record), decode_app);
    }
    record.dialect.reset();
    for (bool has_gateway : {true, false}) {
        if (!has_gateway) record.gateway = {};
        record.network = {{"http://a:1/rpc", "https://b"}, "pem", 2, 3, {{}, {}}, 1};
        decoded = decode_app(encode(record));
        ASSERT_TRUE(decoded.ok()) << decoded.error().message;
        EXPECT_EQ(decoded->network, record.network);
        EXPECT_EQ(decoded->gateway, record.gateway);
        expect_strict(encode(record), decode_app);
    }
}

TEST(RecordsTest, usage) {
    UsageRecord record{bsn::testing::filled<ledger::NodeId>(1), 2, 3, 4, 5};
    auto decoded = decode_usage(encode(record));
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(*decoded, record);
    expect_strict(encode(record), decode_usage);
}

TEST(RecordsTest, settings) {
    Settings settings{2, {Person(1).id, Person(2).id}};
    auto decoded = decode_settings(encode(settings));
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(decoded->approvals, 2);
    EXPECT_EQ(decoded->operators, settings.operators);
    expect_strict(encode(settings), decode_settings);
}

TEST(RecordsTest, each_kind_lies_under_its_documented_tag) {
    Person alice(2);
    auto channel = bsn::testing::filled<ledger::ChannelId>(1);
    EXPECT_EQ(node_key(bsn::testing::filled<ledger::NodeId>(1))[0], 'n');
    EXPECT_EQ(participant_key(alice.id)[0], 'p');
    EXPECT_EQ(app_key("x"), to_bytes("ax"));
    EXPECT_EQ(member_key(channel, nullptr)[0], 'm');
    EXPECT_EQ(member_key(channel, &alice.id).size(), 65U);
    EXPECT_EQ(membership_key(alice.id, "kv")[0], 'j');
    EXPECT_EQ(to_text(user_key(channel, alice.id, "x")).substr(65), "x");
    EXPECT_EQ(user_key(channel, alice.id, "x")[0], 'u');
    EXPECT_EQ(custodian_key(channel, alice.id)[0], 'k');
    EXPECT_EQ(usage_key(channel, "2026-01-31", nullptr)[0], 'd');
    EXPECT_EQ(approval_key(bsn::testing::filled<ledger::Hash>(1))[0], 'v');
    EXPECT_EQ(settings_key(), to_bytes("s"));
    EXPECT_EQ(system_epoch_key(), to_bytes("e"));
}

TEST(RecordsTest, a_damaged_record_is_reported_when_the_view_is_loaded) {
    for (const Bytes& key :
         {node_key(bsn::testing::filled<ledger::NodeId>(9)), participant_key(Person(9).id),
          app_key("broken"), member_key(bsn::testing::filled<ledger::ChannelId>(9), nullptr)}) {
        Chain chain;
        ledger::StateOverlay overlay(chain.state());
        Bytes whole = key;
        if (key[0] == 'm') whole.resize(65);
        overlay.put(k_contract, whole, to_bytes("\x07"));
        View view(ledger::system_channel(chain.genesis.network()));
        EXPECT_FALSE(view.load(overlay).ok()) << key[0];
    }
}

}  // namespace
}  // namespace bsn::registry
