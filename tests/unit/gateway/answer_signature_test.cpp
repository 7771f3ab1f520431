// Signed answers: their header, what the signature covers, and who gets one.
#include "api/answer_signature.hpp"

#include "fake_user_keys.hpp"
#include "gateway_fixture.hpp"
#include "support/ledger_fixtures.hpp"

namespace bsn::testing {
namespace {

using api::AnswerSignature;
using api::AnswerToSign;
using api::Question;

constexpr std::string_view k_nonce = "000102030405060708090a0b0c0d0e0f";

ledger::Nonce nonce() { return fixed_from_hex<ledger::Nonce>(k_nonce).value(); }

TEST(AnswerSignature, HeaderIsAsDocumentedAndComesBack) {
    const AnswerSignature made{filled<ledger::NodeId>(1), 1'800'000'000'123,
                               filled<crypto::Signature>(2)};
    const std::string header = api::format_answer_signature(made);
    EXPECT_EQ(header, "node=" + to_hex(made.node) +
                          ",time=1800000000123,signature=" + to_hex(made.signature));
    auto parsed = api::parse_answer_signature(header);
    ASSERT_TRUE(parsed.ok()) << parsed.error().message;
    EXPECT_EQ(parsed->node, made.node);
    EXPECT_EQ(parsed->time, made.time);
    EXPECT_EQ(parsed->signature, made.signature);
    for (const std::string& bad :
         {std::string(), header.substr(0, 70), header + ",time=1", header + ",more=1"}) {
        auto refused = api::parse_answer_signature(bad);
        ASSERT_FALSE(refused.ok()) << bad;
        EXPECT_EQ(refused.error().code, Code::bad_signature);
    }
}

class SignedAnswers : public GatewayTest {
  protected:
    void SetUp() override {
        GatewayTest::SetUp();
        backend.set_identity(&identity);
        serve();
    }
    static Headers asking(Headers headers = {}) {
        headers["BSN-Answer-Nonce"] = k_nonce;
        return headers;
    }
    Status check(const Question& question, const Answer& answer) {
        auto header = answer.headers.find("bsn-answer-signature");
        if (header == answer.headers.end()) return Error{Code::not_found, "not signed"};
        auto signature = api::parse_answer_signature(header->second);
        if (!signature) return signature.error();
        EXPECT_EQ(signature->node, identity.id());
        EXPECT_EQ(signature->time, backend.now());
        const std::string& type = answer.headers.at("content-type");
        return api::check_answer(
            backend.network(), question,
            {static_cast<unsigned>(answer.status), type, as_bytes(answer.body)}, *signature,
            identity.public_key(crypto::SuiteId::secp256r1));
    }
    static Question got(std::string_view target, std::string_view authorization = "") {
        return Question::of(nonce(), "GET", target, {}, authorization);
    }

    ordering::NodeIdentity identity = make_identity();
};

TEST_F(SignedAnswers, AreGivenToWhoeverAsks) {
    for (const char* target : {"/healthz", "/v1/status", "/v1/genesis", "/v1/apps/none", "/nowhere",
                               "/v1/apps/kv/height?what=1"}) {
        Answer answer = get(target, asking());
        EXPECT_TRUE(check(got(target), answer).ok()) << target;
        EXPECT_FALSE(get(target).headers.contains("bsn-answer-signature")) << target;
    }
}

TEST_F(SignedAnswers, CoverTheSignedRequest) {
    const Headers headers = asking(signed_by(member, "GET", "/v1/apps/kv/height"));
    Answer answer = get("/v1/apps/kv/height", headers);
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(check(got("/v1/apps/kv/height", headers.at("Authorization")), answer).ok());
    EXPECT_FALSE(check(got("/v1/apps/kv/height"), answer).ok()) << "an answer to somebody else";
}

TEST_F(SignedAnswers, OfSubmissionsCoverTheirBodies) {
    const std::string_view target = "/v1/apps/kv/transactions";
    Answer answer = post(target, gateway::k_bytes_type, "hello", asking());
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(check(Question::of(nonce(), "POST", target, as_bytes("hello"), ""), answer).ok());
    EXPECT_FALSE(check(Question::of(nonce(), "POST", target, as_bytes("hallo"), ""), answer).ok());
}

TEST_F(SignedAnswers, AreGoodForNothingElse) {
    const std::string target = "/v1/status";
    const Answer good = get(target, asking());
    ASSERT_TRUE(check(got(target), good).ok());
    Question other = got(target);
    other.nonce.data()[0] ^= 1;
    EXPECT_FALSE(check(other, good).ok()) << "nonce";
    other = got(target);
    other.method = "POST";
    EXPECT_FALSE(check(other, good).ok()) << "method";
    EXPECT_FALSE(check(got("/v1/status?"), good).ok()) << "target";
    Answer changed = good;
    changed.status = 503;
    EXPECT_FALSE(check(got(target), changed).ok()) << "status";
    changed = good;
    changed.body += " ";
    EXPECT_FALSE(check(got(target), changed).ok()) << "body";
    changed = good;
    changed.headers["content-type"] = "text/html";
    EXPECT_FALSE(check(got(target), changed).ok()) << "type";

    auto signature = api::parse_answer_signature(good.headers.at("bsn-answer-signature")).value();
    const AnswerToSign answer{200, good.headers.at("content-type"), as_bytes(good.body)};
    const auto& key = identity.public_key(crypto::SuiteId::secp256r1);
    signature.time += 1;
    EXPECT_FALSE(api::check_answer(backend.network(), got(target), answer, signature, key).ok());
    signature.time -= 1;
    EXPECT_FALSE(api::check_answer({}, got(target), answer, signature, key).ok()) << "network";
    const auto another = make_identity();
    EXPECT_FALSE(api::check_answer(backend.network(), got(target), answer, signature,
                                   another.public_key(crypto::SuiteId::secp256r1))
                     .ok());
    signature.signature.data()[63] ^= 1;
    EXPECT_FALSE(api::check_answer(backend.network(), got(target), answer, signature, key).ok());
}

TEST_F(SignedAnswers, AnswersToARequestThatIsReplayedSayThatItWas) {
    const Headers headers = asking(signed_by(member, "GET", "/v1/apps/kv/height"));
    EXPECT_EQ(get("/v1/apps/kv/height", headers).status, 200);
    Answer again = get("/v1/apps/kv/height", headers);
    EXPECT_EQ(again.code(), "unauthenticated");
    EXPECT_TRUE(check(got("/v1/apps/kv/height", headers.at("Authorization")), again).ok());
}

TEST_F(SignedAnswers, NeedAWholeNonce) {
    for (const std::string& bad :
         {std::string("required"), std::string(k_nonce.substr(1)), std::string(k_nonce) + "00"}) {
        Answer answer = get("/v1/status", {{"BSN-Answer-Nonce", bad}});
        EXPECT_EQ(answer.code(), "invalid_argument") << bad;
        EXPECT_FALSE(answer.headers.contains("bsn-answer-signature"));
    }
}

TEST_F(SignedAnswers, ANodeWithoutKeysSaysSo) {
    backend.set_identity(nullptr);
    EXPECT_EQ(get("/v1/status", asking()).code(), "unavailable");
    EXPECT_EQ(get("/v1/status").status, 200);
}

}  // namespace
}  // namespace bsn::testing
