// Requests that this node cannot answer: who is asked instead, and what the client gets.
#include "api/answer_signature.hpp"
#include "fake_user_keys.hpp"
#include "gateway/errors.hpp"
#include "gateway/forwarding/forwarder.hpp"
#include "gateway/forwarding/way.hpp"
#include "published_request.hpp"

#include <future>
#include <mutex>
#include <set>

namespace bsn::testing {
namespace {

using gateway::Forwarded;
using gateway::Request;
using gateway::Response;
using nlohmann::json;

/// Other nodes; they answer at once, as the test says.
class FakeForwarder final : public gateway::Forwarder {
  public:
    bool reaches(const ledger::NodeId& node) const override { return !far.contains(node); }
    void forward(const ledger::NodeId& node, std::shared_ptr<const Request> request, std::uint64_t,
                 Done done) override {
        std::function<Forwarded()> what;
        {
            std::lock_guard lock(mutex);
            asked.push_back(node);
            last = *request;
            what = [how = answers, node, request] { return how(node, *request); };
        }
        done(what());
    }

    std::function<Forwarded(const ledger::NodeId&, const Request&)> answers = [](const auto&,
                                                                                 const auto&) {
        return Forwarded{Response{.body = "{\"from\":\"another\"}\n"}, true};
    };
    std::set<ledger::NodeId> far;
    std::mutex mutex;
    std::vector<ledger::NodeId> asked;
    Request last;
};

Forwarded nobody(bool begun = false) {
    return {Error{Code::unavailable, "nobody is there"}, begun};
}

ledger::NodeId node_named(std::string_view name) {
    return *ledger::NodeId::from(crypto::hash(crypto::HashId::sha256, as_bytes(name)));
}

class ForwardingTest : public GatewayTest {
  protected:
    void SetUp() override {
        GatewayTest::SetUp();
        backend.set_forwarder(&others);
    }
    std::vector<ledger::NodeId> asked() {
        std::lock_guard lock(others.mutex);
        return std::exchange(others.asked, {});
    }
    /// What `kv` has with this custodian of the member's.
    void set_custodian(const ledger::NodeId& node) {
        backend.change_app("kv", [&](registry::App& app) { app.custodians[member.id] = node; });
    }
    double metric(const std::string& line) {
        const std::string text = get("/metrics").body;
        const std::size_t at = text.find("\n" + line + " ");
        return at == std::string::npos ? 0 : std::stod(text.substr(at + line.size() + 2));
    }

