#include "node/copy_links.hpp"

#include "base/clock.hpp"
#include "crypto/certificate_authority.hpp"
#include "node/peer_links.hpp"
#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

#include <condition_variable>
#include <thread>

namespace bsn::node {
namespace {

using crypto::PrivateKey;
using crypto::SuiteId;
using testing::filled;

/// A server that gives copies, and a client with a certificate of the same authority.
class CopyLinksTest : public ::testing::Test {
  protected:
    CopyLinksTest() {
        EXPECT_TRUE(links.start().ok());
        const std::string address = "127.0.0.1:" + std::to_string(links.port());
        client = std::make_unique<CopyClient>(tls_of(client_key),
                                              [address](const ledger::NodeId&) { return address; });
    }
    ~CopyLinksTest() override { links.stop(); }

    PeerTls tls_of(const PrivateKey& key) const {
        return {authority,
                *crypto::issue_node_certificate(
                    authority, authority_key, {"node", "operator", {"localhost"}, key.public_key()},
                    now),
                key.to_pem("")};
    }
    static ledger::NodeId id_of(const PrivateKey& key) {
        return ledger::node_id_of(key.public_key().bytes);
    }
    Status read(Bytes& into) {
        return client->read_copy(id_of(server_key), channel, [&](ByteView piece) {
            into.insert(into.end(), piece.begin(), piece.end());
            return Status();
        });
    }

    const UnixMillis now = SystemClock().now();
    const PrivateKey authority_key = PrivateKey::generate(SuiteId::secp256r1);
    const PrivateKey server_key = PrivateKey::generate(SuiteId::secp256r1);
    const PrivateKey client_key = PrivateKey::generate(SuiteId::secp256r1);
    const std::string authority =
        crypto::make_authority_certificate(authority_key, "test network", now, 10);
    const ledger::ChannelId channel = filled<ledger::ChannelId>(7);

    CopyService::WriteCopy gives = [](const auto&, const auto&, const auto&) { return Status(); };
    CopyService service{[this](const ledger::NodeId& to, const ledger::ChannelId& of,
                               const peer::CopySink& sink) { return gives(to, of, sink); }};
    PeerLinks links{
        PeerLinkOptions{id_of(server_key), "127.0.0.1:0", {}, tls_of(server_key), {&service}},
        [](const auto&, const auto&, auto) {}, [](const auto&) { return true; }};
    std::unique_ptr<CopyClient> client;
};

TEST_F(CopyLinksTest, what_is_written_arrives_whole_and_the_server_knows_who_asks) {
    Bytes sent(5'000'003);
    for (std::size_t i = 0; i < sent.size(); ++i)
        sent[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
    gives = [&](const ledger::NodeId& to, const ledger::ChannelId& of,
                const peer::CopySink& sink) -> Status {
        EXPECT_EQ(to, id_of(client_key));
        EXPECT_EQ(of, channel);
        BSN_CHECK(sink(ByteView(sent).first(10)));
        return sink(ByteView(sent).subspan(10));
    };
    Bytes received;
    Status status = read(received);
    ASSERT_TRUE(status.ok()) << status.error().message;
    EXPECT_EQ(received, sent);
}

TEST_F(CopyLinksTest, why_there_is_no_copy_is_told) {
    gives = [](const auto&, const auto&, const auto&) -> Status {
        return Error{Code::forbidden, "this node has no part in it"};
    };
    Bytes received;
    Status status = read(received);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::unavailable);
    EXPECT_EQ(status.error().message, "this node has no part in it");
}

TEST_F(CopyLinksTest, an_error_of_the_reader_ends_it_and_is_kept) {
    gives = [](const auto&, const auto&, const peer::CopySink& sink) -> Status {
        const Bytes piece(1U << 20, 1);
        Status taken;
        while (taken) taken = sink(piece);
        return taken;
    };
    Status status = client->read_copy(id_of(server_key), channel, [](ByteView) -> Status {
        return Error{Code::bad_signature, "forged"};
    });
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::bad_signature);
}

TEST_F(CopyLinksTest, another_node_at_the_address_is_not_read_from) {
    gives = [](const auto&, const auto&, const peer::CopySink& sink) { return sink(Bytes{1}); };
    Status status =
        client->read_copy(id_of(client_key), channel, [](ByteView) { return Status(); });
    ASSERT_FALSE(status.ok());
    EXPECT_NE(status.error().message.find("correct its address"), std::string::npos);
}

TEST_F(CopyLinksTest, no_more_than_two_are_served_at_once_and_all_reads_end_when_it_stops) {
    std::mutex mutex;
    std::condition_variable changed;
    int served = 0;
    bool over = false;
    gives = [&](const auto&, const auto&, const peer::CopySink&) -> Status {
        std::unique_lock lock(mutex);
        ++served;
        changed.notify_all();
        changed.wait(lock, [&] { return over; });
        return {};
    };
    std::vector<std::thread> readers;
    std::vector<Status> ended(2);
    for (Status& status : ended) {
        readers.emplace_back([this, &status] {
            Bytes received;
            status = read(received);
        });
    }
    {
        std::unique_lock lock(mutex);
        changed.wait(lock, [&] { return served == 2; });
    }
    Bytes received;
    Status third = read(received);
    ASSERT_FALSE(third.ok());
    EXPECT_NE(third.error().message.find("ask again later"), std::string::npos);
    client->stop_copies();
    for (std::thread& reader : readers) reader.join();
    for (const Status& status : ended) EXPECT_FALSE(status.ok());
    EXPECT_FALSE(read(received).ok()) << "nor is anything read from then on";
    std::lock_guard lock(mutex);
    over = true;
    changed.notify_all();
}

}  // namespace
}  // namespace bsn::node
