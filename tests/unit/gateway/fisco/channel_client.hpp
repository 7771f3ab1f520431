#pragma once
// A client of the channel protocol, as the SDKs are, that can also misbehave.

#include "crypto/certificate_authority.hpp"
#include "gateway/fisco/channel_server.hpp"
#include "gateway/fisco/frame.hpp"
#include "support/fake_fisco_chain.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace bsn::testing {

namespace channel = gateway::fisco;
namespace asio = boost::asio;

/// An authority, with a certificate for a node and certificates for clients.
struct ChannelCertificates {
    ChannelCertificates() {
        authority = crypto::make_authority_certificate(authority_key, "test", now, 10);
        node = *crypto::issue_node_certificate(
            authority, authority_key,
            {"node", "operator", {"127.0.0.1"}, node_key.public_key(), 10}, now);
        client = *crypto::issue_client_certificate(
            authority, authority_key, {"sdk", "somebody", client_key.public_key(), 10}, now);
    }

    UnixMillis now = static_cast<UnixMillis>(::time(nullptr)) * 1000;
    crypto::PrivateKey authority_key = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
    crypto::PrivateKey node_key = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
    crypto::PrivateKey client_key = crypto::PrivateKey::generate(crypto::SuiteId::secp256r1);
    std::string authority;
    std::string node;
    std::string client;
};

struct ReceivedFrame {
    channel::FrameHeader header;
    std::string body;

    channel::FrameType type() const { return static_cast<channel::FrameType>(header.type); }
    nlohmann::json json() const { return nlohmann::json::parse(body, nullptr, false); }
    /// What follows the topic.
    nlohmann::json topic_json() const {
        auto parts = channel::split_topic_body(body);
        return parts ? nlohmann::json::parse(parts->data, nullptr, false) : nlohmann::json();
    }
};

inline channel::Sequence sequence_of(std::string_view text) {
    channel::Sequence sequence = channel::k_no_sequence;
    std::copy(text.begin(), text.end(), sequence.begin());
    return sequence;
}

/// One connection. Who waits in vain is ended by the server, which lets nobody be silent for long.
class ChannelClient {
  public:
    explicit ChannelClient(std::uint16_t port, const ChannelCertificates& certificates,
                           bool show_certificate = true)
        : context_(asio::ssl::context::tls_client) {
        context_.add_certificate_authority(asio::buffer(certificates.authority));
        context_.set_verify_mode(asio::ssl::verify_peer);
        if (show_certificate) {
            context_.use_certificate(asio::buffer(certificates.client), asio::ssl::context::pem);
            std::string key = certificates.client_key.to_pem("");
            context_.use_private_key(asio::buffer(key), asio::ssl::context::pem);
        }
        stream_ = std::make_unique<asio::ssl::stream<asio::ip::tcp::socket>>(io_, context_);
        stream_->next_layer().connect({asio::ip::make_address("127.0.0.1"), port});
        boost::system::error_code error;
        stream_->handshake(asio::ssl::stream_base::client, error);
        ready = !error;
    }

    void send_bytes(std::string_view bytes) {
        boost::system::error_code error;
        asio::write(*stream_, asio::buffer(bytes), error);
    }
    void send(channel::FrameType type, std::string_view sequence, std::string_view body,
              std::int32_t result = 0) {
        send_bytes(channel::encode_frame(type, sequence_of(sequence), body, result));
    }
    /// The next frame; none if the connection was closed.
    std::optional<ReceivedFrame> receive() {
        boost::system::error_code error;
        std::array<std::uint8_t, channel::k_frame_header> head{};
        asio::read(*stream_, asio::buffer(head), error);
        if (error) return std::nullopt;
        ReceivedFrame frame{*channel::decode_header(head, 64U << 20), {}};
        frame.body.resize(frame.header.body);
        asio::read(*stream_, asio::buffer(frame.body), error);
        if (error) return std::nullopt;
        return frame;
    }
    ReceivedFrame expect(channel::FrameType type) {
        auto frame = receive();
        EXPECT_TRUE(frame) << "the connection is closed";
        if (!frame) return {};
        EXPECT_EQ(frame->type(), type) << frame->body;
        return *frame;
    }
    nlohmann::json call(std::string_view method, const nlohmann::json& params) {
        send(channel::FrameType::rpc, "call", rpc_text(method, params));
        return expect(channel::FrameType::rpc).json();
    }
    static std::string rpc_text(std::string_view method, const nlohmann::json& params) {
        return nlohmann::json{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}}
            .dump();
    }
    void shake_hands(int most = 3) {
        send(channel::FrameType::handshake, "hello",
             nlohmann::json{{"minimumSupport", 1}, {"maximumSupport", most}, {"clientType", "test"}}
                 .dump());
        EXPECT_EQ(expect(channel::FrameType::handshake).json().at("protocol"), most);
    }
    void want(const nlohmann::json& topics) {
        send(channel::FrameType::amop_topics, "topics", topics.dump());
        // Nothing answers it: what comes next does.
        call("getClientVersion", nlohmann::json::array());
    }
    bool is_closed() { return !receive(); }
    void close() { stream_->next_layer().close(); }

    bool ready = false;

  private:
    asio::io_context io_;
    asio::ssl::context context_;
    std::unique_ptr<asio::ssl::stream<asio::ip::tcp::socket>> stream_;
};

class ChannelTest : public ::testing::Test {
  protected:
    ChannelTest() {
        groups.chains = {{1, &chain}, {2, &other}};
        options.authority = certificates.authority;
        options.certificate = certificates.node;
        options.key = certificates.node_key.to_pem("");
        options.idle_timeout = std::chrono::seconds(10);
    }
    void TearDown() override {
        if (server) server->stop();
        pool.stop();
    }
    void serve() {
        server = std::make_unique<channel::ChannelServer>(options, groups, pool);
        Status status = server->start();
        ASSERT_TRUE(status.ok()) << status.error().message;
    }
    std::unique_ptr<ChannelClient> connect() {
        auto client = std::make_unique<ChannelClient>(server->port(), certificates);
        EXPECT_TRUE(client->ready);
        client->shake_hands();
        return client;
    }

    ChannelCertificates certificates;
    FakeFiscoChain chain{1};
    FakeFiscoChain other{2};
    FakeGroups groups;
    ThreadPool pool{2};
    channel::ChannelOptions options;
    std::unique_ptr<channel::ChannelServer> server;
};

}  // namespace bsn::testing
