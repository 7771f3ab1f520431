#include "node/peer_links.hpp"

#include "crypto/certificate_authority.hpp"
#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace bsn::node {
namespace {

using namespace std::chrono_literals;
using crypto::PrivateKey;
using crypto::SuiteId;
using testing::filled;

struct Authority {
    PrivateKey key = PrivateKey::generate(SuiteId::secp256r1);
    UnixMillis now = SystemClock().now();
    std::string certificate = crypto::make_authority_certificate(key, "test network", now, 10);
};

/// One node with its links.
struct Node {
    explicit Node(const Authority& authority)
        : certificate(*crypto::issue_node_certificate(
              authority.certificate, authority.key,
              {"node", "operator", {"localhost"}, key.public_key()}, authority.now)),
          authority_certificate(authority.certificate) {}

    ledger::NodeId id() const { return ledger::node_id_of(key.public_key().bytes); }

    void start(const std::map<ledger::NodeId, std::string>& others = {}) {
        links = std::make_unique<PeerLinks>(
            PeerLinkOptions{id(), "127.0.0.1:0", others,
                            PeerTls{authority_certificate, certificate, key.to_pem("")}},
            [this](const ledger::NodeId& from, const ledger::ChannelId& channel,
                   ordering::Message message) {
                std::lock_guard lock(mutex);
                received.push_back({from, channel, std::move(message)});
                changed.notify_all();
            },
            [this](const ledger::NodeId&) { return all_may_talk.load(); });
        ASSERT_TRUE(links->start());
    }
    std::string address() const { return "127.0.0.1:" + std::to_string(links->port()); }
    bool got(std::size_t count, std::chrono::milliseconds patience = 20s) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, patience, [&] { return received.size() >= count; });
    }

    struct Received {
        ledger::NodeId from;
        ledger::ChannelId channel;
        ordering::Message message;
    };
    PrivateKey key = PrivateKey::generate(SuiteId::secp256r1);
    const std::string certificate;
    const std::string authority_certificate;
    std::atomic<bool> all_may_talk{true};
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<Received> received;
    std::unique_ptr<PeerLinks> links;
};

ledger::ChannelId channel() { return filled<ledger::ChannelId>(7); }
ordering::Message request(std::uint8_t byte) {
    return ordering::BatchRequest{filled<ledger::Hash>(byte)};
}

bool becomes_connected(const Node& node, const ledger::NodeId& to, std::chrono::seconds patience) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (std::chrono::steady_clock::now() < end) {
        if (node.links->connected(to)) return true;
        std::this_thread::sleep_for(5ms);
    }
    return false;
}

TEST(PeerLinksTest, messages_of_each_kind_arrive_as_they_were_and_say_who_sent_them) {
    const Authority authority;
    Node a(authority);
    Node b(authority);
    b.start();
    a.start({{b.id(), b.address()}});
    const auto batch = std::make_shared<const Bytes>(to_bytes("a batch"));
    const auto hash = filled<ledger::Hash>(9);
    const auto signature = filled<ledger::Signature>(8);
    const ledger::Certificate certificate{SuiteId::sm2, {{3, signature}}};
    a.links->send(b.id(), channel(), ordering::BatchOffer{to_bytes("core"), batch});
    a.links->send(b.id(), channel(), ordering::AvailabilityVote{hash, {signature}, "why"});
    a.links->send(b.id(), channel(),
                  ordering::HeaderVote{4, 5, hash, {signature}, true, {certificate}});
    a.links->send(b.id(), channel(), ordering::BatchRequest{hash});
    a.links->send(b.id(), channel(), ordering::BatchAnswer{hash, batch});
    ASSERT_TRUE(b.got(5));
    std::lock_guard lock(b.mutex);
    for (const Node::Received& one : b.received) {
        EXPECT_EQ(one.from, a.id());
        EXPECT_EQ(one.channel, channel());
    }
    const auto& offer = std::get<ordering::BatchOffer>(b.received[0].message);
    EXPECT_EQ(offer.core, to_bytes("core"));
    EXPECT_EQ(*offer.batch, *batch);
    const auto& availability = std::get<ordering::AvailabilityVote>(b.received[1].message);
    EXPECT_EQ(availability.core_hash, hash);
    EXPECT_EQ(availability.signatures, std::vector{signature});
    EXPECT_EQ(availability.refusal, "why");
    const auto& header = std::get<ordering::HeaderVote>(b.received[2].message);
    EXPECT_EQ(header.epoch, 4U);
    EXPECT_EQ(header.height, 5U);
    EXPECT_EQ(header.header, hash);
    EXPECT_EQ(header.signatures, std::vector{signature});
    EXPECT_TRUE(header.wants_answer);
    EXPECT_EQ(header.certificates, std::vector{certificate});
    EXPECT_EQ(std::get<ordering::BatchRequest>(b.received[3].message).digest, hash);
    const auto& answer = std::get<ordering::BatchAnswer>(b.received[4].message);
    EXPECT_EQ(answer.digest, hash);
    EXPECT_EQ(*answer.batch, *batch);
}