    FakeForwarder others;
    ordering::NodeIdentity identity = make_identity();
};

constexpr const char* k_height = "/v1/apps/elsewhere/height";

TEST_F(ForwardingTest, HandsOnWhatItCannotAnswerAsItCame) {
    serve();
    const std::string target = "/v1/apps/elsewhere/transactions?timeout_ms=700";
    const Answer answer = post(target, "application/octet-stream", "bytes\x01",
                               {{"Authorization", "BSN x=1"}, {"Last-Event-ID", "1-2-3"}});
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "{\"from\":\"another\"}\n");
    EXPECT_EQ(asked().size(), 1U);
    EXPECT_EQ(others.last.method, "POST");
    EXPECT_EQ(others.last.target, target);
    EXPECT_EQ(to_text(others.last.body), "bytes\x01");
    EXPECT_EQ(others.last.content_type, "application/octet-stream");
    EXPECT_EQ(others.last.authorization, "BSN x=1");
    EXPECT_EQ(others.last.last_event_id, "1-2-3");
    EXPECT_EQ(metric("bsn_forwarded_requests_total{result=\"answered\"}"), 1);
}

TEST_F(ForwardingTest, AnswersItselfWhatItCan) {
    serve();
    EXPECT_EQ(get("/v1/apps/open/height").status, 200);
    EXPECT_EQ(get("/v1/apps/elsewhere").status, 200);  // all nodes have the record
    EXPECT_EQ(get("/v1/apps/nobody/height").status, 404);
    EXPECT_EQ(get("/v1/apps/system/height").status, 200);
    EXPECT_TRUE(asked().empty());
}

TEST_F(ForwardingTest, AsksOneAfterTheOtherInAnOrderThatStays) {
    others.answers = [](const auto&, const auto&) { return nobody(); };
    serve();
    const Answer answer = get(k_height);
    EXPECT_EQ(answer.status, 503);
    EXPECT_NE(answer.body.find("nobody is there"), std::string::npos) << answer.body;
    const auto first = asked();
    ASSERT_EQ(first.size(), 3U);
    EXPECT_EQ(std::set(first.begin(), first.end()).size(), 3U);
    get(k_height);
    EXPECT_EQ(asked(), first);
    EXPECT_EQ(metric("bsn_forwarded_requests_total{result=\"failed\"}"), 2);
    others.far = {first[0]};  // one whose connection is lost comes last
    get(k_height);
    EXPECT_EQ(asked(), (std::vector{first[1], first[2], first[0]}));
    others.answers = [&](const auto& node, const auto&) {
        return node == first[1] ? nobody() : Forwarded{Response{.body = "{}\n"}, true};
    };
    EXPECT_EQ(get(k_height).status, 200);
    EXPECT_EQ(asked(), (std::vector{first[1], first[2]}));
}

TEST_F(ForwardingTest, LeavesANodeThatCannotAnswerEither) {
    int calls = 0;
    others.answers = [&](const auto&, const auto&) -> Forwarded {
        if (++calls < 3) {
            return {gateway::error_response({Code::unavailable, "not one of the app's"}), true};
        }
        return {gateway::error_response({Code::forbidden, "not you"}), true};
    };
    serve();
    EXPECT_EQ(get(k_height).status, 403);  // a refusal is an answer
    EXPECT_EQ(asked().size(), 3U);
    calls = -10;
    const Answer none = get(k_height);
    EXPECT_EQ(none.status, 503);
    EXPECT_NE(none.body.find("not one of the app's"), std::string::npos);
}

TEST_F(ForwardingTest, AWriteThatMayHaveHappenedHasAnUnknownOutcome) {
    others.answers = [](const auto&, const auto&) { return nobody(true); };
    serve();
    const Answer write =
        post("/v1/apps/elsewhere/transactions", "application/octet-stream", "bytes");
    EXPECT_EQ(write.status, 504);
    EXPECT_NE(write.body.find("unknown_outcome"), std::string::npos);
    EXPECT_EQ(asked().size(), 3U);         // the ledger takes the same bytes once
    EXPECT_EQ(get(k_height).status, 503);  // nothing can have happened by reading
    others.answers = [](const auto&, const auto&) { return nobody(false); };
    EXPECT_EQ(post("/v1/apps/elsewhere/transactions", "application/octet-stream", "b").status, 503);
}

TEST_F(ForwardingTest, WhatWasHandedOnIsNeverHandedOnAgain) {
    serve();
    Request request;
    request.method = "POST";
    request.target = "/v1/apps/elsewhere/transactions?timeout_ms=5";
    request.content_type = gateway::k_bytes_type;
    request.query["timeout_ms"] = "5";  // as the router of a node in the same process left it
    std::promise<unsigned> status;
    server->answer_forwarded(
        request, [&](const gateway::MakeResponse& make) { status.set_value(make().status); });
    EXPECT_EQ(status.get_future().get(), 503U);
    EXPECT_TRUE(asked().empty());
    EXPECT_EQ(metric("bsn_forwards_taken_total"), 1);
}

TEST_F(ForwardingTest, TheNodeThatAnswersSignsAndOwnErrorsAreSignedHere) {
    backend.set_identity(&identity);
    others.answers = [](const auto&, const Request& request) {
        Response response{.body = "{}\n"};
        response.headers.emplace_back(api::k_answer_signature_header, *request.answer_nonce);
        return Forwarded{response, true};
    };
    serve();
    const std::string nonce(32, 'a');
    const Headers wants = {{"BSN-Answer-Nonce", nonce}};
    EXPECT_EQ(get(k_height, wants).headers["bsn-answer-signature"], nonce);
    others.answers = [](const auto&, const auto&) { return nobody(); };
    const Answer own = get(k_height, wants);
    auto signature = api::parse_answer_signature(own.headers.at("bsn-answer-signature"));
    ASSERT_TRUE(signature.ok());
    EXPECT_EQ(signature->node, identity.id());
}

TEST_F(ForwardingTest, APageIsJudgedByTheNodeThatItReaches) {
    options.rpc.origins = {"https://wallet.example"};
    serve();
    const Headers good = {{"Origin", "https://wallet.example"}};
    const Answer answer = post("/rpc/elsewhere", "application/json", "{}", good);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.at("access-control-allow-origin"), "https://wallet.example");
    EXPECT_TRUE(others.last.origin.empty());
    EXPECT_EQ(asked().size(), 1U);
    const Headers bad = {{"Origin", "https://other.example"}};
    EXPECT_EQ(post("/rpc/elsewhere", "application/json", "{}", bad).status, 403);
    EXPECT_TRUE(asked().empty());
    others.answers = [](const auto&, const auto&) { return nobody(); };
    EXPECT_TRUE(
        json::parse(post("/rpc/elsewhere", "application/json", "{}").body).contains("jsonrpc"));
}

