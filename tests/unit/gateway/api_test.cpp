// Each call of the API's table, as a caller sees it.
#include "gateway_fixture.hpp"
#include "ledger/bundle.hpp"
#include "support/receipt_world.hpp"

#include <sstream>

namespace bsn::testing {
namespace {

class Api : public GatewayTest {
  protected:
    void SetUp() override {
        GatewayTest::SetUp();
        backend.kv().add_block({"first", "refuse: no", "emit greeting hello"});
        serve();
    }
    std::string id(std::string_view transaction) {
        return to_hex(FakeChain::id_of(as_bytes(transaction)));
    }
};

TEST_F(Api, HealthIsOk) {
    Answer answer = get("/healthz");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "ok\n");
}

TEST_F(Api, HealthNamesTheChainThatStopped) {
    backend.set_alarm("its header differs from the quorum's");
    Answer answer = get("/healthz");
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.body, "kv: its header differs from the quorum's\n");
}

TEST_F(Api, MetricsCountRequestsByRouteAndStatus) {
    get("/v1/apps/kv");
    get("/v1/apps/unknown");
    get("/nothing");
    Answer answer = get("/metrics");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers["content-type"], MetricsRegistry::k_content_type);
    for (const char* line : {"bsn_http_requests_total{route=\"/v1/apps/{app}\",status=\"200\"} 1",
                             "bsn_http_requests_total{route=\"/v1/apps/{app}\",status=\"404\"} 1",
                             "bsn_http_requests_total{route=\"none\",status=\"404\"} 1",
                             "bsn_http_request_seconds_count{route=\"/v1/apps/{app}\"} 2",
                             "bsn_http_connections", "bsn_http_streams 0"}) {
        EXPECT_NE(answer.body.find(line), std::string::npos) << line << "\n" << answer.body;
    }
}

TEST_F(Api, GenesisIsTheFileByteForByte) {
    EXPECT_EQ(get("/v1/genesis").body, backend.genesis_json());
}

TEST_F(Api, StatusNamesNodeAndChains) {
    auto json = get("/v1/status").json();
    EXPECT_EQ(json["network"], to_hex(backend.network()));
    EXPECT_EQ(json["ordering"], "embedded");
    EXPECT_EQ(json["chains"][1]["app"], "kv");
    EXPECT_EQ(json["chains"][1]["height"], 9);
}

TEST_F(Api, NodesHaveAKeyForEachSuite) {
    auto json = get("/v1/nodes").json();
    EXPECT_EQ(json["nodes"][0]["city"], "Beijing");
    EXPECT_TRUE(json["nodes"][0]["keys"].contains("sm2"));
}

TEST_F(Api, ParticipantShowsTheCurrentKey) {
    auto json = get("/v1/participants/" + to_hex(member.id)).json();
    EXPECT_EQ(json["key"], to_hex(member.key.public_key().bytes));
    EXPECT_EQ(json["suite"], "secp256r1");
    EXPECT_EQ(json["revoked"], false);
    EXPECT_EQ(get("/v1/participants/" + std::string(64, '0')).code(), "not_found");
    EXPECT_EQ(get("/v1/participants/abc").code(), "invalid_argument");
}

TEST_F(Api, AppsAreListedForAnyone) {
    auto json = get("/v1/apps").json();
    ASSERT_EQ(json["apps"].size(), 3U);
    EXPECT_EQ(json["apps"][1]["name"], "kv");
    EXPECT_EQ(json["apps"][1]["nodes"].size(), 3U);
    EXPECT_EQ(json["apps"][1]["quorum"], 2);
    EXPECT_EQ(json["apps"][1]["contracts"][0]["type"], "kv");
    EXPECT_FALSE(json["apps"][1].contains("members"));
}

TEST_F(Api, AppShowsItsMembersToMembersOnly) {
    EXPECT_FALSE(get("/v1/apps/kv").json().contains("members"));
    EXPECT_FALSE(get_as(stranger, "/v1/apps/kv").json().contains("members"));
    auto json = get_as(member, "/v1/apps/kv").json();
    EXPECT_EQ(json["members"][0]["participant"], to_hex(member.id));
    EXPECT_EQ(json["membership"]["state"], "approved");
}

TEST_F(Api, AppIsFoundByChannelToo) {
    auto json = get("/v1/apps/" + to_hex(FakeBackend::channel_of("kv"))).json();
    EXPECT_EQ(json["name"], "kv");
}

