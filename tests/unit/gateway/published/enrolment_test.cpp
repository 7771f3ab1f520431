// Users who keep their keys: registered with a secret, enrolled by a certificate request.
#include "../fake_user_keys.hpp"
#include "../gateway_fixture.hpp"
#include "crypto/certificate_authority.hpp"
#include "crypto/certificate_request.hpp"
#include "gateway/published/enrolments.hpp"
#include "gateway/published/mac.hpp"
#include "support/temporary_folder.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace bsn::testing {
namespace {

using gateway::published::Enrolments;
using nlohmann::json;

class PublishedEnrolment : public GatewayTest {
  protected:
    void SetUp() override {
        GatewayTest::SetUp();
        backend.set_identity(&identity);
        backend.set_enrolments(&enrolments);
        backend.change_app("kv", [](registry::App& app) {
            app.record.gateway.published = true;
            app.record.gateway.keys = registry::KeyMode::upload;
        });
        std::ofstream(folder / "key.pem") << user.key.to_pem("");
        backend.system().on_make_transaction = [this](const framework::Invocation& invocation) {
            additions.push_back(invocation);
            if (added) let_in();
            return Result<Bytes>(to_bytes(std::string_view(added ? "added" : "refuse it")));
        };
    }
    /// Lets the user in, as the permission chain would.
    void let_in() {
        backend.add_participant({user.id, user.key.public_key(), "alice", false}, true);
        backend.change_app("kv",
                           [this](registry::App& app) { app.users[member.id]["alice"] = user.id; });
    }
    std::string request(const std::string& name, const std::string& more = "-key key.pem -sha256") {
        const std::string command = "cd " + folder.path().string() + " && openssl req -new " +
                                    more + " -subj '/O=Bsn/OU=client/CN=" + name +
                                    "' -out csr 2>/dev/null";
        EXPECT_EQ(std::system(command.c_str()), 0);
        std::ifstream in(folder / "csr");
        return {std::istreambuf_iterator<char>(in), {}};
    }
    json call(const char* what, const std::string& fields, const json& body) {
        const std::string id = to_hex(member.id);
        const json request = {{"header", {{"userCode", id}, {"appCode", "kv"}}},
                              {"mac", gateway::published::make_mac(member.key, id + "kv" + fields)},
                              {"body", body}};
        return json::parse(
            post(std::string("/api/fabric/v1/user/") + what, "", request.dump()).body);
    }
    json enroll(const std::string& secret, const std::string& csr) {
        return call("enroll", "alice" + secret + csr,
                    {{"name", "alice"}, {"secret", secret}, {"csrPem", csr}});
    }
    void register_alice() {
        const std::string more = R"({"key1":"abc"})";
        const json answer = call("register", "alicepw" + more,
                                 {{"name", "alice"}, {"secret", "pw"}, {"extendProperties", more}});
        ASSERT_EQ(answer["body"], json({{"name", "alice"}, {"secret", "pw"}})) << answer;
    }
    static std::string message(const json& answer) {
        EXPECT_EQ(answer["header"]["code"], -1) << answer;
        EXPECT_TRUE(answer["body"].is_null());
        return answer["header"]["msg"];
    }

