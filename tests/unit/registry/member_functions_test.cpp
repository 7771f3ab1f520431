// Members of apps: docs/registry.md, "Members".

#include "registry_fixture.hpp"

namespace bsn::registry {
namespace {

using namespace testing;

class MemberFunctionsTest : public RegistryTest {
  protected:
    ControlRecord told(const Person& person, ledger::MemberState state,
                       std::vector<std::string> roles) const {
        return ledger::MemberControl{person.id, person.key.public_key(), state, std::move(roles)};
    }
};

TEST_F(MemberFunctionsTest, who_asks_to_join_waits_for_the_publishers_approval) {
    publish();
    EXPECT_EQ(chain.ok(alice, "join_app", {"kv", "writer,auditor"}), "requested");
    EXPECT_TRUE(chain.decisions.empty()) << "a request is no right yet";
    EXPECT_EQ(chain.member("kv", alice).state, MembershipState::requested);
    chain.ok(publisher, "approve", {"kv", alice.hex()});
    EXPECT_EQ(chain.member("kv", alice).state, MembershipState::approved);
    EXPECT_EQ(chain.decided(channel()),
              std::vector{told(alice, ledger::MemberState::active, {"writer", "auditor"})});
}

TEST_F(MemberFunctionsTest, who_joins_becomes_known) {
    publish();
    chain.ok(alice, "join_app", {"kv", "writer"});
    auto participant = chain.view().participant(alice.id);
    ASSERT_TRUE(participant.has_value());
    EXPECT_EQ(participant->key, alice.key.public_key());
    EXPECT_FALSE(participant->revoked);
}

TEST_F(MemberFunctionsTest, joining_is_told_by_an_event) {
    publish();
    auto receipt = chain.call(alice, "join_app", {"kv", "writer"});
    ASSERT_EQ(receipt.logs.size(), 1U);
    EXPECT_EQ(receipt.logs[0].topics,
              (std::vector<Bytes>{to_bytes("member_requested"), to_bytes(channel().view()),
                                  to_bytes(alice.id.view())}));
    chain.ok(publisher, "invite", {"kv", bob.hex(), "writer"});
    receipt = chain.call(bob, "join_app", {"kv", "writer"});
    ASSERT_EQ(receipt.logs.size(), 1U);
    EXPECT_EQ(receipt.logs[0].topics[0], to_bytes("member_approved"));
}

TEST_F(MemberFunctionsTest, who_was_invited_needs_no_approval_and_gets_the_invitations_roles) {
    publish(R"("join":"invitation",)");
    chain.ok(publisher, "invite", {"kv", alice.hex(), "auditor"});
    EXPECT_TRUE(chain.decisions.empty());
    EXPECT_EQ(chain.member("kv", alice).state, MembershipState::invited);
    EXPECT_EQ(chain.ok(alice, "join_app", {"kv", "writer"}), "approved");
    EXPECT_EQ(chain.member("kv", alice).roles, std::vector<std::string>{"auditor"});
    EXPECT_EQ(chain.decided(channel()),
              std::vector{told(alice, ledger::MemberState::active, {"auditor"})});
}

TEST_F(MemberFunctionsTest, an_app_by_invitation_takes_nobody_who_was_not_invited) {
    publish(R"("join":"invitation",)");
    EXPECT_EQ(chain.refusal(alice, "join_app", {"kv", "writer"}),
              "app kv takes members by invitation only");
}

TEST_F(MemberFunctionsTest, an_invitation_of_somebody_who_has_asked_is_accepted_by_asking_again) {
    publish();
    chain.ok(alice, "join_app", {"kv", "writer"});
    chain.ok(publisher, "invite", {"kv", alice.hex(), "auditor"});
    EXPECT_EQ(chain.ok(alice, "join_app", {"kv", "writer"}), "approved");
}

TEST_F(MemberFunctionsTest, the_publisher_gives_other_roles_than_were_asked_for) {
    publish();
    chain.ok(alice, "join_app", {"kv", "writer"});
    chain.ok(publisher, "approve", {"kv", alice.hex(), "auditor"});
    EXPECT_EQ(chain.member("kv", alice).roles, std::vector<std::string>{"auditor"});
}

TEST_F(MemberFunctionsTest, the_publisher_changes_a_members_roles_by_approving_again) {
    publish();
    join(alice);
    EXPECT_EQ(chain.refusal(publisher, "approve", {"kv", alice.hex()}),
              "participant " + alice.hex() + " is a member of app kv already");
    chain.ok(publisher, "approve", {"kv", alice.hex(), "auditor,writer,auditor"});
    EXPECT_EQ(chain.member("kv", alice).roles, (std::vector<std::string>{"auditor", "writer"}));
    EXPECT_EQ(chain.decided(channel()),
              std::vector{told(alice, ledger::MemberState::active, {"auditor", "writer"})});
}

TEST_F(MemberFunctionsTest, a_member_does_not_give_themselves_further_roles) {
    publish();
    join(alice);
    EXPECT_EQ(chain.refusal(alice, "join_app", {"kv", "writer"}),
              "you are a member of app kv with these roles already");
    for (const char* roles : {"auditor", "writer,auditor", "auditor,writer"}) {
        expect_contains(chain.refusal(alice, "join_app", {"kv", roles}),
                        "you are a member of app kv already; its publisher can");
    }
}

TEST_F(MemberFunctionsTest, a_removed_member_loses_all_rights_and_may_ask_again) {
    publish();
    join(alice);
    chain.ok(publisher, "remove_member", {"kv", alice.hex()});
    EXPECT_EQ(chain.member("kv", alice).state, MembershipState::removed);
    EXPECT_EQ(chain.decided(channel()),
              std::vector{told(alice, ledger::MemberState::removed, {"writer"})});
    EXPECT_EQ(chain.refusal(publisher, "remove_member", {"kv", alice.hex()}),
              "participant " + alice.hex() + " is no member of app kv");
    expect_contains(chain.refusal(publisher, "approve", {"kv", alice.hex()}),
                    "has not asked to join app kv");
    EXPECT_EQ(chain.ok(alice, "join_app", {"kv", "writer"}), "requested");
    EXPECT_TRUE(chain.decisions.empty());
}

TEST_F(MemberFunctionsTest, removal_takes_back_requests_and_invitations_too) {
    publish(R"("join":"open",)");
    chain.ok(alice, "join_app", {"kv", "writer"});
    chain.ok(publisher, "remove_member", {"kv", alice.hex()});
    EXPECT_TRUE(chain.decisions.empty()) << "the channel never knew of it";
    chain.ok(publisher, "invite", {"kv", bob.hex(), "writer"});
    chain.ok(publisher, "remove_member", {"kv", bob.hex()});
    EXPECT_EQ(chain.ok(bob, "join_app", {"kv", "writer"}), "requested");
}

TEST_F(MemberFunctionsTest, a_member_is_not_invited) {
    publish();
    join(alice);
    EXPECT_EQ(chain.refusal(publisher, "invite", {"kv", alice.hex(), "writer"}),
              "participant " + alice.hex() + " is a member of app kv already");
}

TEST_F(MemberFunctionsTest, roles_must_be_the_apps) {
    publish();
    for (const char* roles : {"boss", "", "writer,", ",writer", "writer, auditor"}) {
        for (const auto& refusal :
             {chain.refusal(alice, "join_app", {"kv", roles}),
              chain.refusal(publisher, "invite", {"kv", alice.hex(), roles})}) {
            expect_contains(refusal, "app kv has no role '");
            expect_contains(refusal, "its roles are writer, auditor, reader");
        }
    }
    chain.ok(alice, "join_app", {"kv", "writer"});
    expect_contains(chain.refusal(publisher, "approve", {"kv", alice.hex(), "boss"}),
                    "has no role 'boss'");
}

TEST_F(MemberFunctionsTest, members_have_keys_of_the_apps_suite) {
    publish();
    Person carol(4, SuiteId::sm2);
    EXPECT_EQ(chain.refusal(carol, "join_app", {"kv", "writer"}),
              "app kv uses suite secp256r1, the participant's key is of sm2; join with a key of "
              "the app's suite");
    chain.ok(publisher, "invite", {"kv", known(carol).hex(), "writer"});
    for (const auto& refusal : {chain.refusal(carol, "join_app", {"kv", "writer"}),
                                chain.refusal(publisher, "approve", {"kv", carol.hex()})}) {
        expect_contains(refusal, "app kv uses suite secp256r1");
    }
    chain.ok(op, "publish_app", {spec("guomi", R"("suite":"sm2",)")});
    EXPECT_EQ(chain.ok(carol, "join_app", {"guomi", "writer"}), "requested");
}

TEST_F(MemberFunctionsTest, only_those_who_asked_are_approved) {
    publish();
    EXPECT_EQ(chain.refusal(publisher, "approve", {"kv", known(alice).hex()}),
              "participant " + alice.hex() + " has not asked to join app kv");
    chain.ok(publisher, "invite", {"kv", alice.hex(), "writer"});
    EXPECT_EQ(chain.refusal(publisher, "approve", {"kv", alice.hex()}),
              "participant " + alice.hex() + " is invited and has not joined app kv yet");
    expect_contains(chain.refusal(publisher, "approve", {"kv", bob.hex()}), "is not known");
    expect_contains(chain.refusal(publisher, "approve", {"kv", "alice"}),
                    "'alice' is no participant id");
}

TEST_F(MemberFunctionsTest, ids_that_are_none_are_refused) {
    publish();
    for (const char* function : {"invite", "remove_member"}) {
        std::vector<std::string> arguments{"kv", "alice"};
        if (std::string(function) == "invite") arguments.emplace_back("writer");
        EXPECT_EQ(chain.refusal(publisher, function, arguments),
                  "the participant id is not 64 hexadecimal digits");
    }
    EXPECT_EQ(chain.refusal(publisher, "remove_member", {"kv", alice.hex()}),
              "participant " + alice.hex() + " is no member of app kv");
}

TEST_F(MemberFunctionsTest, a_revoked_participant_is_not_approved) {
    publish();
    chain.ok(alice, "join_app", {"kv", "writer"});
    chain.ok(op, "revoke_participant", {alice.hex()});
    EXPECT_EQ(chain.refusal(publisher, "approve", {"kv", alice.hex()}),
              "participant " + alice.hex() + " is revoked");
}

TEST_F(MemberFunctionsTest, what_the_channel_is_told_is_what_the_record_says) {
    publish();
    peer::AccessTable table;
    auto follow = [&] {
        for (const auto& record : chain.decided(channel())) table.apply(record);
    };
    table.apply(ledger::RoleControl{"writer", false, {"kv.*"}});
    auto may = [&] { return table.authorize(alice.id, alice.key.public_key(), "kv", "set").ok(); };
    chain.ok(alice, "join_app", {"kv", "writer"});
    follow();
    EXPECT_FALSE(may());
    chain.ok(publisher, "approve", {"kv", alice.hex()});
    follow();
    EXPECT_TRUE(may());
    chain.ok(publisher, "remove_member", {"kv", alice.hex()});
    follow();
    EXPECT_FALSE(may());
}

}  // namespace
}  // namespace bsn::registry
