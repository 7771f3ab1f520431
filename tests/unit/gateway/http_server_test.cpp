// Starting, stopping, and TLS.
#include "base/files.hpp"
#include "crypto/certificate_authority.hpp"
#include "gateway_fixture.hpp"
#include "support/temporary_folder.hpp"

#include <openssl/ssl.h>

#include <filesystem>

namespace bsn::testing {
namespace {

namespace fs = std::filesystem;

class Server : public GatewayTest {
  protected:
    Error start_error() {
        gateway::HttpServer other(options, backend, pool);
        Status status = other.start();
        EXPECT_FALSE(status.ok());
        return status.ok() ? Error{} : status.error();
    }
};

TEST_F(Server, TakesAnyFreePort) {
    serve();
    EXPECT_NE(server->port(), 0);
    EXPECT_EQ(server->url(), "http://127.0.0.1:" + std::to_string(server->port()));
}

TEST_F(Server, PortInUseSaysWhatToDo) {
    serve();
    options.port = server->port();
    Error error = start_error();
    EXPECT_EQ(error.code, Code::unavailable);
    EXPECT_NE(error.message.find("port " + std::to_string(options.port)), std::string::npos);
    EXPECT_NE(error.message.find("configure another port"), std::string::npos);
}

TEST_F(Server, AddressThatIsNone) {
    options.address = "not an address";
    EXPECT_EQ(start_error().code, Code::invalid_argument);
    options.address = "192.0.2.77";
    EXPECT_EQ(start_error().code, Code::invalid_argument);
}

TEST_F(Server, PortIsFreeAgainAfterStop) {
    serve();
    TestClient open(server->port());
    EXPECT_EQ(open.get("/healthz").status, 200);
    options.port = server->port();
    server->stop();
    server->stop();
    EXPECT_TRUE(open.is_closed());
    serve();
    EXPECT_EQ(get("/healthz").status, 200);
}

TEST_F(Server, NeverStartedIsHarmless) {
    gateway::HttpServer idle(options, backend, pool);
    idle.stop();
}

TEST_F(Server, StopsWhileRequestsRun) {
    options.threads = 2;
    serve();
    std::atomic<bool> busy{true};
    std::vector<std::thread> people;
    people.reserve(4);
    for (int i = 0; i < 4; ++i) {
        people.emplace_back([&, port = server->port()] {
            while (busy) {
                TestClient one(port);
                for (int j = 0; j < 10; ++j) {
                    if (one.get("/v1/apps/open/blocks/latest").status != 200) break;
                }
            }
        });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    server->stop();
    busy = false;
    for (auto& person : people) person.join();
}

/// The same client, through OpenSSL, trusting one authority.
class TlsClient final : public TestClient {
  public:
    TlsClient(std::uint16_t port, const fs::path& authority)
        : TestClient(port), context_(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free) {
        SSL_CTX_load_verify_locations(context_.get(), authority.c_str(), nullptr);
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        ssl_.reset(SSL_new(context_.get()));
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), "127.0.0.1");
        SSL_set_fd(ssl_.get(), socket());
        ready_ = SSL_connect(ssl_.get()) == 1;
    }
    bool ready() const { return ready_; }
    void say_goodbye() { SSL_shutdown(ssl_.get()); }

  protected:
    ssize_t write_some(std::string_view bytes) override {
        return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    }
    ssize_t read_some(char* buffer, std::size_t size) override {
        return SSL_read(ssl_.get(), buffer, static_cast<int>(size));
    }

  private:
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, &SSL_free};
    bool ready_ = false;
};

class Tls : public Server {
  protected:
    void SetUp() override {
        Server::SetUp();
        auto now = static_cast<UnixMillis>(time(nullptr)) * 1000;
        auto authority_key = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
        auto node_key = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
        std::string authority = crypto::make_authority_certificate(authority_key, "test", now, 10);
        auto certificate = crypto::issue_node_certificate(
            authority, authority_key,
            {"node-0", "operator", {"127.0.0.1", "localhost"}, node_key.public_key(), 10}, now);
        ASSERT_TRUE(certificate.ok()) << certificate.error().message;
        write("authority.pem", authority);
        write("node.pem", *certificate);
        write("node.key", node_key.to_pem(""));
        write("locked.key", node_key.to_pem("secret"));
        write("other.key", authority_key.to_pem(""));
        options.tls_certificate = folder_ / "node.pem";
        options.tls_key = folder_ / "node.key";
    }
    void write(std::string_view name, std::string_view content) const {
        ASSERT_TRUE(write_file_atomically(folder_ / name, as_bytes(content), 0600).ok());
    }
    fs::path authority() const { return folder_ / "authority.pem"; }

