#include "fabric_fixture.hpp"

#include <nlohmann/json.hpp>

#include <set>

namespace bsn::framework::fabric {
namespace {

using namespace testing;
using nlohmann::json;

class FabricContractServer : public ContractServerTest {};
TEST_F(FabricContractServer, DepositsAndAnswers) {
    start(contract::make_evidence_contract());
    auto deposited = call({"deposit", hash_text(7), "meta"});
    EXPECT_EQ(deposited.status, 200) << deposited.message;
    EXPECT_EQ(peer_->state.size(), 2U);

    auto found = call({"get", hash_text(7), user_.participant()});
    ASSERT_EQ(found.status, 200) << found.message;
    auto record = json::parse(found.payload);
    EXPECT_EQ(record["owner"], user_.participant());
    EXPECT_EQ(record["transaction"], transaction_id(1));
    EXPECT_EQ(record["timeMillis"], 1'795'333'801'123);
    EXPECT_EQ(record["height"], 1'795'333'801'123'000);
    EXPECT_EQ(record["metadata"], "meta");
    EXPECT_EQ(found.questions, std::vector<std::string>{"GET_STATE"});
}

TEST_F(FabricContractServer, RefusalsLeaveNothing) {
    start(contract::make_evidence_contract());
    call({"deposit", hash_text(7)});
    EXPECT_EQ(
        refusal(next({"deposit", hash_text(7)})),
        "already deposited by you at height 1795333801123000, transaction " + transaction_id(1));
    EXPECT_EQ(refusal(next({"depositBatch", json{{{"hash", hash_text(8)}, {"metadata", ""}},
                                                 {{"hash", "x"}, {"metadata", ""}}}
                                                .dump()})),
              "entry 1: HASH (SHA-256 of the content) must be 64 hexadecimal digits (0-9, a-f), "
              "these are 1 bytes");
    EXPECT_NE(refusal(next({"steal"})).find("there is no function \"steal\""), std::string::npos);
    EXPECT_EQ(refusal(next({})), "the call names no function: it is the first argument");
}

TEST_F(FabricContractServer, ProposalsThatSayTooLittleAreRefused) {
    start(contract::make_evidence_contract());
    auto call = next({"deposit", hash_text(1)});
    call.certificate = "no certificate";
    EXPECT_NE(refusal(call).find("the creator"), std::string::npos);
    call = next({"deposit", hash_text(1)});
    call.transaction = "ab";
    EXPECT_EQ(refusal(call), "the transaction's id is not of 64 hexadecimal digits");
    call = next({"deposit", hash_text(1)});
    call.seconds = -1;
    EXPECT_EQ(refusal(call), "the proposal's time is not between 1970 and 9999");
    call.seconds = 253'402'300'800;
    EXPECT_EQ(refusal(call), "the proposal's time is not between 1970 and 9999");
    call.seconds = 0;
    call.nanos = 1'000'000'000;
    EXPECT_EQ(refusal(call), "the proposal's time is not between 1970 and 9999");
}

TEST_F(FabricContractServer, OneEventAsItIsMoreInOne) {
    start(contract::make_kv_contract_2());
    const std::string entry = R"({"baseKey":"a","baseValue":"1"})";
    auto set = call({"set", entry});
    ASSERT_TRUE(set.event);
    EXPECT_EQ(set.event->event_name(), "event_set");
    EXPECT_EQ(set.event->payload(), entry);
    EXPECT_FALSE(call({"get", "a"}).event);

    const std::string other = R"({"baseKey":"b","baseValue":"2"})";
    auto many = call({"setMany", "[" + entry + "," + other + "]"});
    ASSERT_TRUE(many.event) << many.message;
    EXPECT_EQ(many.event->event_name(), "bsn.events");
    EXPECT_EQ(many.event->payload(), R"([{"name":"event_update","topics":[],"data":")" +
                                         to_hex(as_bytes(entry)) +
                                         R"("},{"name":"event_set","topics":[],"data":")" +
                                         to_hex(as_bytes(other)) + R"("}])");
}

TEST_F(FabricContractServer, AnEventWithTopicsNeedsTheirForm) {
    start(contract::make_evidence_contract());
    auto deposited = call({"deposit", hash_text(1)});
    ASSERT_TRUE(deposited.event);
    EXPECT_EQ(deposited.event->event_name(), "bsn.events");
    EXPECT_EQ(deposited.event->payload(), R"([{"name":"deposited","topics":[")" + hash_text(1) +
                                              R"(",")" + user_.participant() + R"("],"data":""}])");
}

TEST_F(FabricContractServer, ARangeThatIsReadInPartIsClosed) {
    start(contract::make_evidence_contract());
    for (int i = 0; i < 10; ++i) call({"deposit", hash_text(i)});
    auto page = call({"history", user_.participant(), "", "4"});
    EXPECT_EQ(json::parse(page.payload)["entries"].size(), 4U);
    EXPECT_EQ(peer_->open_ranges(), 0U);
    auto closing = std::find(page.questions.begin(), page.questions.end(), "QUERY_STATE_CLOSE");
    EXPECT_NE(closing, page.questions.end());

    std::set<std::string> all;
    std::string start;
    do {
        auto part = json::parse(call({"history", user_.participant(), start, "4"}).payload);
        for (const auto& entry : part["entries"]) all.insert(entry["hash"]);
        start = part["next"].is_null() ? "" : part["next"];
    } while (!start.empty());
    EXPECT_EQ(all.size(), 10U);
}

