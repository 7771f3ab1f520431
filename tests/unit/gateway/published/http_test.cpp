// The published protocol by HTTP: who may call what, and the answers' form.
#include "../fake_user_keys.hpp"
#include "../published_request.hpp"
#include "registry/contract.hpp"

#include <mutex>

namespace bsn::testing {
namespace {

using gateway::published::find_endpoint;
using nlohmann::json;

/// Keeps registrations in memory.
class FakeRegistrations final : public gateway::published::EventRegistrations {
  public:
    using Registration = gateway::published::EventRegistration;
    void add(const Registration& registration, Added done) override {
        all.push_back(registration);
        done({});
    }
    Result<std::vector<Registration>> of(const ledger::ChannelId&,
                                         const ledger::ParticipantId& user) override {
        std::vector<Registration> found;
        for (const auto& one : all) {
            if (one.user == user) found.push_back(one);
        }
        return found;
    }
    Status remove(const ledger::ChannelId&, const ledger::ParticipantId&,
                  std::string_view id) override {
        if (std::erase_if(all, [&](const auto& one) { return one.id == id; }) == 1) return {};
        return Error{Code::not_found, "there is no such registration"};
    }

    std::vector<Registration> all;
};

class PublishedHttp : public GatewayTest {
  protected:
    void SetUp() override {
        GatewayTest::SetUp();
        backend.set_identity(&identity);
        backend.change_app("kv", [](registry::App& app) {
            app.record.gateway.published = true;
            app.record.gateway.keys = registry::KeyMode::trust;
        });
    }

    static json request_of(const Person& person, const std::string& fields, const json& body,
                           const std::string& app = "kv") {
        return published_request(person, app, fields, body);
    }
    json call(std::string_view path, const json& request, std::string_view type = "") {
        Answer answer = post(path, type, request.dump());
        EXPECT_EQ(answer.status, 200);
        EXPECT_FALSE(answer.body.empty());
        EXPECT_EQ(answer.headers["content-length"], std::to_string(answer.body.size()));
        EXPECT_FALSE(answer.headers.contains("transfer-encoding"));
        return json::parse(answer.body);
    }
    json call_as(const Person& person, std::string_view path, const std::string& fields,
                 const json& body) {
        return call(path, request_of(person, fields, body));
    }
    static std::string message(const json& answer) {
        EXPECT_EQ(answer["header"]["code"], -1);
        EXPECT_TRUE(answer["body"].is_null());
        return answer["header"]["msg"];
    }

