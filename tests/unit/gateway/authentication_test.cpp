// Who asks: every way in which a signed request may be wrong.
#include "gateway/authentication.hpp"

#include "gateway_fixture.hpp"

namespace bsn::testing {
namespace {

constexpr std::string_view k_target = "/v1/apps/kv/height";

class Authentication : public GatewayTest {
  protected:
    void SetUp() override {
        GatewayTest::SetUp();
        serve();
    }
    void expect_refused(const Headers& headers, std::string_view word,
                        std::string_view target = k_target) {
        Answer answer = get(target, headers);
        EXPECT_EQ(answer.status, 401);
        EXPECT_EQ(answer.code(), "unauthenticated");
        EXPECT_EQ(answer.headers["www-authenticate"], "BSN");
        EXPECT_NE(answer.message().find(word), std::string::npos) << answer.message();
    }
    Headers signed_with(const api::RequestToSign& request, const Person& person,
                        UnixMillis expires) {
        return {{"Authorization",
                 api::sign_request(request, person.id, person.key, expires, fresh_nonce())}};
    }
    api::RequestToSign request() const {
        return {backend.network(), FakeBackend::channel_of("kv"), "GET", k_target, {}};
    }
};

TEST_F(Authentication, EachSuiteSigns) {
    for (auto suite :
         {crypto::SuiteId::secp256r1, crypto::SuiteId::secp256k1, crypto::SuiteId::sm2}) {
        Person person(suite);
        backend.add_participant(person.record(), true);
        EXPECT_EQ(get_as(person, k_target).status, 200) << crypto::suite_name(suite);
    }
}

TEST_F(Authentication, MissingHeader) {
    Answer answer = get(k_target);
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.code(), "unauthenticated");
}

TEST_F(Authentication, MalformedHeaders) {
    std::string good = signed_by(member, "GET", k_target)["Authorization"];
    std::string no_nonce =
        good.substr(0, good.find("nonce=")) + good.substr(good.find("signature="));
    std::string wrong_suite = good;
    wrong_suite.replace(wrong_suite.find("secp256r1"), 9, "secp256r2");
    for (const std::string& value :
         {std::string(), std::string("Bearer abc"), std::string("BSN "), std::string("BSN x"),
          no_nonce, good + ",key=00", good + ",more=1", good.substr(0, good.size() - 1),
          wrong_suite, "BSN" + good.substr(4), good + "," + good.substr(4)}) {
        expect_refused({{"Authorization", value}}, "malformed");
    }
}

TEST_F(Authentication, TwoHeadersAreNotOne) {
    std::string good = signed_by(member, "GET", k_target)["Authorization"];
    TestClient twice(server->port());
    twice.send("GET /v1/apps/kv/height HTTP/1.1\r\nAuthorization: " + good +
               "\r\nAuthorization: " + good + "\r\n\r\n");
    EXPECT_EQ(twice.read_answer().status, 401);
}

TEST_F(Authentication, Expired) {
    expect_refused(signed_with(request(), member, backend.now() - 1), "expired");
    EXPECT_EQ(get(k_target, signed_with(request(), member, backend.now())).status, 200);
}

TEST_F(Authentication, ExpiryTooFarAhead) {
    expect_refused(signed_with(request(), member, backend.now() + 120'001), "at most 120 s");
    EXPECT_EQ(get(k_target, signed_with(request(), member, backend.now() + 120'000)).status, 200);
}

TEST_F(Authentication, NonceIsGoodOnce) {
    Headers headers = signed_by(member, "GET", k_target);
    EXPECT_EQ(get(k_target, headers).status, 200);
    expect_refused(headers, "nonce");
}

TEST_F(Authentication, ForgedRequestDoesNotUseUpANonce) {
    Headers good = signed_by(member, "GET", k_target);
    Headers forged = good;
    std::string& value = forged["Authorization"];
    value.back() = value.back() == '0' ? '1' : '0';
    expect_refused(forged, "signature");
    EXPECT_EQ(get(k_target, good).status, 200);
}

TEST_F(Authentication, SignatureCoversMethodTargetBodyAppAndNetwork) {
    Headers headers = signed_by(member, "GET", "/v1/apps/kv/blocks/1");
    expect_refused(headers, "signature");
    expect_refused(signed_by(member, "POST", k_target), "signature");
    expect_refused(signed_by(member, "GET", std::string(k_target) + "?"), "signature");
    expect_refused(signed_by(member, "GET", k_target, "body"), "signature");
    expect_refused(signed_by(member, "GET", k_target, {}, "open"), "signature");
    auto elsewhere = request();
    elsewhere.network = ledger::NetworkId{};
    expect_refused(signed_with(elsewhere, member, backend.now() + 1000), "signature");
    std::string body = R"({"contract":"kv","function":"echo"})";
    Answer answer =
        post("/v1/apps/kv/query", "application/json", R"({"contract":"kv","function":"bytes"})",
             signed_by(member, "POST", "/v1/apps/kv/query", body));
    EXPECT_EQ(answer.status, 401);
}

TEST_F(Authentication, KeyOfAnother) {
    auto other = request();
    Headers headers = {{"Authorization", api::sign_request(other, member.id, stranger.key,
                                                           backend.now() + 1000, fresh_nonce())}};
    expect_refused(headers, "current");
    const Person of_other_suite(crypto::SuiteId::sm2);
    headers = {{"Authorization", api::sign_request(other, member.id, of_other_suite.key,
                                                   backend.now() + 1000, fresh_nonce())}};
    expect_refused(headers, "current");
}

TEST_F(Authentication, FormerKeyAfterRotation) {
    Headers old_key = signed_by(member, "GET", k_target);
    backend.change_participant(member.id, [&](registry::ParticipantRecord& record) {
        record.key = Person().key.public_key();
    });
    expect_refused(old_key, "current");
}

TEST_F(Authentication, RevokedAndUnknownParticipants) {
    Person nobody;
    expect_refused(signed_by(nobody, "GET", k_target), "no participant");
    Headers headers = signed_by(member, "GET", k_target);
    backend.change_participant(member.id,
                               [](registry::ParticipantRecord& record) { record.revoked = true; });
    expect_refused(headers, "revoked");
}

TEST_F(Authentication, WrongHeaderIsRefusedWhereNoneIsNeeded) {
    expect_refused({{"Authorization", "BSN x"}}, "malformed", "/v1/apps/kv");
    EXPECT_EQ(get("/v1/apps/kv").status, 200);
}

TEST(NonceMemory, ForgetsWhatExpiredAndIsBounded) {
    gateway::NonceMemory memory(2);
    auto participant = *ledger::ParticipantId::from(Bytes(32, 1));
    auto nonce = [](std::uint8_t number) { return *ledger::Nonce::from(Bytes(16, number)); };
    EXPECT_TRUE(memory.use(participant, nonce(1), 1000, 0).ok());
    EXPECT_TRUE(memory.use(participant, nonce(2), 2000, 0).ok());
    EXPECT_EQ(memory.use(participant, nonce(1), 3000, 1000).error().code, Code::unauthenticated);
    EXPECT_EQ(memory.use(participant, nonce(3), 3000, 1000).error().code, Code::overloaded);
    EXPECT_TRUE(memory.use(participant, nonce(3), 3000, 1001).ok());
    EXPECT_EQ(memory.size(), 2U);
}

TEST(NonceMemory, KeepsParticipantsApart) {
    gateway::NonceMemory memory(10);
    auto nonce = *ledger::Nonce::from(Bytes(16, 1));
    EXPECT_TRUE(memory.use(*ledger::ParticipantId::from(Bytes(32, 1)), nonce, 1000, 0).ok());
    EXPECT_TRUE(memory.use(*ledger::ParticipantId::from(Bytes(32, 2)), nonce, 1000, 0).ok());
}

}  // namespace
}  // namespace bsn::testing
