// Members' users and custodians: docs/registry.md, "Users".

#include "base/codec.hpp"
#include "node_world.hpp"
#include "registry_fixture.hpp"
#include "support/temporary_folder.hpp"

#include <cstdlib>
#include <fstream>

namespace bsn::registry {
namespace {

using namespace testing;

class UserFunctionsTest : public RegistryTest {
  protected:
    /// The arguments of `add_user` for a user of the key `person`.
    std::vector<std::string> user_of(const Person& sponsor, const std::string& name,
                                     const Person& person) const {
        const crypto::PublicKey& key = person.key.public_key();
        Bytes statement = user_statement(chain.genesis.network(), channel(), sponsor.id, name, key);
        return {"kv",
                sponsor.hex(),
                name,
                std::string(crypto::suite_name(key.suite)),
                to_hex(key.bytes),
                to_hex(person.key.sign(statement))};
    }
    void begin() {
        publish();
        join(alice, "writer,auditor");
    }
    std::string custodians_only(const Person& sponsor) const {
        return "only member " + sponsor.hex() +
               " of app kv, or the city node that it made its custodian there, may do that";
    }

    Person user{60};
    Person other{61};
    Person node{k_first_node_key};         // city-0
    Person another{k_first_node_key + 1};  // city-1
};

TEST_F(UserFunctionsTest, a_user_has_the_roles_of_the_sponsor) {
    begin();
    EXPECT_EQ(chain.ok(alice, "add_user", user_of(alice, "李雷", user)), user.hex());
    EXPECT_EQ(
        chain.decided(channel()),
        (std::vector<ControlRecord>{ledger::MemberControl{
            user.id, user.key.public_key(), ledger::MemberState::active, {"writer", "auditor"}}}));
    auto view = chain.view();
    auto record = view.participant(user.id);
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->name, "李雷");
    EXPECT_EQ(record->sponsorship, (Sponsorship{alice.id, channel()}));
    EXPECT_EQ(view.user("kv", alice.id, "李雷"), user.id);
    EXPECT_EQ(view.sponsor_of(user.id), alice.id);
    EXPECT_EQ(view.sponsor_of(alice.id), std::nullopt);
    EXPECT_EQ(view.users("kv", alice.id), (Users{{"李雷", user.id}}));
    EXPECT_EQ(view.user("kv", bob.id, "李雷"), std::nullopt);
    EXPECT_EQ(view.user("kv", alice.id, "x"), std::nullopt);
    EXPECT_TRUE(view.users("none", alice.id).empty());
}

TEST_F(UserFunctionsTest, a_custodian_adds_and_removes_users_of_its_member_only) {
    begin();
    join(bob);
    EXPECT_EQ(chain.refusal(node, "add_user", user_of(alice, "u", user)), custodians_only(alice));
    chain.ok(alice, "set_custodian", {"kv", "city-0"});
    const ledger::NodeId id = ledger::node_id_of(node.key.public_key().bytes);
    EXPECT_EQ(chain.view().custodian("kv", alice.id), id);
    EXPECT_EQ(chain.view().custodian("kv", bob.id), std::nullopt);
    EXPECT_EQ(chain.refusal(node, "add_user", user_of(bob, "u", user)), custodians_only(bob));
    EXPECT_EQ(chain.refusal(another, "add_user", user_of(alice, "u", user)),
              custodians_only(alice));
    chain.ok(node, "add_user", user_of(alice, "u", user));
    EXPECT_EQ(chain.refusal(another, "remove_user", {"kv", "u", alice.hex()}),
              custodians_only(alice));
    chain.ok(node, "remove_user", {"kv", "u", alice.hex()});
    chain.ok(alice, "set_custodian", {"kv", "none"});
    EXPECT_EQ(chain.refusal(node, "add_user", user_of(alice, "v", other)), custodians_only(alice));
    EXPECT_EQ(chain.refusal(alice, "set_custodian", {"kv", "none"}),
              "you have no custodian in app kv");
}

TEST_F(UserFunctionsTest, a_custodian_is_an_active_city_node_of_the_app) {
    publish(R"("nodes":["city-0","city-1"],)");
    join(alice);
    EXPECT_EQ(chain.refusal(alice, "set_custodian", {"kv", "city-2"}),
              "city node city-2 does not serve app kv; choose one of those that do");
    EXPECT_EQ(chain.refusal(alice, "set_custodian", {"kv", "nowhere"}),
              "there is no city node 'nowhere'");
    EXPECT_EQ(chain.refusal(bob, "set_custodian", {"kv", "city-0"}),
              "participant " + bob.hex() + " is no member of app kv");
    chain.ok(alice, "set_custodian", {"kv", "city-0"});
    chain.ok(publisher, "set_nodes", {"kv", "city-1", "city-2"});
    EXPECT_EQ(chain.view().custodian("kv", alice.id), std::nullopt) << "it has no part in it";
    EXPECT_EQ(chain.refusal(node, "add_user", user_of(alice, "u", user)), custodians_only(alice));
}

TEST_F(UserFunctionsTest, the_key_of_a_user_says_for_whom_it_is) {
    begin();
    join(bob);
    auto arguments = user_of(alice, "u", user);
    arguments[2] = "v";
    expect_contains(chain.refusal(alice, "add_user", arguments), "the proof is not a signature");
    arguments = user_of(bob, "u", user);
    arguments[1] = alice.hex();
    expect_contains(chain.refusal(alice, "add_user", arguments), "the proof is not a signature");
    arguments = user_of(alice, "u", user);
    arguments[5] = user_of(alice, "u", other)[5];
    expect_contains(chain.refusal(alice, "add_user", arguments), "the proof is not a signature");
    chain.ok(publisher, "publish_app", {spec("another")});
    arguments = user_of(alice, "u", user);
    arguments[0] = "another";
    EXPECT_EQ(chain.refusal(alice, "add_user", arguments),
              "participant " + alice.hex() + " is no member of app another");
}

/// Who asks for a certificate shows the key by that request alone.
TEST_F(UserFunctionsTest, a_certificate_request_proves_a_key) {
    begin();
    TemporaryFolder folder;
    std::ofstream(folder / "key.pem") << user.key.to_pem("");
    auto request = [&](const std::string& name) {
        const std::string command =
            "cd " + folder.path().string() +
            " && openssl req -new -key key.pem -sha256 -subj '/O=Bsn/CN=" + name +
            "' -outform DER -out csr 2>/dev/null";
        EXPECT_EQ(std::system(command.c_str()), 0);
        std::ifstream in(folder / "csr", std::ios::binary);
        const std::string der{std::istreambuf_iterator<char>(in), {}};
        auto arguments = user_of(alice, "u", user);
        arguments[5] = to_hex(as_bytes(der));
        return arguments;
    };
    EXPECT_EQ(chain.refusal(alice, "add_user", request("u@other")),
              "the common name of the certificate request is 'u@other', not 'u@kv'");
    auto arguments = request("u@kv");
    arguments[4] = to_hex(other.key.public_key().bytes);
    EXPECT_EQ(chain.refusal(alice, "add_user", arguments),
              "the certificate request is for another key");
    arguments = request("u@kv");
    arguments[5] += "00";
    expect_contains(chain.refusal(alice, "add_user", arguments), "certificate request (PKCS #10)");
    arguments[5] = std::string(200, 'x');
    EXPECT_EQ(chain.refusal(alice, "add_user", arguments),
              "the certificate request is not hexadecimal digits");
    arguments = request("u@kv");
    arguments[2] = "v";
    EXPECT_EQ(chain.refusal(alice, "add_user", arguments),
              "the common name of the certificate request is 'u@kv', not 'v@kv'");
    chain.ok(alice, "add_user", request("u@kv"));
    EXPECT_EQ(chain.view().user("kv", alice.id, "u"), user.id);
}

/// The bytes are documented, and others make them.
TEST_F(UserFunctionsTest, what_is_signed_is_as_documented) {
    begin();
    Writer body;
    body.text("add_user");
    body.raw(channel());
    body.raw(alice.id);
    body.text("u");
    body.u8(1);
    body.raw(user.key.public_key().bytes);
    const auto network = chain.genesis.network();
    EXPECT_EQ(user_statement(network, channel(), alice.id, "u", user.key.public_key()),
              ledger::encode_statement(ledger::Purpose::request, network,
                                       ledger::system_channel(network), 0, body.view()));
}

TEST_F(UserFunctionsTest, names_are_unique_for_a_sponsor_and_bounded) {
    begin();
    join(bob);
    for (const std::string& name : {std::string(), std::string(65, 'x'), std::string("a\nb")}) {
        EXPECT_EQ(chain.refusal(alice, "add_user", user_of(alice, name, user)),
                  "the name of a user has 1 to 64 bytes and no control characters");
    }
    chain.ok(alice, "add_user", user_of(alice, "u", user));
    EXPECT_EQ(chain.refusal(alice, "add_user", user_of(alice, "u", other)),
              "member " + alice.hex() + " has a user 'u' in app kv already");
    chain.ok(bob, "add_user", user_of(bob, "u", other));
    chain.ok(alice, "add_user", user_of(alice, std::string(64, 'x'), Person(62)));
}

TEST_F(UserFunctionsTest, the_key_is_new_and_of_the_suite_of_the_app) {
    begin();
    const std::string known_already = " is known already; a user's key is new to the network";
    EXPECT_EQ(chain.refusal(alice, "add_user", user_of(alice, "u", known(bob))),
              "participant " + bob.hex() + known_already);
    EXPECT_EQ(chain.refusal(alice, "add_user", user_of(alice, "u", node)),
              "participant " + node.hex() + known_already);
    expect_contains(chain.refusal(alice, "add_user", user_of(alice, "u", Person(63, SuiteId::sm2))),
                    "app kv uses suite secp256r1");
    chain.ok(alice, "add_user", user_of(alice, "u", user));
    chain.ok(alice, "remove_user", {"kv", "u"});
    EXPECT_EQ(chain.refusal(alice, "add_user", user_of(alice, "u", user)),
              "participant " + user.hex() + known_already);
}

TEST_F(UserFunctionsTest, a_sponsor_has_at_most_1000_users) {
    begin();
    // Written as they lie in the state: a thousand proofs would take long.
    for (std::uint32_t i = 0; i < 999; ++i) {
        chain.write(user_key(channel(), alice.id, "n" + std::to_string(i)),
                    to_bytes(bob.id.view()));
    }
    chain.ok(alice, "add_user", user_of(alice, "u", user));
    EXPECT_EQ(chain.refusal(alice, "add_user", user_of(alice, "v", other)),
              "a member has at most 1000 users in an app");
}

TEST_F(UserFunctionsTest, a_removed_user_is_no_member) {
    begin();
    chain.ok(alice, "add_user", user_of(alice, "u", user));
    chain.ok(alice, "remove_user", {"kv", "u"});
    EXPECT_EQ(
        chain.decided(channel()),
        (std::vector<ControlRecord>{ledger::MemberControl{
            user.id, user.key.public_key(), ledger::MemberState::removed, {"writer", "auditor"}}}));
    EXPECT_EQ(chain.member("kv", user).state, MembershipState::removed);
    EXPECT_EQ(chain.view().sponsor_of(user.id), std::nullopt);
    EXPECT_EQ(chain.refusal(alice, "remove_user", {"kv", "u"}),
              "member " + alice.hex() + " has no user 'u' in app kv");
    EXPECT_EQ(chain.refusal(bob, "remove_user", {"kv", "u", alice.hex()}), custodians_only(alice));
    EXPECT_EQ(chain.refusal(bob, "remove_user", {"kv", "u", "x"}),
              "the sponsor's id is not 64 hexadecimal digits");
}

TEST_F(UserFunctionsTest, users_go_when_the_sponsor_does) {
    begin();
    chain.ok(alice, "add_user", user_of(alice, "u", user));
    chain.ok(alice, "add_user", user_of(alice, "v", other));
    chain.ok(alice, "set_custodian", {"kv", "city-0"});
    chain.ok(publisher, "remove_member", {"kv", alice.hex()});
    EXPECT_EQ(chain.decided(channel()).size(), 3U);
    EXPECT_EQ(chain.member("kv", user).state, MembershipState::removed);
    EXPECT_EQ(chain.member("kv", other).state, MembershipState::removed);
    EXPECT_TRUE(chain.view().users("kv", alice.id).empty());
    EXPECT_EQ(chain.view().custodian("kv", alice.id), std::nullopt);
}

TEST_F(UserFunctionsTest, users_go_when_the_sponsor_is_revoked) {
    begin();
    chain.ok(alice, "add_user", user_of(alice, "u", user));
    chain.ok(op, "revoke_participant", {alice.hex()});
    EXPECT_EQ(chain.decided(channel()).size(), 2U);
    EXPECT_EQ(chain.member("kv", user).state, MembershipState::removed);
    EXPECT_EQ(chain.view().sponsor_of(user.id), std::nullopt);
}

TEST_F(UserFunctionsTest, users_get_the_new_roles_of_the_sponsor) {
    begin();
    chain.ok(alice, "add_user", user_of(alice, "u", user));
    chain.ok(publisher, "approve", {"kv", alice.hex(), "auditor"});
    EXPECT_EQ(chain.member("kv", user).roles, std::vector<std::string>{"auditor"});
    EXPECT_EQ(chain.decided(channel()).size(), 2U);
}

TEST_F(UserFunctionsTest, the_publisher_removes_and_an_operator_revokes_a_user) {
    begin();
    chain.ok(alice, "add_user", user_of(alice, "u", user));
    chain.ok(publisher, "remove_member", {"kv", user.hex()});
    EXPECT_TRUE(chain.view().users("kv", alice.id).empty());
    chain.ok(alice, "add_user", user_of(alice, "u", other));
    chain.ok(op, "revoke_participant", {other.hex()});
    EXPECT_TRUE(chain.view().users("kv", alice.id).empty());
}

TEST_F(UserFunctionsTest, a_user_changes_their_key_and_nobody_else_does) {
    begin();
    chain.ok(alice, "set_custodian", {"kv", "city-0"});
    chain.ok(node, "add_user", user_of(alice, "u", user));
    const crypto::PrivateKey fresh = make_key(SuiteId::secp256r1, 64);
    const std::string proof = to_hex(
        fresh.sign(key_change_statement(chain.genesis.network(), user.id, fresh.public_key())));
    const std::vector<std::string> change{"secp256r1", to_hex(fresh.public_key().bytes), proof};
    for (const Person* who : {&alice, &node}) {
        expect_contains(chain.refusal(*who, "rotate_key", change), "the proof is not a signature");
    }
    chain.ok(user, "rotate_key", change);
    EXPECT_EQ(chain.view().participant(user.id)->key, fresh.public_key());
    EXPECT_EQ(chain.view().user("kv", alice.id, "u"), user.id);
    EXPECT_EQ(chain.decided(channel()).size(), 1U);
}

TEST_F(UserFunctionsTest, a_user_is_in_one_app_by_the_sponsors_word_only) {
    begin();
    chain.ok(alice, "add_user", user_of(alice, "u", user));
    const std::string is = "participant " + user.hex() + " is a user of " + alice.hex() + ": ";
    chain.ok(publisher, "publish_app", {spec("another")});
    EXPECT_EQ(chain.refusal(user, "join_app", {"another", "writer"}), is + "a user joins no app");
    EXPECT_EQ(chain.refusal(user, "register", {"me"}),
              is + "a user has the name that their sponsor gave them");
    EXPECT_EQ(chain.refusal(user, "set_custodian", {"kv", "city-0"}), is + "a user has no users");
    EXPECT_EQ(chain.refusal(user, "add_user", user_of(user, "v", other)),
              is + "a user has no users");
    EXPECT_EQ(chain.refusal(publisher, "approve", {"kv", user.hex(), "writer"}),
              is + "a user has the roles of their sponsor");
    chain.ok(alice, "remove_user", {"kv", "u"});
    EXPECT_EQ(chain.refusal(user, "join_app", {"kv", "writer"}), is + "a user joins no app");
}

TEST(CustodyTest, custody_goes_over_to_the_new_keys_of_a_city_node) {
    NodeWorld world;
    Chain& chain = world.chain;
    chain.ok(world.op, "publish_app", {spec("kv")});
    chain.ok(world.op, "set_custodian", {"kv", "city-0"});
    const Newcomer old = world.genesis_node(0);
    EXPECT_EQ(chain.view().custodian("kv", world.op.id), old.id());
    const Newcomer fresh(300, "city-0");
    NodeRequest request = fresh.request(world.network());
    request.replaces = old.id();
    request = fresh.vouched(request, world.authority);
    request.other_signature = old.secp256r1.sign(request.statement());
    chain.ok(world.op, "rotate_node", {request.to_text()});
    EXPECT_EQ(chain.view().custodian("kv", world.op.id), fresh.id());
}

}  // namespace
}  // namespace bsn::registry