TEST_F(FabricContractServer, DepositsOfOneMillisecondAreAllListed) {
    start(contract::make_evidence_contract());
    for (int i = 0; i < 300; ++i) {
        auto call = next({"deposit", hash_text(i)});
        call.seconds = 1'795'333'800;
        call.transaction = to_hex(crypto::hash(crypto::HashId::sha256, as_bytes(call.transaction)));
        ASSERT_EQ(peer_->call(call).status, 200);
    }
    auto page = json::parse(call({"history", user_.participant(), "", "1000"}).payload);
    EXPECT_EQ(page["entries"].size(), 300U);
}

TEST_F(FabricContractServer, AReadFunctionAnswersAtAnyLength) {
    start(contract::make_kv_contract_2());
    const std::string long_text(300'000, 'x');
    call({"set", json{{"baseKey", "k"}, {"baseValue", long_text}}.dump()});
    EXPECT_EQ(call({"get", "k"}).payload, long_text);
}

TEST_F(FabricContractServer, APeerThatRefusesIsQuoted) {
    start(contract::make_evidence_contract());
    peer_->refuses = "the state database is gone";
    auto outcome = call({"deposit", hash_text(1)});
    EXPECT_EQ(outcome.status, 500);
    EXPECT_NE(outcome.message.find("the peer refuses: the state database is gone"),
              std::string::npos);
    peer_->refuses.clear();
    EXPECT_EQ(call({"deposit", hash_text(1)}).status, 200);
}

TEST_F(FabricContractServer, ManyCallsAtOnce) {
    start(contract::make_evidence_contract());
    std::set<std::string> expected;
    for (int i = 0; i < 200; ++i) {
        auto call = next({"deposit", hash_text(i)});
        expected.insert(call.transaction);
        peer_->begin(call);
    }
    std::set<std::string> done;
    for (int i = 0; i < 200; ++i) {
        auto outcome = peer_->finish();
        EXPECT_EQ(outcome.status, 200) << outcome.message;
        done.insert(outcome.transaction);
    }
    EXPECT_EQ(done, expected);
    EXPECT_EQ(peer_->state.size(), 400U);
}

TEST_F(FabricContractServer, APeerThatHangsUpHarmsNoOther) {
    start(contract::make_evidence_contract());
    auto rude = std::make_unique<FabricPeer>(address());
    for (int i = 0; i < 100; ++i) rude->begin(next({"deposit", hash_text(i)}));
    ASSERT_TRUE(rude->read());  // a question that is never answered
    rude.reset();
    EXPECT_EQ(call({"deposit", hash_text(1)}).status, 200);
}

TEST_F(FabricContractServer, ItEndsWhileCallsWait) {
    start(contract::make_evidence_contract());
    peer_->begin(next({"deposit", hash_text(1)}));
    ASSERT_TRUE(peer_->read());
    server_.reset();
    EXPECT_FALSE(peer_->read());
}

TEST_F(FabricContractServer, TooManyPeersAreRefused) {
    ContractServerOptions options;
    options.peers = 2;
    start(contract::make_evidence_contract(), options);
    FabricPeer second(address());
    EXPECT_FALSE(second.package_id.empty());
    FabricPeer third(address());
    EXPECT_TRUE(third.package_id.empty());
    EXPECT_EQ(third.end().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(call({"deposit", hash_text(1)}).status, 200);
}

TEST_F(FabricContractServer, OnlyPeersOfTheAuthorityConnectOverTls) {
    Identity authority;
    auto issue = [&](const crypto::PrivateKey& key) {
        return *crypto::issue_node_certificate(
            authority.certificate, authority.key,
            {"server", "operator", {"localhost"}, key.public_key(), 365}, SystemClock().now());
    };
    auto pem = [](const crypto::PrivateKey& key) { return key.to_pem({}); };
    const auto server_key = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
    ContractServerOptions options;
    options.listen = "localhost:0";
    options.package_id = "evidence_1:c0ffee";
    options.tls = ServerTls{issue(server_key), pem(server_key), authority.certificate};
    contract_ = contract::make_evidence_contract();
    auto server = ContractServer::start(*contract_, options);
    ASSERT_TRUE(server) << server.error().message;
    const std::string at = fmt::format("localhost:{}", (*server)->port());

    auto credentials = [](const std::string& roots, const std::string& key,
                          const std::string& certificate) {
        grpc::SslCredentialsOptions shown;
        shown.pem_root_certs = roots;
        shown.pem_private_key = key;
        shown.pem_cert_chain = certificate;
        return grpc::SslCredentials(shown);
    };
    const auto peer_key = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
    FabricPeer known(at, credentials(authority.certificate, pem(peer_key), issue(peer_key)));
    EXPECT_EQ(known.package_id, "evidence_1:c0ffee");
    EXPECT_EQ(known.call(next({"deposit", hash_text(1)})).status, 200);
    FabricPeer nameless(at, credentials(authority.certificate, "", ""));
    EXPECT_TRUE(nameless.package_id.empty());
    FabricPeer plain(at);
    EXPECT_TRUE(plain.package_id.empty());
}

}  // namespace
}  // namespace bsn::framework::fabric
