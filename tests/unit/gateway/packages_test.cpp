// Packages of contracts: who may hand them in, and who gets them.
#include "crypto/random.hpp"
#include "gateway_fixture.hpp"
#include "registry/packaged_code.hpp"

namespace bsn::testing {
namespace {

/// A node that keeps packages, for people who may publish.
class PackageBackend final : public FakeBackend {
  public:
    using FakeBackend::FakeBackend;
    bool may_publish(const ledger::ParticipantId& who) const override {
        return publishers.contains(who);
    }
    Result<ledger::Hash> keep_package(ByteView package) override {
        const ledger::Hash digest = crypto::hash(crypto::HashId::sha256, package);
        kept[digest] = to_bytes(package);
        return digest;
    }
    Result<Bytes> package(const ledger::Hash& digest) override {
        if (kept.contains(digest)) return kept[digest];
        return Error{Code::not_found, "there is none"};
    }

    std::set<ledger::ParticipantId> publishers;
    std::map<ledger::Hash, Bytes> kept;
};

class Packages : public ::testing::Test {
  protected:
    void SetUp() override {
        for (const Person* one : {&publisher, &rival, &member, &stranger}) {
            backend.add_participant(one->record(), one == &member);
        }
        backend.publishers = {publisher.id, rival.id};
        ASSERT_TRUE(server.start().ok());
    }
    void TearDown() override {
        server.stop();
        pool.stop();
    }
    Headers signed_by(const Person& person, std::string_view method, std::string_view target,
                      std::string_view body = {}) {
        api::RequestToSign request{backend.network(), {}, method, target, as_bytes(body)};
        return {{"Authorization",
                 api::sign_request(request, person.id, person.key, backend.now() + 60'000,
                                   crypto::random_value<ledger::Nonce>())}};
    }
    int hand_in(const Person& person) {
        return TestClient(server.port())
            .post("/v1/packages", gateway::k_bytes_type, k_package,
                  signed_by(person, "POST", "/v1/packages", k_package))
            .status;
    }
    int fetch(const Person& person) {
        return TestClient(server.port()).get(target, signed_by(person, "GET", target)).status;
    }
    void publish(const std::string& app, const Person& by) {
        backend.change_app(app, [&](registry::App& one) {
            one.record.publisher = by.id;
            one.record.contracts.push_back({"code", registry::type_of({"golang", digest}), 1});
        });
    }

    static constexpr std::string_view k_package = "the code";
    const ledger::Hash digest = crypto::hash(crypto::HashId::sha256, as_bytes(k_package));
    const std::string target = "/v1/packages/" + to_hex(digest);
    ThreadPool pool{2};
    PackageBackend backend{pool};
    gateway::HttpServer server{{}, backend, pool};
    Person publisher;
    Person rival;
    Person member;
    Person stranger;
};

TEST_F(Packages, AreForWhoHandedThemInAndForTheirApps) {
    EXPECT_EQ(hand_in(stranger), 403);
    EXPECT_EQ(hand_in(publisher), 200);
    EXPECT_EQ(fetch(publisher), 200);
    for (const Person* one : {&rival, &member, &stranger}) EXPECT_EQ(fetch(*one), 403);
    publish("kv", publisher);
    EXPECT_EQ(fetch(publisher), 200);
    EXPECT_EQ(fetch(member), 200);
    EXPECT_EQ(fetch(rival), 403) << "who may publish gets not all there is";
    EXPECT_EQ(fetch(stranger), 403);
    EXPECT_EQ(TestClient(server.port()).get(target).status, 401);
}

TEST_F(Packages, AreNotHadByNamingTheirDigest) {
    backend.kept[digest] = to_bytes(k_package);  // handed in before the node was started
    publish("kv", publisher);
    EXPECT_EQ(fetch(publisher), 200);
    publish("open", rival);
    EXPECT_EQ(fetch(rival), 403);
    EXPECT_EQ(fetch(publisher), 403) << "which of the two has it, nobody can tell";
    EXPECT_EQ(hand_in(publisher), 200);
    EXPECT_EQ(fetch(publisher), 200);
    EXPECT_EQ(fetch(rival), 403);
}

}  // namespace
}  // namespace bsn::testing