TEST_F(ForwardingTest, WhatNeedsAKeyGoesToTheCustodianAloneUnlessTheKeyIsHere) {
    FakeUserKeys keys;
    backend.set_identity(&identity);
    backend.set_user_keys(&keys);
    const auto custodian = node_named("node-2");
    serve();
    const std::string target = "/v1/apps/kv/invocations";
    const std::string body =
        R"({"user":"till","contract":"kv","function":"set","arguments":[],"idempotency_key":"1"})";
    EXPECT_NE(post_as(member, target, body).status, 200);  // without a custodian it stays here
    EXPECT_TRUE(asked().empty());
    set_custodian(custodian);
    EXPECT_EQ(post_as(member, target, body).status, 200);
    EXPECT_EQ(asked(), std::vector{custodian});
    EXPECT_EQ(post_as(member, "/v1/apps/kv/users", R"({"name":"till"})").status, 200);
    EXPECT_EQ(post_as(member, "/v1/apps/kv/users/till/export", "{}").status, 200);
    EXPECT_EQ(asked(), (std::vector{custodian, custodian}));
    EXPECT_EQ(get_as(member, "/v1/apps/kv/users").status, 200);  // no key is needed
    EXPECT_TRUE(asked().empty());
    others.answers = [](const auto&, const auto&) { return nobody(); };
    const Answer none = post_as(member, target, body);
    EXPECT_EQ(none.status, 503);
    EXPECT_NE(none.body.find("custody"), std::string::npos) << none.body;
    EXPECT_EQ(asked(), std::vector{custodian});  // nobody else has the key
    others.answers = [](const auto&, const auto&) { return nobody(true); };
    EXPECT_EQ(post_as(member, target, body).status, 504);
    asked();
    ASSERT_TRUE(
        keys.find_or_create({FakeBackend::channel_of("kv"), member.id, "till"}, crypto::SuiteId{1})
            .ok());
    post_as(member, target, body);
    EXPECT_TRUE(asked().empty());
    set_custodian(identity.id());
    post_as(member, "/v1/apps/kv/users", R"({"name":"new"})");
    EXPECT_TRUE(asked().empty());
}

/// A body that another node makes.
class TwoParts final : public gateway::BodyStream {
  public:
    explicit TwoParts(bool breaks) : breaks_(breaks) {}
    void next(Done done) override {
        if (std::exchange(begun_, true)) {
            return done({.bytes = "b\n", .last = true, .broken = breaks_});
        }
        done({.bytes = "a\n"});
    }

  private:
    const bool breaks_;
    bool begun_ = false;
};

TEST_F(ForwardingTest, StreamsGoOnAndABrokenOneIsNotTakenForWhole) {
    bool breaks = false;
    others.answers = [&](const auto&, const auto&) {
        return Forwarded{Response{.content_type = gateway::k_lines_type,
                                  .stream = std::make_shared<TwoParts>(breaks)},
                         true};
    };
    serve();
    const std::string target = "/v1/apps/elsewhere/receipts";
    EXPECT_EQ(post(target, "application/json", "{}").body, "a\nb\n");
    breaks = true;
    TestClient reader(server->port());
    ASSERT_TRUE(reader.send(TestClient::encode("POST", target, {}, "{}")));
    EXPECT_EQ(reader.read_head().status, 200);
    EXPECT_EQ(reader.read_chunk(), "a\n");
    EXPECT_EQ(reader.read_chunk(), std::nullopt);  // no end: the connection is closed
    EXPECT_TRUE(eventually([&] { return metric("bsn_forwards") == 0; }));
}

// --- the published protocol ---

class PublishedForwarding : public ForwardingTest {
  protected:
    void SetUp() override {
        ForwardingTest::SetUp();
        backend.set_identity(&identity);
        backend.change_app("elsewhere", [&](registry::App& app) {
            app.record.gateway.published = true;
            app.members[member.id] = {member.id, registry::MembershipState::approved, {}};
        });
        others.answers = [](const auto&, const auto&) {
            return Forwarded{
                Response{.body = R"({"header":{"code":0,"msg":"处理成功"},"mac":"bm8=",)"
                                 R"("body":{"blockHash":"ab","height":7,"preBlockHash":"cd"}})"},
                true};
        };
    }
    json ask(const Person& person, const char* path, const std::string& fields = "",
             const json& body = json::object()) {
        return json::parse(
            post(path, "", published_request(person, "elsewhere", fields, body).dump()).body);
    }
};