TEST(PeerLinksTest, a_node_that_comes_later_or_again_is_found) {
    const Authority authority;
    Node a(authority);
    Node b(authority);
    b.start();
    const std::string address = b.address();
    b.links->stop();
    a.start({{b.id(), address}});
    EXPECT_FALSE(becomes_connected(a, b.id(), 1s));
    b.links = std::make_unique<PeerLinks>(
        PeerLinkOptions{
            b.id(), address, {}, authority.certificate, b.certificate, b.key.to_pem("")},
        [&b](const ledger::NodeId& from, const ledger::ChannelId& in, ordering::Message message) {
            std::lock_guard lock(b.mutex);
            b.received.push_back({from, in, std::move(message)});
            b.changed.notify_all();
        },
        [](const ledger::NodeId&) { return true; });
    ASSERT_TRUE(b.links->start());
    ASSERT_TRUE(becomes_connected(a, b.id(), 20s));
    a.links->send(b.id(), channel(), request(1));
    EXPECT_TRUE(b.got(1));
}

TEST(PeerLinksTest, a_certificate_of_another_authority_gets_no_connection) {
    const Authority authority;
    const Authority stranger;
    Node a(stranger);
    Node b(authority);
    b.start();
    a.start({{b.id(), b.address()}});
    a.links->send(b.id(), channel(), request(1));
    EXPECT_FALSE(becomes_connected(a, b.id(), 1s));
    EXPECT_FALSE(b.got(1, 0ms));
}

TEST(PeerLinksTest, a_revoked_node_is_not_listened_to_from_the_next_message_on) {
    const Authority authority;
    Node a(authority);
    Node b(authority);
    b.start();
    a.start({{b.id(), b.address()}});
    a.links->send(b.id(), channel(), request(1));
    ASSERT_TRUE(b.got(1));
    b.all_may_talk = false;
    a.links->send(b.id(), channel(), request(2));
    EXPECT_FALSE(b.got(2, 500ms));
}

TEST(PeerLinksTest, another_node_at_the_address_gets_nothing) {
    const Authority authority;
    Node a(authority);
    Node b(authority);
    Node c(authority);
    c.start();
    a.start({{b.id(), c.address()}});
    a.links->send(b.id(), channel(), request(1));
    EXPECT_FALSE(becomes_connected(a, b.id(), 1s));
    EXPECT_FALSE(c.got(1, 0ms));
}

TEST(PeerLinksTest, a_port_in_use_is_told) {
    const Authority authority;
    Node a(authority);
    a.start();
    PeerLinks second(
        {a.id(), a.address(), {}, authority.certificate, a.certificate, a.key.to_pem("")},
        [](const ledger::NodeId&, const ledger::ChannelId&, ordering::Message) {},
        [](const ledger::NodeId&) { return true; });
    auto started = second.start();
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, Code::unavailable);
}

TEST(PeerLinksTest, links_come_move_and_go_while_it_runs) {
    const Authority authority;
    Node a(authority);
    Node b(authority);
    Node c(authority);
    b.start();
    c.start();
    a.start();
    a.links->send(b.id(), channel(), request(1));  // lost: nobody knows the way
    EXPECT_TRUE(a.links->status().empty());
    a.links->set_addresses({{a.id(), a.address()}, {b.id(), c.address()}});
    EXPECT_FALSE(becomes_connected(a, b.id(), 1s)) << "at another node's address";
    a.links->set_addresses({{b.id(), b.address()}, {c.id(), c.address()}});
    ASSERT_TRUE(becomes_connected(a, b.id(), 20s));
    ASSERT_TRUE(becomes_connected(a, c.id(), 20s));
    EXPECT_EQ(a.links->status().size(), 2U) << "none to itself";
    EXPECT_EQ(a.links->status().at(0).address.find("127.0.0.1:"), 0U);
    a.links->send(b.id(), channel(), request(2));
    a.links->send(c.id(), channel(), request(3));
    ASSERT_TRUE(b.got(1));
    ASSERT_TRUE(c.got(1));
    a.links->set_addresses({{c.id(), c.address()}});
    EXPECT_FALSE(a.links->connected(b.id()));
    EXPECT_TRUE(a.links->connected(c.id())) << "a link that stays is not made anew";
    a.links->send(b.id(), channel(), request(4));
    a.links->send(c.id(), channel(), request(5));
    ASSERT_TRUE(c.got(2));
    EXPECT_FALSE(b.got(2, 200ms));
}

}  // namespace
}  // namespace bsn::node