    ordering::NodeIdentity identity = make_identity();
    FakeRegistrations registrations;
};

constexpr const char* k_ledger = "/api/fabric/v1/node/getLedgerInfo";
constexpr const char* k_info = "/api/app/getAppInfo";

TEST_F(PublishedHttp, TellsOfAnAppWithoutASignature) {
    serve();
    json request = request_of(member, "", nullptr);
    request["mac"] = "";
    const json answer = call(k_info, request);
    EXPECT_EQ(answer["header"]["code"], 0) << answer;
    EXPECT_EQ(answer["body"], json({{"appName", "kv"},
                                    {"appType", "fabric"},
                                    {"caType", 1},
                                    {"algorithmType", 2},
                                    {"mspId", "BsnMSP"},
                                    {"channelId", "kv"},
                                    {"fabricVersion", "2.2.1"}}));
}

TEST_F(PublishedHttp, AnswersAMemberWhoSignsAndSignsTheAnswer) {
    backend.kv().add_block({"one"});
    serve();
    const json answer = call_as(member, k_ledger, "", json::object());
    ASSERT_EQ(answer["header"]["code"], 0) << answer;
    EXPECT_EQ(answer["header"]["msg"], "处理成功");
    EXPECT_EQ(answer["body"]["height"], backend.kv().height());
    const auto signed_text = gateway::published::signed_answer(
        *find_endpoint(k_ledger), gateway::Json::parse(answer["body"].dump()));
    EXPECT_TRUE(gateway::published::verify_mac(identity.public_key(crypto::SuiteId::secp256r1),
                                               signed_text, answer["mac"].get<std::string>())
                    .ok());
}

TEST_F(PublishedHttp, LeavesItsOwnMacOutWhereTheNodeSaysSo) {
    options.published_mac = false;
    serve();
    EXPECT_EQ(call_as(member, k_ledger, "", nullptr)["mac"], "");
}

/// A body with every field that an endpoint has, and what is signed of it.
std::pair<json, std::string> whole_body(const gateway::published::Endpoint& endpoint) {
    using gateway::published::FieldKind;
    json body = json::object();
    std::string fields;
    for (const auto& field : endpoint.fields) {
        const std::string name(field.name);
        switch (field.kind) {
            case FieldKind::number: body[name] = 7; break;
            case FieldKind::texts: body[name] = json::array({"x"}); break;
            case FieldKind::text_map: body[name] = {{"x", ""}}; break;
            default: body[name] = "x"; break;
        }
        fields += field.kind == FieldKind::number ? "7" : "x";
    }
    return {body, fields};
}

/// For whichever framework's app: who is no member learns nothing, not even what calls it has.
TEST_F(PublishedHttp, RefusesStrangersOnEveryEndpoint) {
    serve();
    const Person nobody;
    for (const char* framework : {"ledger", "fabric", "fabric-network", "fisco"}) {
        backend.change_app("kv", [&](registry::App& app) { app.record.framework = framework; });
        for (const auto& endpoint : gateway::published::endpoints()) {
            SCOPED_TRACE(std::string(framework) + " " + std::string(endpoint.path));
            const auto [body, fields] = whole_body(endpoint);
            EXPECT_EQ(message(call_as(stranger, endpoint.path, fields, body)),
                      "userCode is no member of the app \"kv\"");
            EXPECT_NE(message(call_as(nobody, endpoint.path, fields, body)).find("no participant"),
                      std::string::npos);
            if (endpoint.path == k_info) continue;
            json forged = request_of(stranger, fields, body);
            forged["header"]["userCode"] = to_hex(member.id);
            const json answer = call(endpoint.path, forged);
            EXPECT_NE(message(answer).find("mac: "), std::string::npos);
            EXPECT_TRUE(gateway::published::verify_mac(
                            identity.public_key(crypto::SuiteId::secp256r1), "-1" + message(answer),
                            answer["mac"].get<std::string>())
                            .ok());
        }
    }
}

TEST_F(PublishedHttp, ServesOnlyAppsThatAreOpenedToIt) {
    serve();
    for (const char* app : {"open", "nobody", "", "system"}) {
        const json answer = call(k_ledger, request_of(member, "", nullptr, app));
        EXPECT_NE(message(answer).find("is served by this protocol"), std::string::npos);
    }
    const std::string channel = to_hex(FakeBackend::channel_of("kv"));
    EXPECT_NE(message(call(k_ledger, request_of(member, "", nullptr, channel))).find("appCode is"),
              std::string::npos);
}

TEST_F(PublishedHttp, FollowsTheParticipantsKey) {
    serve();
    const Person renewed;
    backend.change_participant(member.id,
                               [&](auto& record) { record.key = renewed.key.public_key(); });
    EXPECT_NE(message(call_as(member, k_ledger, "", nullptr)).find("mac: "), std::string::npos);
    backend.change_participant(member.id, [](auto& record) { record.revoked = true; });
    EXPECT_NE(message(call_as(member, k_ledger, "", nullptr)).find("no participant"),
              std::string::npos);
}

TEST_F(PublishedHttp, HasTheEndpointsOfTheAppsFrameworkAndKeyMode) {
    serve();
    for (const char* path :
         {"/api/fiscobcos/v1/node/getBlockHeight", "/api/xuperchain/v1/event/query",
          "/api/cita/v1/node/getBlockHeight"}) {
        EXPECT_NE(message(call_as(member, path, "", nullptr))
                      .find("has the endpoints of Fabric, not those of"),
                  std::string::npos);
    }
    EXPECT_NE(message(call_as(member, "/api/fabric/v1/node/trans", "QQ==", {{"transData", "QQ=="}}))
                  .find("is in key trust mode"),
              std::string::npos);
}

TEST_F(PublishedHttp, SaysWhatIsWrongWithARequest) {
    serve();
    Answer answer = post(k_ledger, "text/plain", "{");
    EXPECT_EQ(answer.status, 200);
    EXPECT_NE(message(answer.json()).find("not the JSON"), std::string::npos);
    EXPECT_EQ(get(k_ledger).status, 405);
    EXPECT_EQ(post("/api/app/getAppInf%6F", "", "{}").json()["header"]["code"], -1);
    json without = request_of(member, "", nullptr);
    without.erase("mac");
    EXPECT_NE(message(call(k_ledger, without)).find("has no mac"), std::string::npos);
}

TEST_F(PublishedHttp, TellsOfBlocksAndTransactions) {
    backend.kv().add_block({"one", "refuse two"});
    serve();
    const std::string id = to_hex(FakeChain::id_of(as_bytes("one")));
    const json found = call_as(member, "/api/fabric/v1/node/getTransaction", id, {{"txId", id}});
    ASSERT_EQ(found["header"]["code"], 0) << found;
    EXPECT_EQ(found["body"]["status"], 0);
    EXPECT_EQ(found["body"]["blockNumber"], 1);
    const json block =
        call_as(member, "/api/fabric/v1/node/getBlockInfo", "0" + id, {{"txId", id}});
    ASSERT_EQ(block["header"]["code"], 0) << block;
    EXPECT_EQ(block["body"]["blockTxCount"], 2);
    EXPECT_EQ(block["body"]["transactions"][0]["txId"], id);
    EXPECT_EQ(block["body"]["transactions"][1]["status"], 255);
    EXPECT_EQ(block["body"]["blockHash"], found["body"]["blockHash"]);
    const json data = call_as(member, "/api/fabric/v1/node/getTransdata", id + "json",
                              {{"txId", id}, {"dataType", "json"}});
    EXPECT_EQ(json::parse(data["body"]["transData"].get<std::string>())["id"], id);
    EXPECT_NE(
        message(call_as(member, "/api/fabric/v1/node/getBlockData", "1", {{"blockNumber", 1}}))
            .find("\"dataType\": \"json\""),
        std::string::npos);
    EXPECT_NE(message(call_as(member, "/api/fabric/v1/node/getBlockInfo", "0", nullptr))
                  .find("name a block"),
              std::string::npos);
    EXPECT_NE(message(call_as(member, "/api/fabric/v1/node/reqChainCode", "", nullptr))
                  .find("keeps no keys"),
              std::string::npos);
}

/// The example of custody: a member's users are added by the node, and sign what the member asks.
class PublishedTrust : public PublishedHttp {
  protected:
    void SetUp() override {
        PublishedHttp::SetUp();
        backend.set_user_keys(&keys);
        backend.change_app("kv", [&](registry::App& app) {  // users are members with their roles
            app.record.roles.front().functions.push_back("kv.set");
        });
        backend.system().on_make_transaction = [this](const framework::Invocation& invocation) {
            additions.push_back(invocation);
            if (on_system == "added") let_in(to_text(invocation.arguments.at(2)));
            return Result<Bytes>(to_bytes(on_system));
        };
        backend.kv().on_make_transaction = [this](const framework::Invocation& invocation) {
            signers.push_back(invocation.identity->participant());
            return Result<Bytes>(to_bytes(on_kv));
        };
    }
    /// Lets a user in, as the permission chain would.
    void let_in(const std::string& name) {
        auto key = keys.find_or_create(user(name), crypto::SuiteId::secp256r1);
        backend.add_participant({ledger::participant_id_of(*key), *key, name, false}, true);
    }
    gateway::CustodyUser user(const std::string& name) {
        return {FakeBackend::channel_of("kv"), member.id, name};
    }
    json invoke(const std::string& name, const std::string& function) {
        return call_as(member, "/api/fabric/v1/node/reqChainCode",
                       name + "bm9uY2U=" + "kv" + function + "ab",
                       {{"userName", name},
                        {"nonce", "bm9uY2U="},
                        {"chainCode", "kv"},
                        {"funcName", function},
                        {"args", {"a", "b"}}});
    }

