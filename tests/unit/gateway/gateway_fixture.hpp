#pragma once
// A server over a fake node, and people who call it.

#include "api/request_signature.hpp"
#include "gateway/http_server.hpp"
#include "gateway/message.hpp"
#include "support/eventually.hpp"
#include "support/fake_backend.hpp"
#include "test_client.hpp"

#include <chrono>
#include <string>
#include <thread>

namespace bsn::testing {

/// Someone with a key, who signs requests.
struct Person {
    explicit Person(crypto::SuiteId suite = crypto::SuiteId::secp256r1)
        : key(crypto::PrivateKey::generate(suite)),
          id(ledger::participant_id_of(key.public_key())) {}

    registry::ParticipantRecord record() const { return {id, key.public_key(), "somebody", false}; }

    crypto::PrivateKey key;
    ledger::ParticipantId id;
};

class GatewayTest : public ::testing::Test {
  protected:
    void SetUp() override {
        backend.add_participant(member.record(), true);
        backend.add_participant(stranger.record(), false);
    }
    void TearDown() override {
        if (server) server->stop();
        pool.stop();
    }

    /// Starts the server; options may be changed before.
    void serve() {
        server = std::make_unique<gateway::HttpServer>(options, backend, pool);
        Status status = server->start();
        ASSERT_TRUE(status.ok()) << status.error().message;
    }
    TestClient client() { return TestClient(server->port()); }

    Answer get(std::string_view target, const Headers& headers = {}) {
        return TestClient(server->port()).get(target, headers);
    }
    Answer post(std::string_view target, std::string_view type, std::string_view body,
                const Headers& headers = {}) {
        return TestClient(server->port()).post(target, type, body, headers);
    }

    ledger::Nonce fresh_nonce() {
        ledger::Nonce nonce;
        nonce.data()[0] = next_nonce_++;
        return nonce;
    }
    /// The header by which a person asks.
    Headers signed_by(const Person& person, std::string_view method, std::string_view target,
                      std::string_view body = {}, std::string_view app = "kv") {
        api::RequestToSign request{backend.network(), FakeBackend::channel_of(app), method, target,
                                   as_bytes(body)};
        return {{"Authorization", api::sign_request(request, person.id, person.key,
                                                    backend.now() + 60'000, fresh_nonce())}};
    }
    Answer get_as(const Person& person, std::string_view target, std::string_view app = "kv") {
        return get(target, signed_by(person, "GET", target, {}, app));
    }
    Answer post_as(const Person& person, std::string_view target, std::string_view body) {
        return post(target, gateway::k_json_type, body, signed_by(person, "POST", target, body));
    }

  public:
    ThreadPool pool{2};
    FakeBackend backend{pool};
    gateway::HttpServerOptions options;
    std::unique_ptr<gateway::HttpServer> server;
    Person member;
    Person stranger;

  private:
    std::uint8_t next_nonce_ = 1;
};

}  // namespace bsn::testing