    TemporaryFolder folder_;
};

TEST_F(Tls, RoundTrip) {
    serve();
    EXPECT_EQ(server->url().substr(0, 8), "https://");
    TlsClient one(server->port(), authority());
    ASSERT_TRUE(one.ready());
    for (int i = 0; i < 3; ++i) EXPECT_EQ(one.get("/healthz").body, "ok\n");
    std::string large(3'000'000, 'x');
    EXPECT_EQ(one.post("/v1/apps/kv/transactions", "application/octet-stream", large).status, 200);
    EXPECT_EQ(one.get("/healthz", {{"Connection", "close"}}).status, 200);
    EXPECT_TRUE(one.is_closed());
}

TEST_F(Tls, StreamsEventsAndStops) {
    options.heartbeat = std::chrono::milliseconds(20);
    serve();
    TlsClient reader(server->port(), authority());
    ASSERT_TRUE(reader.ready());
    reader.send(TestClient::encode("GET", "/v1/apps/open/events?from=0", {}, ""));
    EXPECT_EQ(reader.read_head().status, 200);
    for (int i = 1; i <= 20; ++i) {
        backend.open().add_block({"emit x " + std::to_string(i)});
        std::string text = reader.read_chunks_until(": height " + std::to_string(i) + "\n");
        EXPECT_NE(text.find("id: " + std::to_string(i) + "-0-0"), std::string::npos);
    }
    TlsClient leaving(server->port(), authority());
    leaving.send(TestClient::encode("GET", "/v1/apps/open/events?from=0", {}, ""));
    leaving.read_head();
    leaving.say_goodbye();
    leaving.close();
    server->stop();
    EXPECT_TRUE(reader.is_closed());
}

TEST_F(Tls, RefusalIsReadToo) {
    options.max_body_bytes = 1000;
    serve();
    TlsClient one(server->port(), authority());
    EXPECT_EQ(
        one.post("/v1/apps/kv/transactions", "application/octet-stream", std::string(5000, 'x'))
            .status,
        413);
}

TEST_F(Tls, TooManyConnectionsAreToldSoToo) {
    options.max_connections = 1;
    serve();
    TlsClient first(server->port(), authority());
    EXPECT_EQ(first.get("/healthz").status, 200);
    TlsClient second(server->port(), authority());
    Answer answer = second.read_answer();
    EXPECT_EQ(answer.status, 503);
    EXPECT_FALSE(answer.headers["retry-after"].empty());
}

TEST_F(Tls, ClientsThatDoNotSpeakItAreDropped) {
    options.idle_timeout = std::chrono::milliseconds(300);
    serve();
    EXPECT_EQ(get("/healthz").status, 0);
    TestClient silent(server->port());
    EXPECT_TRUE(silent.is_closed());
    TlsClient one(server->port(), authority());
    EXPECT_EQ(one.get("/healthz").status, 200);
}

TEST_F(Tls, EncryptedKeyNeedsItsPassphrase) {
    options.tls_key = folder_ / "locked.key";
    Error error = start_error();
    EXPECT_EQ(error.code, Code::invalid_argument);
    EXPECT_NE(error.message.find("locked.key"), std::string::npos);
    options.tls_passphrase = "secret";
    serve();
    EXPECT_TRUE(TlsClient(server->port(), authority()).ready());
}

TEST_F(Tls, FilesThatDoNotFit) {
    options.tls_key = folder_ / "other.key";
    EXPECT_NE(start_error().message.find("other.key"), std::string::npos);
    options.tls_key = folder_ / "missing.key";
    EXPECT_EQ(start_error().code, Code::invalid_argument);
    options.tls_key = "";
    EXPECT_EQ(start_error().code, Code::invalid_argument);
    options.tls_key = folder_ / "node.key";
    options.tls_certificate = folder_ / "node.key";
    EXPECT_NE(start_error().message.find("certificate"), std::string::npos);
}

}  // namespace
}  // namespace bsn::testing