    FakeUserKeys keys;
    std::string on_system = "added";
    std::string on_kv = "done";
    std::vector<framework::Invocation> additions;
    std::vector<Bytes> signers;
};

TEST_F(PublishedTrust, RegistersUsersInTheNodesName) {
    serve();
    const json answer = call_as(member, "/api/fabric/v1/user/register", "alicesecret",
                                {{"name", "alice"}, {"secret", "secret"}});
    ASSERT_EQ(answer["header"]["code"], 0) << answer;
    EXPECT_EQ(answer["body"], json({{"name", "alice"}, {"secret", "secret"}}));
    ASSERT_EQ(additions.size(), 1U);
    EXPECT_EQ(additions[0].function, "add_user");
    std::vector<std::string> arguments;
    for (const Bytes& one : additions[0].arguments) arguments.push_back(to_text(one));
    const auto key = *keys.find(user("alice"));
    ASSERT_EQ(arguments.size(), 6U);
    EXPECT_EQ(arguments[0], "kv");
    EXPECT_EQ(arguments[1], to_hex(member.id));
    EXPECT_EQ(arguments[2], "alice");
    EXPECT_EQ(arguments[3], "secp256r1");
    EXPECT_EQ(arguments[4], to_hex(key.bytes));
    const Bytes statement = registry::user_statement(
        backend.network(), FakeBackend::channel_of("kv"), member.id, "alice", key);
    EXPECT_TRUE(
        crypto::verify(key, statement, *fixed_from_hex<crypto::Signature>(arguments[5])).ok());

    on_system = "refuse it";
    EXPECT_NE(
        message(call_as(member, "/api/fabric/v1/user/register", "bob", {{"name", "bob"}})).size(),
        0U);
    EXPECT_NE(
        message(call_as(member, "/api/fabric/v1/user/register", "", nullptr)).find("\"name\""),
        std::string::npos);
}

TEST_F(PublishedTrust, InvokesInTheNameOfAUser) {
    let_in("alice");
    serve();
    const json written = invoke("alice", "set");
    ASSERT_EQ(written["header"]["code"], 0) << written;
    EXPECT_EQ(written["body"]["ccRes"], json({{"ccCode", 200}, {"ccData", "done"}}));
    EXPECT_EQ(written["body"]["blockInfo"]["status"], 0);
    EXPECT_EQ(written["body"]["blockInfo"]["txId"], to_hex(FakeChain::id_of(as_bytes("done"))));
    ASSERT_EQ(signers.size(), 1U);
    EXPECT_EQ(signers[0], to_bytes(ledger::participant_id_of(*keys.find(user("alice"))).view()));

    const json read = invoke("alice", "echo");
    ASSERT_EQ(read["header"]["code"], 0) << read;
    EXPECT_EQ(read["body"]["blockInfo"]["txId"], "");
    EXPECT_EQ(read["body"]["ccRes"], json({{"ccCode", 200}, {"ccData", "ab"}}));
    EXPECT_EQ(signers.size(), 1U);

    on_kv = "refuse this";
    const json refused = invoke("alice", "set");
    EXPECT_EQ(refused["header"]["code"], 0);
    EXPECT_EQ(refused["body"]["ccRes"]["ccCode"], 500);
    EXPECT_EQ(refused["body"]["blockInfo"]["status"], 255);
    EXPECT_NE(message(invoke("alice", "erase")).find("no role of yours"), std::string::npos);
    EXPECT_EQ(message(invoke("bob", "set")), "no key of bob");
}

TEST_F(PublishedTrust, SubmitsNothingThatIsNotRecorded) {
    let_in("alice");
    keys.recorded = Error{Code::io_error, "the disk is full"};
    serve();
    const std::uint64_t height = backend.kv().height();
    EXPECT_EQ(message(invoke("alice", "set")), "the disk is full");
    EXPECT_EQ(backend.kv().height(), height);
}

TEST_F(PublishedTrust, SendsAgainWhatTheChainTakesFromMembersOnlyAMomentLater) {
    let_in("alice");
    on_kv = "early";
    serve();
    const json taken = invoke("alice", "set");
    EXPECT_EQ(taken["header"]["code"], 0) << taken;
    on_kv = "fail forbidden";
    EXPECT_EQ(invoke("alice", "set")["header"]["code"], -1);
}

TEST_F(PublishedTrust, CallsThatTheChainRefusesHoldUpNobody) {
    constexpr int k_calls = 200;
    let_in("alice");
    on_kv = "fail forbidden";
    serve();
    const std::string body = request_of(member, "alicebm9uY2U=kvsetab",
                                        {{"userName", "alice"},
                                         {"nonce", "bm9uY2U="},
                                         {"chainCode", "kv"},
                                         {"funcName", "set"},
                                         {"args", {"a", "b"}}})
                                 .dump();
    std::vector<std::unique_ptr<TestClient>> clients;
    for (int i = 0; i < k_calls; ++i) {
        clients.push_back(std::make_unique<TestClient>(server->port()));
        ASSERT_TRUE(clients.back()->send(
            TestClient::encode("POST", "/api/fabric/v1/node/reqChainCode", {}, body)));
    }
    ASSERT_TRUE(eventually([&] { return backend.kv().height() >= k_calls; }));
    std::vector<double> others;
    TestClient other(server->port());
    for (int i = 0; i < 100; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        EXPECT_EQ(other.get("/v1/apps/open/height").status, 200);
        const std::chrono::duration<double, std::milli> took =
            std::chrono::steady_clock::now() - begin;
        others.push_back(took.count());
    }
    std::sort(others.begin(), others.end());
    EXPECT_LT(others[50], 10) << "milliseconds, of another app's calls meanwhile";
    EXPECT_LT(others[99], 250);
    for (auto& client : clients) {
        EXPECT_EQ(client->read_answer().json()["header"]["code"], -1);
    }
    EXPECT_LE(backend.kv().height(), 11U * k_calls) << "sent again for about a second";
}

TEST_F(PublishedTrust, MakesTheDefaultUserWhenFirstNeeded) {
    serve();
    const json done = invoke("", "set");
    ASSERT_EQ(done["header"]["code"], 0) << done;
    EXPECT_EQ(done["body"]["ccRes"]["ccCode"], 200);
    EXPECT_EQ(invoke("", "set")["header"]["code"], 0);
    ASSERT_EQ(additions.size(), 1U);
    EXPECT_EQ(to_text(additions[0].arguments[2]), "default");
    EXPECT_TRUE(keys.find(user("default")).ok());
}

TEST_F(PublishedHttp, KeepsRegistrationsOfEvents) {
    backend.set_event_registrations(&registrations);
    serve();
    constexpr const char* k_register = "/api/fabric/v1/chainCode/event/register";
    const json made = call_as(member, k_register, "kvput.*http://h/nx",
                              {{"chainCode", "kv"},
                               {"eventKey", "put.*"},
                               {"notifyUrl", "http://h/n"},
                               {"attachArgs", "x"}});
    ASSERT_EQ(made["header"]["code"], 0) << made;
    const std::string id = made["body"]["eventId"];
    EXPECT_EQ(id.size(), 32U);
    call_as(member, "/api/fabric/v1/chainCode/event/blockRegister", "http://h/b",
            {{"notifyUrl", "http://h/b"}});
    ASSERT_EQ(registrations.all.size(), 2U);
    EXPECT_TRUE(registrations.all[1].blocks);
    const json all = call_as(member, "/api/fabric/v1/chainCode/event/query", "", nullptr);
    ASSERT_EQ(all["body"].size(), 2U) << all;
    EXPECT_EQ(all["body"][0]["eventId"], id);
    EXPECT_FALSE(all["body"][0].contains("eventType"));
    EXPECT_EQ(all["body"][1]["eventType"], "block");
    constexpr const char* k_remove = "/api/fabric/v1/chainCode/event/remove";
    const json removed = call_as(member, k_remove, id, {{"eventId", id}});
    EXPECT_EQ(removed["header"]["code"], 0);
    EXPECT_TRUE(removed["body"].is_null());
    EXPECT_EQ(message(call_as(member, k_remove, id, {{"eventId", id}})),
              "there is no such registration");
    EXPECT_NE(message(call_as(member, k_register, "kvkftp://h",
                              {{"chainCode", "kv"}, {"eventKey", "k"}, {"notifyUrl", "ftp://h"}}))
                  .find("http://HOST"),
              std::string::npos);
}

TEST_F(PublishedHttp, WithoutRegistrationsSaysWhereEventsAreRead) {
    serve();
    EXPECT_NE(message(call_as(member, "/api/fabric/v1/chainCode/event/query", "", nullptr))
                  .find("/v1/apps/{app}/events"),
              std::string::npos);
}

}  // namespace
}  // namespace bsn::testing