constexpr const char* k_ledger = "/api/fabric/v1/node/getLedgerInfo";

TEST_F(PublishedForwarding, SignsAsTheGatewayThatTheClientKnows) {
    serve();
    const json answer = ask(member, k_ledger);
    EXPECT_EQ(answer["header"]["code"], 0) << answer;
    EXPECT_EQ(answer["body"]["height"], 7);
    const auto text = gateway::published::signed_answer(
        *gateway::published::find_endpoint(k_ledger), gateway::Json::parse(answer["body"].dump()));
    EXPECT_TRUE(gateway::published::verify_mac(identity.public_key(crypto::SuiteId::secp256r1),
                                               text, answer["mac"].get<std::string>())
                    .ok());
    EXPECT_EQ(asked().size(), 1U);
}

TEST_F(PublishedForwarding, StrangersAndForgersGetNoFurther) {
    serve();
    EXPECT_EQ(ask(stranger, k_ledger)["header"]["code"], -1);
    json forged = published_request(stranger, "elsewhere", "", json::object());
    forged["header"]["userCode"] = to_hex(member.id);
    EXPECT_EQ(json::parse(post(k_ledger, "", forged.dump()).body)["header"]["code"], -1);
    EXPECT_TRUE(asked().empty());
}

TEST_F(PublishedForwarding, RefusalsAndSilenceAreToldInItsForm) {
    others.answers = [](const auto&, const auto&) {
        return Forwarded{
            Response{.body = R"({"header":{"code":-1,"msg":"too late"},"mac":"","body":null})"},
            true};
    };
    serve();
    json answer = ask(member, k_ledger);
    EXPECT_EQ(answer["header"]["msg"], "too late");
    EXPECT_FALSE(answer["mac"].get<std::string>().empty());
    for (const char* strange : {"", "[]", R"({"header":{},"body":null})",
                                R"({"header":{"code":0,"msg":""},"body":{"height":"x"}})"}) {
        others.answers = [strange](const auto&, const auto&) {
            return Forwarded{Response{.body = strange}, true};
        };
        answer = ask(member, k_ledger);
        EXPECT_EQ(answer["header"]["code"], -1) << strange;
    }
    others.answers = [](const auto&, const auto&) { return nobody(); };
    answer = ask(member, k_ledger);
    EXPECT_EQ(answer["header"]["code"], -1);
    EXPECT_NE(answer["header"]["msg"].get<std::string>().find("nobody is there"),
              std::string::npos);
}

TEST_F(PublishedForwarding, WhatANodeRemembersIsAskedOfTheSameOneAlways) {
    others.answers = [](const auto&, const auto&) { return nobody(); };
    serve();
    const char* query = "/api/fabric/v1/chainCode/event/query";
    ask(member, query);
    const auto first = asked();
    ASSERT_EQ(first.size(), 1U);
    others.far = {first[0]};
    ask(member, query);
    EXPECT_EQ(asked(), first);
}

TEST_F(PublishedForwarding, AnInvocationIsForOneNodeSinceItHasNoKeyOfItsOwn) {
    others.answers = [](const auto&, const auto&) { return nobody(true); };
    serve();
    const char* invoke = "/api/fabric/v1/node/reqChainCode";
    const json body = {{"chainCode", "kv"}, {"funcName", "set"}, {"args", {"a"}}};
    const json answer = ask(member, invoke, "kvseta", body);
    EXPECT_EQ(asked().size(), 1U);
    EXPECT_NE(answer["header"]["msg"].get<std::string>().find("may have happened"),
              std::string::npos)
        << answer;
}

TEST_F(PublishedForwarding, WhatWasHandedOnIsRefusedSoThatAnotherNodeIsAsked) {
    serve();
    Request request;
    request.method = "POST";
    request.target = k_ledger;
    request.body = to_bytes(published_request(member, "elsewhere", "", json::object()).dump());
    std::promise<unsigned> status;
    server->answer_forwarded(
        request, [&](const gateway::MakeResponse& make) { status.set_value(make().status); });
    EXPECT_EQ(status.get_future().get(), 503U);
    EXPECT_TRUE(asked().empty());
}

}  // namespace
}  // namespace bsn::testing
