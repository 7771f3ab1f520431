// Invocations with a user's key in custody: who may, what happens, and that it happens once.
#include "fake_user_keys.hpp"
#include "gateway/idempotency.hpp"
#include "gateway/metering/metering.hpp"
#include "gateway_fixture.hpp"
#include "still_clock.hpp"

namespace bsn::testing {
namespace {

using nlohmann::json;

constexpr std::string_view k_target = "/v1/apps/kv/invocations";

class Invocations : public GatewayTest {
  protected:
    void SetUp() override {
        GatewayTest::SetUp();
        backend.set_identity(&identity);
        backend.set_user_keys(&keys);
        till = add_user(member, "till");
        backend.change_app("kv", [](registry::App& app) {
            app.record.roles.front().functions = {"kv.set", "kv.create", "kv.refuse"};
        });
        backend.kv().on_make_transaction = [this](const framework::Invocation& call) {
            std::string text = "once " + to_hex(call.identity->participant()) + " " +
                               to_hex(call.nonce) + " " + std::to_string(++made) + " " +
                               call.contract + " " + call.function;
            for (const Bytes& argument : call.arguments) text += " " + to_text(argument);
            return Result<Bytes>(to_bytes(text));
        };
        serve();
    }

    /// A user with a key in custody; as a participant and member of `kv`.
    ledger::ParticipantId add_user(const Person& owner, const std::string& name) {
        const gateway::CustodyUser user{FakeBackend::channel_of("kv"), owner.id, name};
        const crypto::PublicKey key = keys.find_or_create(user, crypto::SuiteId::secp256r1).value();
        const ledger::ParticipantId id = ledger::participant_id_of(key);
        backend.add_participant({id, key, name, false}, true);
        backend.change_app("kv", [&](registry::App& app) { app.users[owner.id][name] = id; });
        return id;
    }

    static json call_of(std::string_view key, std::string_view argument = "1",
                        std::string_view function = "set") {
        return {{"user", "till"},
                {"contract", "kv"},
                {"function", function},
                {"arguments", {argument}},
                {"idempotency_key", key}};
    }
    Answer invoke(const json& body, const Person& who) {
        return post_as(who, k_target, body.dump());
    }
    Answer invoke(const json& body) { return invoke(body, member); }

    ordering::NodeIdentity identity = make_identity();
    FakeUserKeys keys;
    ledger::ParticipantId till;
    std::atomic<int> made{0};
};

TEST_F(Invocations, AreAnsweredAsASubmissionIs) {
    Answer answer = invoke(call_of("order 1"));
    ASSERT_EQ(answer.status, 200) << answer.body;
    const json told = answer.json();
    EXPECT_EQ(told["status"], "success");
    EXPECT_EQ(told["height"], 1);
    EXPECT_EQ(told["index"], 0);
    const auto on_chain =
        backend.kv().transaction(from_hex(told["id"].get<std::string>()).value()).value();
    EXPECT_EQ(on_chain.creator, to_bytes(till.view()));
    EXPECT_EQ(on_chain.function, "set");
    EXPECT_EQ(keys.uses, std::vector<std::string>{"transaction"});
}

TEST_F(Invocations, TheSameKeyAndBodyGetTheFirstAnswerAndNothingIsSigned) {
    const Answer first = invoke(call_of("order 1"));
    ASSERT_EQ(first.status, 200);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(invoke(call_of("order 1")).body, first.body);
    EXPECT_EQ(made, 1);
    EXPECT_EQ(backend.kv().height(), 1U);
}

TEST_F(Invocations, TheSameKeyWithAnotherBodyIsAConflict) {
    ASSERT_EQ(invoke(call_of("order 1")).status, 200);
    for (const json& other : {call_of("order 1", "2"), call_of("order 1", "1", "create")}) {
        Answer answer = invoke(other);
        EXPECT_EQ(answer.status, 409) << answer.body;
        EXPECT_EQ(answer.code(), "duplicate");
        EXPECT_NE(answer.message().find("idempotency key"), std::string::npos);
    }
    EXPECT_EQ(made, 1);
    EXPECT_EQ(invoke(call_of("order 2", "2")).status, 200);
}

TEST_F(Invocations, BeyondTheAppsRateNothingIsSignedAndRepetitionsAreAnswered) {
    const StillClock clock;
    gateway::Metering metering{
        [this](const ledger::ChannelId& channel) { return backend.app(to_hex(channel)); }, clock,
        backend.metrics()};
    backend.set_metering(&metering);
    backend.change_app(
        "kv", [](registry::App& app) { app.record.gateway.limits.transactions_per_second = 1; });
    const Answer first = invoke(call_of("order 1"));
    ASSERT_EQ(first.status, 200);
    Answer refused = invoke(call_of("order 2"));
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.code(), "overloaded");
    EXPECT_TRUE(refused.headers.contains("retry-after"));
    EXPECT_EQ(made, 1);
    EXPECT_EQ(invoke(call_of("order 1")).body, first.body);
    server->stop();
    backend.set_metering(nullptr);
}

TEST_F(Invocations, WhatTheContractRefusedStaysRefused) {
    const Answer first = invoke(call_of("order 1", "1", "refuse"));
    EXPECT_EQ(first.json()["status"], "refused");
    EXPECT_EQ(invoke(call_of("order 1", "1", "refuse")).body, first.body);
}

TEST_F(Invocations, KeysOfTwoUsersAreTwo) {
    const auto shop = add_user(member, "shop");
    json other = call_of("order 1");
    other["user"] = "shop";
    const json one = invoke(call_of("order 1")).json();
    const json two = invoke(other).json();
    EXPECT_NE(one["id"], two["id"]);
    const auto on_chain =
        backend.kv().transaction(from_hex(two["id"].get<std::string>()).value()).value();
    EXPECT_EQ(on_chain.creator, to_bytes(shop.view()));
}

TEST_F(Invocations, ManyAtOnceWithOneKeyHappenOnce) {
    std::vector<std::thread> threads;
    std::vector<Answer> answers(8);
    std::vector<Headers> headers;
    const std::string body = call_of("order 1").dump();
    for (std::size_t i = 0; i < answers.size(); ++i) {
        headers.push_back(signed_by(member, "POST", k_target, body));
    }
    for (std::size_t i = 0; i < answers.size(); ++i) {
        threads.emplace_back(
            [&, i] { answers[i] = post(k_target, gateway::k_json_type, body, headers[i]); });
    }
    for (auto& thread : threads) thread.join();
    for (const Answer& answer : answers) {
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body, answers.front().body);
    }
}