    ordering::NodeIdentity identity = make_identity();
    std::unique_ptr<store::Database> database = store::make_memory_database();
    Enrolments enrolments{*database};
    TemporaryFolder folder;
    Person user;
    bool added = true;
    std::vector<framework::Invocation> additions;
};

TEST_F(PublishedEnrolment, MakesTheKeyOfARequestTheUsers) {
    serve();
    register_alice();
    const std::string csr = request("alice@kv");
    const json answer = enroll("pw", csr);
    ASSERT_EQ(answer["header"]["code"], 0) << answer;
    const std::string certificate = answer["body"]["cert"];
    EXPECT_EQ(*crypto::key_of_certificate(certificate), user.key.public_key());
    ASSERT_EQ(additions.size(), 1U);
    EXPECT_EQ(to_text(additions[0].arguments.at(1)), to_hex(member.id));
    EXPECT_EQ(to_text(additions[0].arguments.at(2)), "alice");
    EXPECT_EQ(to_text(additions[0].arguments.at(4)), to_hex(user.key.public_key().bytes));
    // Asked once more, the user is there: only the certificate is made anew.
    EXPECT_EQ(enroll("pw", csr)["header"]["code"], 0);
    EXPECT_EQ(additions.size(), 1U);
    const std::string other =
        request("alice@kv", "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k");
    EXPECT_NE(message(enroll("pw", other)).find("enrolled with another key"), std::string::npos);
    EXPECT_NE(message(call("register", "alice", {{"name", "alice"}})).find("is enrolled"),
              std::string::npos);
}

/// The SDKs make certificate requests for P-256 and SM2 only; OpenSSL makes them for all three.
class PublishedEnrolmentIn : public PublishedEnrolment,
                             public ::testing::WithParamInterface<crypto::SuiteId> {
  protected:
    void SetUp() override {
        user = Person(GetParam());
        PublishedEnrolment::SetUp();
        backend.change_app("kv", [](registry::App& app) { app.record.suite = GetParam(); });
    }
    /// Whether a certificate holds the x coordinate of a key.
    static bool is_for(const std::string& certificate, const crypto::PublicKey& key) {
        std::istringstream lines(certificate);
        std::string base64;
        for (std::string line; std::getline(lines, line);) {
            if (!line.starts_with("-----")) base64 += line;
        }
        const auto der = from_base64(base64);
        const ByteView x = key.bytes.view().subspan(1);
        return der.ok() && std::search(der->begin(), der->end(), x.begin(), x.end()) != der->end();
    }
    std::string options() const {
        return GetParam() == crypto::SuiteId::sm2
                   ? "-key key.pem -sm3 -sigopt distid:1234567812345678"
                   : "-key key.pem -sha256";
    }
};

TEST_P(PublishedEnrolmentIn, MakesTheKeyOfARequestTheUsers) {
    serve();
    register_alice();
    const std::string csr = request("alice@kv", options());
    const json answer = enroll("pw", csr);
    ASSERT_EQ(answer["header"]["code"], 0) << answer;
    EXPECT_TRUE(is_for(answer["body"]["cert"], user.key.public_key()));
    ASSERT_EQ(additions.size(), 1U);
    EXPECT_EQ(to_text(additions[0].arguments.at(3)), crypto::suite_name(GetParam()));
    EXPECT_EQ(to_text(additions[0].arguments.at(4)), to_hex(user.key.public_key().bytes));
    // The proof is the request itself: whoever reads the permission chain checks its signature.
    EXPECT_EQ(enroll("pw", csr)["header"]["code"], 0);
    EXPECT_EQ(additions.size(), 1U);
    // The answer's mac is by the node's key of the app's suite.
    EXPECT_TRUE(
        gateway::published::verify_mac(identity.public_key(GetParam()),
                                       "0处理成功" + answer["body"]["cert"].get<std::string>(),
                                       answer["mac"].get<std::string>())
            .ok());
}

TEST_P(PublishedEnrolmentIn, RefusesARequestThatItsKeyDidNotSign) {
    serve();
    register_alice();
    std::string csr = request("alice@kv", options());
    auto der = crypto::certificate_request_der(csr);
    ASSERT_TRUE(der.ok());
    der->back() ^= 1U;
    const std::string forged = "-----BEGIN CERTIFICATE REQUEST-----\n" + to_base64(*der) +
                               "\n-----END CERTIFICATE REQUEST-----\n";
    EXPECT_NE(message(enroll("pw", forged)).find("signature"), std::string::npos);
    EXPECT_TRUE(additions.empty());
}

INSTANTIATE_TEST_SUITE_P(AllSuites, PublishedEnrolmentIn,
                         ::testing::Values(crypto::SuiteId::secp256r1, crypto::SuiteId::secp256k1,
                                           crypto::SuiteId::sm2),
                         [](const auto& suite) {
                             return std::string(crypto::suite_name(suite.param));
                         });

TEST_F(PublishedEnrolment, RefusesWhoDoesNotShowThatTheyAreTheUser) {
    serve();
    const std::string csr = request("alice@kv");
    EXPECT_NE(message(enroll("pw", csr)).find("nobody registered"), std::string::npos);
    register_alice();
    EXPECT_NE(message(enroll("PW", csr)).find("the secret is not the one"), std::string::npos);
    EXPECT_NE(message(enroll("pw", "nonsense")).find("is PEM"), std::string::npos);
    EXPECT_NE(message(enroll("pw", request("bob@kv"))).find("\"bob@kv\", not \"alice@kv\""),
              std::string::npos);
    const std::string k1 =
        request("alice@kv", "-newkey ec -pkeyopt ec_paramgen_curve:secp256k1 -nodes -keyout k");
    EXPECT_NE(message(enroll("pw", k1)).find("is of secp256r1"), std::string::npos);
    EXPECT_NE(message(enroll("pw", csr + csr)).size(), 0U);
    EXPECT_TRUE(additions.empty());
    added = false;
    EXPECT_NE(message(enroll("pw", csr)).size(), 0U);
}

TEST_F(PublishedEnrolment, ChecksWhatIsRegistered) {
    serve();
    EXPECT_NE(message(call("register", "", nullptr)).find("\"name\""), std::string::npos);
    const std::string longest(61, 'a');
    EXPECT_EQ(call("register", longest, {{"name", longest}})["header"]["code"], 0);
    EXPECT_NE(message(call("register", longest + "a", {{"name", longest + "a"}})).find("64 bytes"),
              std::string::npos);
    for (const std::string more : {"[]", R"({"a":1})", R"({"hf.Type":"peer"})", "{"}) {
        EXPECT_NE(message(call("register", "a" + more, {{"name", "a"}, {"extendProperties", more}}))
                      .find("extendProperties"),
                  std::string::npos)
            << more;
    }
    const json chosen = call("register", "alice", {{"name", "alice"}});
    ASSERT_EQ(chosen["header"]["code"], 0) << chosen;
    const std::string secret = chosen["body"]["secret"];
    EXPECT_GE(secret.size(), 32U);
    EXPECT_EQ(enroll(secret, request("alice@kv"))["header"]["code"], 0);
}

TEST_F(PublishedEnrolment, IsRefusedWhereOthersIssueTheCertificates) {
    backend.change_app("kv", [](registry::App& app) {
        app.record.framework = registry::k_fabric_network;
        app.record.fabric_network.emplace();
    });
    serve();
    EXPECT_NE(message(call("register", "alicepw", {{"name", "alice"}, {"secret", "pw"}}))
                  .find("its own authority issues certificates"),
              std::string::npos);
    EXPECT_NE(message(enroll("pw", request("alice@kv"))).find("its own authority"),
              std::string::npos);
    EXPECT_TRUE(additions.empty()) << "nobody was put on the permission chain";
}

TEST_F(PublishedEnrolment, NeedsANodeThatEnrols) {
    backend.set_enrolments(nullptr);
    serve();
    EXPECT_NE(message(enroll("pw", "")).find("enrols nobody"), std::string::npos);
}

TEST(Enrolments, OutliveTheProgramAndAreBounded) {
    auto database = store::make_memory_database();
    const gateway::published::EnrolledUser user{FakeBackend::channel_of("kv"), {}, "a"};
    ASSERT_TRUE(Enrolments(*database).put(user, "one", "{}").ok());
    Enrolments again(*database);
    EXPECT_EQ(*again.attributes(user, "one"), "{}");
    ASSERT_TRUE(again.put(user, "two", "{}").ok());
    EXPECT_EQ(again.attributes(user, "one").error().code, Code::unauthenticated);
    for (std::size_t i = 1; i < gateway::published::k_max_enrolments; ++i) {
        ASSERT_TRUE(again.put({user.channel, user.sponsor, std::to_string(i)}, "x", "{}").ok());
    }
    EXPECT_EQ(again.put({user.channel, user.sponsor, "more"}, "x", "{}").error().code,
              Code::overloaded);
    EXPECT_TRUE(again.put(user, "three", "{}").ok()) << "it was there";
}

}  // namespace
}  // namespace bsn::testing
