// Publishing and changing apps: docs/registry.md, "Apps".

#include "registry_fixture.hpp"

#include <algorithm>
#include <set>

namespace bsn::registry {
namespace {

using namespace testing;

class AppFunctionsTest : public RegistryTest {};

// --- publish_app

TEST_F(AppFunctionsTest, publishing_answers_the_channel_id_and_records_the_app) {
    std::string answer = chain.ok(op, "publish_app", {spec("kv", R"("description":"d",)")});
    AppRecord app = chain.app("kv");
    EXPECT_EQ(answer, to_hex(app.channel));
    EXPECT_EQ(app.channel,
              ledger::channel_created_by(chain.genesis.network(), chain.last_transaction));
    EXPECT_EQ(app.creation, chain.last_transaction);
    EXPECT_EQ(app.name, "kv");
    EXPECT_EQ(app.description, "d");
    EXPECT_EQ(app.framework, "ledger");
    EXPECT_EQ(app.suite, SuiteId::secp256r1);
    EXPECT_EQ(app.publisher, op.id);
    EXPECT_TRUE(app.open_to_join);
    EXPECT_EQ(app.state, ledger::AppState::active);
    EXPECT_EQ(app.contracts, (std::vector<ledger::ContractControl>{{"kv", "kv", 1}}));
    EXPECT_EQ(app.roles.size(), 3U);
    EXPECT_EQ(app.created, 1'700'000'000'000 + chain.order_height * 1'000);
}

TEST_F(AppFunctionsTest, the_channel_is_told_all_that_its_first_block_needs) {
    chain.ok(op, "publish_app", {spec("kv")});
    AppRecord app = chain.app("kv");
    std::vector<ControlRecord> expected{
        ledger::AppControl{"kv", SuiteId::secp256r1, ledger::StateCommitmentType::multiset_hash,
                           op.id},
        ledger::EpochControl{app.epoch},
        ledger::ContractControl{"kv", "kv", 1},
    };
    for (const auto& role : app.roles) expected.emplace_back(role);
    expected.emplace_back(ledger::StateControl{});
    expected.emplace_back(ledger::MemberControl{
        op.id, op.key.public_key(), ledger::MemberState::active, {"writer", "auditor"}});
    EXPECT_EQ(chain.decided(app.channel), expected);
    EXPECT_EQ(chain.decisions.size(), expected.size()) << "nobody else is told";
}

TEST_F(AppFunctionsTest, publishing_emits_the_first_epoch) {
    auto receipt = chain.call(op, "publish_app", {spec("kv")});
    AppRecord app = chain.app("kv");
    ASSERT_EQ(receipt.logs.size(), 1U);
    EXPECT_EQ(receipt.logs[0].topics,
              (std::vector<Bytes>{to_bytes("app_created"), to_bytes(app.channel.view())}));
    EXPECT_EQ(receipt.logs[0].data, app.epoch.encode());
}

std::string evm_spec(const std::string& name, const std::string& framework,
                     const std::string& evm = "{}") {
    return R"({"name":")" + name + R"(","framework":")" + framework + R"(","evm":)" + evm + "}";
}

TEST_F(AppFunctionsTest, an_app_of_a_dialect_tells_its_channel_how_it_runs) {
    chain.ok(op, "publish_app", {evm_spec("coin", "ethereum", R"({"chain_id":99})")});
    AppRecord app = chain.app("coin");
    ASSERT_TRUE(app.dialect);
    EXPECT_EQ(app.dialect->chain_id, 99U);
    EXPECT_EQ(app.suite, SuiteId::secp256k1);
    const std::vector<ControlRecord> told = chain.decided(app.channel);
    ASSERT_GE(told.size(), 2U);
    EXPECT_EQ(told[0],
              ControlRecord(ledger::AppControl{"coin", SuiteId::secp256k1,
                                               ledger::StateCommitmentType::multiset_hash, op.id}));
    EXPECT_EQ(told[1], ControlRecord(ledger::DialectControl{*app.dialect}));
}

TEST_F(AppFunctionsTest, apps_of_a_dialect_have_chains_of_their_own) {
    chain.ok(op, "publish_app", {evm_spec("one", "ethereum")});
    chain.ok(op, "publish_app", {evm_spec("two", "ethereum")});
    const std::uint64_t one = chain.app("one").dialect->chain_id;
    EXPECT_GE(one, 1'000'000'000'000U);
    EXPECT_NE(one, chain.app("two").dialect->chain_id);
    EXPECT_NE(
        chain
            .refusal(op, "publish_app",
                     {evm_spec("three", "ethereum", R"({"chain_id":)" + std::to_string(one) + "}")})
            .find("app one has chain id"),
        std::string::npos);
    chain.ok(op, "publish_app", {evm_spec("four", "fisco")});
    chain.ok(op, "publish_app", {evm_spec("five", "fisco")});
    EXPECT_EQ(chain.app("four").dialect->group, 1U);
    EXPECT_EQ(chain.app("five").dialect->group, 2U);
    EXPECT_NE(chain.refusal(op, "publish_app", {evm_spec("six", "fisco", R"({"group":2})")})
                  .find("app five has group 2 already"),
              std::string::npos);
}

TEST_F(AppFunctionsTest, an_app_of_a_dialect_takes_no_built_in_contract) {
    chain.ok(op, "publish_app", {evm_spec("coin", "ethereum")});
    EXPECT_NE(chain.refusal(op, "upgrade_contract", {"coin", "kv", "kv", "1"})
                  .find("its contracts are deployed by transactions of its own"),
              std::string::npos);
}

TEST_F(AppFunctionsTest, an_app_that_names_no_nodes_runs_on_all) {
    chain.ok(op, "publish_app", {spec("kv")});
    const ledger::EpochRecord epoch = chain.app("kv").epoch;
    EXPECT_EQ(epoch.epoch, 0U);
    EXPECT_EQ(epoch.from_order_height, chain.order_height);
    EXPECT_EQ(epoch.suites, std::vector{SuiteId::secp256r1});
    EXPECT_TRUE(epoch.revoked.empty());
    ASSERT_EQ(epoch.peers.size(), chain.genesis.nodes.size());
    for (std::size_t i = 0; i < epoch.peers.size(); ++i) {
        EXPECT_EQ(epoch.peers[i].node, chain.genesis.nodes[i].id());
        EXPECT_EQ(epoch.peers[i].name, chain.genesis.nodes[i].name);
        EXPECT_EQ(epoch.peers[i].keys, std::vector{chain.genesis.nodes[i].secp256r1});
    }
}

TEST_F(AppFunctionsTest, an_app_runs_on_the_nodes_that_it_names_with_their_keys_of_its_suite) {
    chain.ok(op, "publish_app",
             {spec("kv", R"("suite":"sm2","nodes":["city-3","city-1","city-2"],)")});
    const ledger::EpochRecord epoch = chain.app("kv").epoch;
    ASSERT_EQ(epoch.peers.size(), 3U);
    EXPECT_EQ(epoch.suites, std::vector{SuiteId::sm2});
    EXPECT_TRUE(std::is_sorted(epoch.peers.begin(), epoch.peers.end(),
                               [](const auto& a, const auto& b) { return a.node < b.node; }));
    for (const auto& peer : epoch.peers) {
        EXPECT_NE(peer.name, "city-0");
        auto node = chain.view().node(peer.node);
        ASSERT_TRUE(node.has_value());
        EXPECT_EQ(peer.keys, std::vector{node->keys.at(2)});
    }
    EXPECT_TRUE(ledger::EpochRecord::decode(epoch.encode()).ok());
}

TEST_F(AppFunctionsTest, a_publisher_with_a_key_of_another_suite_administers_without_being_member) {
    chain.ok(op, "publish_app", {spec("kv", R"("suite":"secp256k1",)")});
    EXPECT_TRUE(chain.view().app("kv")->members.empty());
    for (const auto& record : chain.decided(channel())) {
        EXPECT_FALSE(std::holds_alternative<ledger::MemberControl>(record));
    }
    chain.ok(op, "suspend_app", {"kv"});
}

TEST_F(AppFunctionsTest, the_publisher_is_the_first_member_with_all_roles_that_are_not_public) {
    publish();
    MemberRecord member = chain.member("kv", publisher);
    EXPECT_EQ(member.state, MembershipState::approved);
    EXPECT_EQ(member.roles, (std::vector<std::string>{"writer", "auditor"}));
}

TEST_F(AppFunctionsTest, only_operators_and_permitted_participants_publish) {
    expect_contains(chain.refusal(alice, "publish_app", {spec("kv")}), "only operators");
    chain.ok(op, "set_publisher", {known(alice).hex(), "yes"});
    chain.ok(alice, "publish_app", {spec("kv")});
    chain.ok(op, "set_publisher", {alice.hex(), "no"});
    expect_contains(chain.refusal(alice, "publish_app", {spec("kv2")}), "set_publisher");
}

TEST_F(AppFunctionsTest, a_name_is_given_once) {
    publish();
    EXPECT_EQ(chain.refusal(op, "publish_app", {spec("kv")}), "there is an app 'kv' already");
}

TEST_F(AppFunctionsTest, an_unknown_node_is_named_with_those_that_there_are) {
    std::string sentence = chain.refusal(op, "publish_app", {spec("kv", R"("nodes":["city-9"],)")});
    expect_contains(sentence, "there is no city node 'city-9'");
    expect_contains(sentence, "city-0");
}

TEST_F(AppFunctionsTest, a_revoked_node_takes_no_new_apps) {
    chain.ok(op, "revoke_node", {"city-0"});
    expect_contains(chain.refusal(op, "publish_app", {spec("a", R"("nodes":["city-0"],)")}),
                    "there is no city node 'city-0'");
    chain.ok(op, "publish_app", {spec("b")});
    EXPECT_EQ(chain.app("b").epoch.peers.size(), 3U);
}

TEST_F(AppFunctionsTest, publishing_takes_one_argument_of_utf8) {
    expect_contains(chain.refusal(op, "publish_app", {}), "publish_app takes 1 to 1 arguments");
    expect_contains(chain.refusal(op, "publish_app", {spec("a"), ""}), "got 2");
    expect_contains(chain.refusal(op, "publish_app", {"\xFF"}), "argument 1 is not UTF-8");
}

TEST_F(AppFunctionsTest, a_specification_that_is_wrong_is_refused) {
    expect_contains(chain.refusal(op, "publish_app", {"{"}), "not JSON");
    expect_contains(chain.refusal(op, "publish_app", {spec("kv", R"("suite":"rsa",)")}), "'rsa'");
}

// --- upgrade_contract

TEST_F(AppFunctionsTest, a_further_contract_is_added_and_its_channel_told) {
    publish();
    chain.ok(publisher, "upgrade_contract", {"kv", "papers", "evidence", "1"});
    EXPECT_EQ(chain.app("kv").contracts.size(), 2U);
    EXPECT_EQ(chain.decided(channel()),
              (std::vector<ControlRecord>{ledger::ContractControl{"papers", "evidence", 1}}));
}

TEST_F(AppFunctionsTest, an_upgrade_puts_the_next_version_in_place_and_its_channel_is_told) {
    publish();
    chain.ok(publisher, "upgrade_contract", {"kv", "kv", "kv", "2"});
    const ledger::ContractControl next{"kv", "kv", 2};
    EXPECT_EQ(chain.app("kv").contracts, std::vector{next});
    EXPECT_EQ(chain.decided(channel()), std::vector<ControlRecord>{next});
    EXPECT_EQ(chain.refusal(publisher, "upgrade_contract", {"kv", "kv", "kv", "1"}),
              "contract kv is in version 2 already");
}

TEST_F(AppFunctionsTest, an_upgrade_needs_a_higher_version_that_there_is) {
    publish();
    EXPECT_EQ(chain.refusal(publisher, "upgrade_contract", {"kv", "kv", "kv", "1"}),
              "contract kv is in version 1 already");
    expect_contains(chain.refusal(publisher, "upgrade_contract", {"kv", "kv", "kv", "99"}),
                    "contract type kv has no version 99");
    expect_contains(chain.refusal(publisher, "upgrade_contract", {"kv", "kv", "kv", "0"}),
                    "no version 0");
    for (const char* number : {"", "1x", "-1", "1.0", "4294967296", " 1"}) {
        expect_contains(chain.refusal(publisher, "upgrade_contract", {"kv", "kv", "kv", number}),
                        "is no version number");
    }
}

TEST_F(AppFunctionsTest, an_upgrade_keeps_the_type) {
    publish();
    EXPECT_EQ(chain.refusal(publisher, "upgrade_contract", {"kv", "kv", "evidence", "1"}),
              "contract kv is of type kv; an upgrade keeps the type");
    EXPECT_EQ(chain.refusal(publisher, "upgrade_contract", {"kv", "kv", "lotto", "1"}),
              "there is no contract type 'lotto'");
    expect_contains(chain.refusal(publisher, "upgrade_contract", {"kv", "K V", "kv", "1"}),
                    "'K V' is no name for a contract");
    EXPECT_FALSE(
        chain.refusal(publisher, "upgrade_contract", {"kv", "reg", "registry", "1"}).empty())
        << "the permission chain's contract is not for apps";
}

TEST_F(AppFunctionsTest, an_app_has_at_most_100_contracts) {
    publish();
    for (int i = 1; i < 100; ++i) {
        chain.ok(publisher, "upgrade_contract", {"kv", "c" + std::to_string(i), "kv", "1"});
    }
    EXPECT_EQ(chain.refusal(publisher, "upgrade_contract", {"kv", "c100", "kv", "1"}),
              "the app has too many contracts");
}

// --- set_role

TEST_F(AppFunctionsTest, a_role_is_added_or_put_in_the_place_of_another) {
    publish();
    chain.ok(publisher, "set_role", {"kv", R"({"name":"admin","functions":["*"]})"});
    EXPECT_EQ(chain.app("kv").roles.size(), 4U);
    chain.ok(publisher, "set_role",
             {"kv", R"({"name":"writer","public":false,"functions":["kv.get"]})"});
    EXPECT_EQ(chain.app("kv").roles.size(), 4U);
    EXPECT_EQ(chain.decided(channel()),
              (std::vector<ControlRecord>{ledger::RoleControl{"writer", false, {"kv.get"}}}));
    EXPECT_EQ(chain.app("kv").roles.front().functions, std::vector<std::string>{"kv.get"});
}

TEST_F(AppFunctionsTest, a_role_that_is_wrong_is_refused) {
    publish();
    expect_contains(chain.refusal(publisher, "set_role", {"kv", "{"}), "the role is not JSON");
    expect_contains(chain.refusal(publisher, "set_role", {"kv", R"({"name":"r","function":[]})"}),
                    "unknown member 'function'");
    expect_contains(
        chain.refusal(publisher, "set_role", {"kv", R"({"name":"r","functions":["kv"]})"}),
        "'kv' is none of contract.function, contract.*, *");
}

TEST_F(AppFunctionsTest, an_app_has_at_most_100_roles) {
    publish();
    for (int i = 3; i < 100; ++i) {
        chain.ok(publisher, "set_role",
                 {"kv", R"({"name":"r)" + std::to_string(i) + R"(","functions":["kv.*"]})"});
    }
    EXPECT_EQ(chain.refusal(publisher, "set_role", {"kv", R"({"name":"r","functions":["*"]})"}),
              "the app has too many roles");
    chain.ok(publisher, "set_role", {"kv", R"({"name":"r99","functions":["*"]})"});
}

// --- suspend_app, resume_app

TEST_F(AppFunctionsTest, an_app_goes_to_other_nodes_in_its_next_epoch) {
    chain.ok(op, "publish_app", {spec("kv", R"("nodes":["city-0","city-1"],)")});
    const ledger::EpochRecord before = chain.app("kv").epoch;
    chain.ok(op, "set_nodes", {"kv", "city-3", "city-1"});
    const AppRecord app = chain.app("kv");
    EXPECT_EQ(app.epoch.epoch, before.epoch + 1);
    EXPECT_EQ(app.epoch.from_order_height, chain.order_height + 1);
    EXPECT_EQ(app.epoch.suites, before.suites);
    std::set<std::string> names;
    for (const auto& peer : app.epoch.peers) names.insert(peer.name);
    EXPECT_EQ(names, (std::set<std::string>{"city-1", "city-3"}));
    EXPECT_TRUE(ledger::EpochRecord::decode(app.epoch.encode()).ok()) << "peers ascend";
    auto records = chain.decided(app.channel);
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(std::get<ledger::EpochControl>(records[0]).record, app.epoch);
}

TEST_F(AppFunctionsTest, other_nodes_that_are_wrong_are_refused) {
    chain.ok(op, "set_publisher", {known(alice).hex(), "yes"});
    chain.ok(alice, "publish_app", {spec("kv", R"("nodes":["city-0"],)")});
    EXPECT_EQ(chain.refusal(alice, "set_nodes", {"kv", "city-0"}),
              "app kv is on these city nodes already");
    EXPECT_EQ(chain.refusal(alice, "set_nodes", {"kv", "city-1", "city-1"}),
              "city node city-1 is named twice");
    expect_contains(chain.refusal(alice, "set_nodes", {"kv", "atlantis"}),
                    "there is no city node 'atlantis'; there are ");
    EXPECT_EQ(chain.refusal(alice, "set_nodes", {"none", "city-1"}), "there is no app 'none'");
    EXPECT_EQ(chain.refusal(bob, "set_nodes", {"kv", "city-1"}),
              "only its publisher or an operator may do that to app kv");
    chain.ok(op, "set_nodes", {"kv", "city-1"});
    auto again = chain.call_in_block(alice, "set_nodes", {"kv", "city-2"});
    EXPECT_EQ(again.error, "the nodes of app kv have just changed; try again");
    ++chain.order_height;
    chain.ok(alice, "set_nodes", {"kv", "city-2"});
    chain.ok(op, "revoke_node", {"city-3"});
    expect_contains(chain.refusal(alice, "set_nodes", {"kv", "city-3"}), "there is no city node");
}

TEST_F(AppFunctionsTest, a_suspended_app_can_be_resumed_and_its_channel_is_told_of_both) {
    publish();
    chain.ok(publisher, "suspend_app", {"kv", "audit"});
    EXPECT_EQ(chain.app("kv").state, ledger::AppState::suspended);
    EXPECT_EQ(chain.app("kv").reason, "audit");
    EXPECT_EQ(
        chain.decided(channel()),
        (std::vector<ControlRecord>{ledger::StateControl{ledger::AppState::suspended, "audit"}}));
    EXPECT_EQ(chain.refusal(publisher, "suspend_app", {"kv"}), "app kv is suspended already");
    chain.ok(publisher, "resume_app", {"kv"});
    EXPECT_EQ(chain.app("kv").state, ledger::AppState::active);
    EXPECT_EQ(chain.decided(channel()), (std::vector<ControlRecord>{ledger::StateControl{}}));
    EXPECT_EQ(chain.refusal(publisher, "resume_app", {"kv"}), "app kv is active already");
}

TEST_F(AppFunctionsTest, operators_suspend_and_resume_apps_of_others) {
    publish();
    chain.ok(op, "suspend_app", {"kv"});
    chain.ok(op, "resume_app", {"kv"});
    EXPECT_EQ(chain.refusal(alice, "suspend_app", {"kv"}),
              "only its publisher or an operator may do that to app kv");
    EXPECT_EQ(chain.refusal(alice, "resume_app", {"kv"}),
              "only its publisher or an operator may do that to app kv");
}

TEST_F(AppFunctionsTest, the_reason_of_a_suspension_has_a_bound) {
    publish();
    expect_contains(chain.refusal(publisher, "suspend_app", {"kv", std::string(1025, 'x')}),
                    "at most 1024 bytes");
    chain.ok(publisher, "suspend_app", {"kv", std::string(1024, 'x')});
}

// --- who may

TEST_F(AppFunctionsTest, what_is_the_publishers_is_nobody_elses) {
    publish();
    join(alice);
    const std::vector<std::pair<std::string, std::vector<std::string>>> calls{
        {"upgrade_contract", {"kv", "c", "kv", "1"}},
        {"set_role", {"kv", R"({"name":"r","functions":["*"]})"}},
        {"invite", {"kv", bob.hex(), "writer"}},
        {"approve", {"kv", alice.hex(), "auditor"}},
        {"remove_member", {"kv", alice.hex()}},
    };
    for (const auto& [function, arguments] : calls) {
        for (const Person* person : {&alice, &op}) {
            EXPECT_EQ(chain.refusal(*person, function, arguments),
                      "only its publisher " + publisher.hex() + " may do that to app kv")
                << function;
        }
        auto unknown = arguments;
        unknown[0] = "nothing";
        EXPECT_EQ(chain.refusal(publisher, function, unknown), "there is no app 'nothing'")
            << function;
    }
    for (const char* function : {"suspend_app", "resume_app"}) {
        EXPECT_EQ(chain.refusal(op, function, {"nothing"}), "there is no app 'nothing'");
    }
}

TEST_F(AppFunctionsTest, every_function_says_how_many_arguments_it_takes) {
    publish();
    const std::vector<std::pair<std::string, std::size_t>> too_many{
        {"register", 2},      {"set_publisher", 3},
        {"publish_app", 2},   {"upgrade_contract", 5},
        {"set_role", 3},      {"suspend_app", 3},
        {"resume_app", 2},    {"invite", 4},
        {"join_app", 3},      {"approve", 4},
        {"remove_member", 3}, {"rotate_key", 4},
        {"recover_key", 5},   {"revoke_participant", 2},
        {"revoke_node", 2},   {"set_nodes", 1}};
    for (const auto& [function, count] : too_many) {
        expect_contains(chain.refusal(op, function, std::vector<std::string>(count, "kv")),
                        function + " takes ");
        expect_contains(chain.refusal(op, function, {}), "got 0");
    }
}

TEST_F(AppFunctionsTest, a_function_that_there_is_not_is_unknown) {
    EXPECT_EQ(chain.call(op, "make_coffee", {}).status, ledger::ExecutionStatus::unknown_function);
}

}  // namespace
}  // namespace bsn::registry