TEST_F(Invocations, AUserWhoIsNewIsWaitedFor) {
    backend.kv().on_make_transaction = [](const framework::Invocation&) {
        return Result<Bytes>(to_bytes("early bird"));
    };
    EXPECT_EQ(invoke(call_of("order 1")).status, 200);
}

TEST_F(Invocations, NothingIsSubmittedBeforeItsRecordIsOnDisk) {
    keys.recorded = Error{Code::no_space, "the disk is full"};
    EXPECT_EQ(invoke(call_of("order 1")).code(), "no_space");
    EXPECT_EQ(backend.kv().height(), 0U);
}

TEST_F(Invocations, AreForMembersWhoSign) {
    EXPECT_EQ(post(k_target, gateway::k_json_type, call_of("a").dump()).code(), "unauthenticated");
    EXPECT_EQ(invoke(call_of("a"), stranger).code(), "forbidden");
    backend.change_participant(member.id, [](auto& record) { record.revoked = true; });
    EXPECT_EQ(invoke(call_of("a")).code(), "unauthenticated");
    EXPECT_EQ(made, 0);
}

TEST_F(Invocations, NobodySignsWithAnothersUser) {
    const Person other;
    backend.add_participant(other.record(), true);
    Answer answer = invoke(call_of("a"), other);
    EXPECT_EQ(answer.code(), "not_found") << "no different from a user who never was";
    json unknown = call_of("a");
    unknown["user"] = "nobody";
    EXPECT_EQ(invoke(unknown).code(), "not_found");
    EXPECT_EQ(made, 0);
}

TEST_F(Invocations, AUserWhoseRoleIsGoneSignsNothing) {
    const Answer first = invoke(call_of("before"));
    ASSERT_EQ(first.status, 200);
    backend.change_app("kv", [&](registry::App& app) { app.members.erase(till); });
    EXPECT_EQ(invoke(call_of("after")).code(), "forbidden");
    EXPECT_EQ(made, 1);
    EXPECT_EQ(invoke(call_of("before")).body, first.body) << "what happened can still be asked for";
}

TEST_F(Invocations, AKeyThatIsElsewhereIsUnavailableHere) {
    backend.change_participant(till, [](auto& record) {
        record.key = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1).public_key();
    });
    EXPECT_EQ(invoke(call_of("a")).code(), "unavailable");
    backend.set_user_keys(nullptr);
    EXPECT_EQ(invoke(call_of("a")).code(), "unavailable");
    EXPECT_EQ(made, 0);
}

TEST_F(Invocations, ADialectsNoncesCarryNoKeys) {
    backend.change_app("kv", [](registry::App& app) {
        app.record.framework = "ethereum";
        app.record.dialect.emplace();
    });
    EXPECT_EQ(invoke(call_of("a")).code(), "invalid_argument");
}

TEST_F(Invocations, ABodyIsExact) {
    std::vector<json> bodies;
    for (const char* name : {"contract", "function", "idempotency_key"}) {
        bodies.push_back(call_of("a"));
        bodies.back().erase(name);
    }
    for (const json& key :
         {json(""), json(std::string(129, 'x')), json("tab\t"), json("é"), json(1)}) {
        bodies.push_back(call_of("a"));
        bodies.back()["idempotency_key"] = key;
    }
    bodies.push_back(call_of("a"));
    bodies.back()["nonce"] = "0";
    bodies.push_back(call_of("a"));
    bodies.back()["user"] = 7;
    for (const json& body : bodies) EXPECT_EQ(invoke(body).code(), "invalid_argument") << body;
    EXPECT_EQ(invoke(call_of(std::string(128, 'x'))).status, 200);
    EXPECT_EQ(post(k_target, "text/plain", "{}").status, 415);
}

TEST(IdempotencyKey, ItsNonceIsAsDocumented) {
    ledger::ChannelId channel;
    channel.data()[0] = 1;
    ledger::ParticipantId participant;
    participant.data()[0] = 2;
    const auto nonce = gateway::nonce_of_key(channel, participant, "order-1");
    EXPECT_EQ(to_hex(nonce), "a6d548bde78c26cf0fa3233d55ed19b3");
    EXPECT_NE(nonce, gateway::nonce_of_key(channel, participant, "order-2"));
    EXPECT_NE(nonce, gateway::nonce_of_key({}, participant, "order-1"));
    EXPECT_NE(nonce, gateway::nonce_of_key(channel, {}, "order-1"));
}

}  // namespace
}  // namespace bsn::testing