TEST_F(Api, QueryAnswersWithTextAndBase64) {
    auto json =
        post_as(member, "/v1/apps/kv/query",
                R"({"contract":"kv","function":"echo","arguments":["a",{"base64":"YmM="}]})")
            .json();
    EXPECT_EQ(json["result"], "YWJj");
    EXPECT_EQ(json["result_text"], "abc");
    EXPECT_EQ(json["height"], 1);
}

TEST_F(Api, QueryAnswerThatIsNoTextIsBase64Only) {
    auto json =
        post_as(member, "/v1/apps/kv/query", R"({"contract":"kv","function":"bytes"})").json();
    EXPECT_EQ(json["result"], "//4=");
    EXPECT_FALSE(json.contains("result_text"));
}

TEST_F(Api, QueryTellsTheContractWhoAsks) {
    std::string body = R"({"contract":"kv","function":"whoami"})";
    EXPECT_EQ(post_as(member, "/v1/apps/kv/query", body).json()["result_text"], to_hex(member.id));
    EXPECT_EQ(post("/v1/apps/open/query", "application/json", body).json()["result_text"],
              "nobody");
}

TEST_F(Api, QueryThatTheContractRefusesIs422) {
    Answer answer = post_as(member, "/v1/apps/kv/query", R"({"contract":"kv","function":"wrong"})");
    EXPECT_EQ(answer.status, 422);
    EXPECT_EQ(answer.code(), "contract_failed");
}

TEST_F(Api, QueryNeedsARole) {
    std::string body = R"({"contract":"kv","function":"drop"})";
    EXPECT_EQ(post_as(member, "/v1/apps/kv/query", body).status, 403);
    EXPECT_EQ(post_as(stranger, "/v1/apps/kv/query", body).status, 403);
    EXPECT_EQ(post("/v1/apps/kv/query", "application/json", body).status, 401);
}

TEST_F(Api, QueryRefusesBodiesThatAreNotWhatItTakes) {
    for (const char* body :
         {"", "{", "[]", "nul", R"({"contract":"kv"})", R"({"contract":1,"function":"echo"})",
          R"({"contract":"kv","function":"echo","arguments":"a"})",
          R"({"contract":"kv","function":"echo","arguments":[1]})",
          R"({"contract":"kv","function":"echo","arguments":[{"base64":"!"}]})",
          R"({"contract":"kv","function":"echo","argument":[]})",
          R"({"contract":"kv","contract":"kv","function":"echo"})", "{\"contract\":\"\xff\"}"}) {
        Answer answer = post_as(member, "/v1/apps/kv/query", body);
        EXPECT_EQ(answer.status, 400) << body;
        EXPECT_EQ(answer.code(), "invalid_argument") << body;
    }
    Answer answer = post_as(member, "/v1/apps/kv/query", R"({"contract":"kv",,})");
    EXPECT_NE(answer.message().find("at byte 18"), std::string::npos) << answer.message();
}

TEST_F(Api, HeightIsForMembers) {
    EXPECT_EQ(get_as(member, "/v1/apps/kv/height").json()["height"], 1);
    EXPECT_EQ(get("/v1/apps/kv/height").status, 401);
    EXPECT_EQ(get_as(stranger, "/v1/apps/kv/height").status, 403);
    EXPECT_EQ(get("/v1/apps/open/height").json()["height"], 0);
}

TEST_F(Api, SystemChannelIsPublic) {
    backend.system().add_block({"publish"});
    EXPECT_EQ(get("/v1/apps/system/height").json()["height"], 1);
    EXPECT_EQ(get("/v1/apps/system/blocks/1").json()["transactions"][0], id("publish"));
    EXPECT_EQ(get("/v1/apps/system/transactions/" + id("publish")).status, 200);
    EXPECT_EQ(get("/v1/apps/" + to_hex(FakeBackend::channel_of("system")) + "/height").status, 200);
    EXPECT_EQ(post("/v1/apps/system/query", "application/json",
                   R"({"contract":"registry","function":"echo"})")
                  .status,
              200);
    EXPECT_EQ(get("/v1/apps/system").code(), "not_found");
}

TEST_F(Api, BlockByHeightHashOrLatest) {
    auto json = get_as(member, "/v1/apps/kv/blocks/1").json();
    EXPECT_EQ(json["height"], 1);
    EXPECT_EQ(json["final"], true);
    EXPECT_EQ(json["signers"], 2);
    EXPECT_EQ(json["transactions"].size(), 3U);
    EXPECT_TRUE(json["details"].contains("controls"));
    EXPECT_EQ(get_as(member, "/v1/apps/kv/blocks/latest").json(), json);
    EXPECT_EQ(get_as(member, "/v1/apps/kv/blocks/" + json["hash"].get<std::string>()).json(), json);
    EXPECT_EQ(get_as(member, "/v1/apps/kv/blocks/99").code(), "not_found");
    EXPECT_EQ(get_as(member, "/v1/apps/kv/blocks/" + std::string(64, 'f')).code(), "not_found");
    for (const char* wrong : {"first", "-1", "99999999999999999999999", "1x"}) {
        EXPECT_EQ(get_as(member, std::string("/v1/apps/kv/blocks/") + wrong).code(),
                  "invalid_argument");
    }
}

TEST_F(Api, TransactionShowsWhatCameOfIt) {
    auto json = get_as(member, "/v1/apps/kv/transactions/" + id("first")).json();
    EXPECT_EQ(json["status"], "success");
    EXPECT_EQ(json["result_text"], "first");
    EXPECT_EQ(json["function"], "set");
    EXPECT_EQ(json["arguments"][0], "a");
    EXPECT_EQ(json["arguments"][1]["base64"], "/wA=");
    EXPECT_EQ(json["raw"], to_base64(as_bytes("first")));
    auto refused = get_as(member, "/v1/apps/kv/transactions/" + id("refuse: no")).json();
    EXPECT_EQ(refused["status"], "refused");
    EXPECT_EQ(refused["error"], "refuse: no");
    EXPECT_EQ(get_as(member, "/v1/apps/kv/transactions/" + id("none")).code(), "not_found");
    EXPECT_EQ(get_as(member, "/v1/apps/kv/transactions/xyz").code(), "invalid_argument");
}

TEST_F(Api, ReceiptIsTheBundleByteForByte) {
    std::string bundle = ReceiptWorld().bundle().to_json();
    backend.kv().set_proof(Bytes(32, 1), bundle);
    std::string target = "/v1/apps/kv/transactions/" + to_hex(Bytes(32, 1)) + "/receipt";
    EXPECT_EQ(get_as(member, target).body, bundle);
    EXPECT_EQ(get(target).status, 401);
    EXPECT_EQ(get_as(member, "/v1/apps/kv/transactions/" + id("none") + "/receipt").status, 404);
}

TEST_F(Api, ManyReceiptsComeOnALineEach) {
    auto bundle = ReceiptWorld().bundle();
    Bytes encoded = bundle.encode();
    backend.kv().set_proof(Bytes(32, 1), bundle.to_json());
    nlohmann::json ids = nlohmann::json::array();
    for (int i = 0; i < 999; ++i) ids.push_back(to_hex(Bytes(32, 1)));
    ids.push_back(id("none"));
    Answer answer = post_as(member, "/v1/apps/kv/receipts", nlohmann::json{{"ids", ids}}.dump());
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers["content-type"], "application/x-ndjson");
    std::istringstream lines(answer.body);
    std::string line;
    for (int i = 0; i < 999; ++i) {
        ASSERT_TRUE(std::getline(lines, line)) << i;
        ASSERT_EQ(line, "{\"id\":\"" + to_hex(Bytes(32, 1)) + "\",\"bundle\":\"" + to_hex(encoded) +
                            "\"}");
    }
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_EQ(nlohmann::json::parse(line)["error"]["code"], "not_found");
    EXPECT_FALSE(std::getline(lines, line));
}

TEST_F(Api, ManyReceiptsRefuseWhatTheyCannotTake) {
    nlohmann::json ids = nlohmann::json::array();
    for (int i = 0; i < 1001; ++i) ids.push_back(std::string(64, '0'));
    EXPECT_EQ(post_as(member, "/v1/apps/kv/receipts", nlohmann::json{{"ids", ids}}.dump()).status,
              413);
    for (const char* body : {R"({})", R"({"ids":[]})", R"({"ids":[1]})", R"({"ids":["xx"]})",
                             R"({"ids":"00"})", R"({"id":["00"]})"}) {
        EXPECT_EQ(post_as(member, "/v1/apps/kv/receipts", body).status, 400) << body;
    }
    EXPECT_EQ(post("/v1/apps/kv/receipts", "application/json", R"({"ids":["00"]})").status, 401);
}

TEST_F(Api, UnknownAppIsNotFoundAndOneElsewhereIsUnavailable) {
    for (const char* call : {"height", "blocks/1", "transactions/00", "events"}) {
        Answer answer = get(std::string("/v1/apps/nowhere/") + call);
        EXPECT_EQ(answer.status, 404) << call;
        EXPECT_EQ(answer.code(), "not_found") << call;
    }
    Answer answer = get("/v1/apps/elsewhere/height");
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.code(), "unavailable");
    EXPECT_TRUE(answer.headers.contains("retry-after"));
}

}  // namespace
}  // namespace bsn::testing
