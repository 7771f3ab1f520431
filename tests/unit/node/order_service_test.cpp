// Both ends of proto/order.proto, over TLS: a server with a CometBFT (a fake one) beside it, and
// the source of a node that follows.
#include "node/order_service.hpp"

#include "crypto/certificate_authority.hpp"
#include "node/peer_links.hpp"
#include "node/peer_order_source.hpp"
#include "ordering/cometbft/rpc_block.hpp"
#include "support/fake_rpc.hpp"
#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>
#include <tendermint/types/types.pb.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <set>
#include <thread>

namespace bsn::node {
namespace {

using namespace std::chrono_literals;
using crypto::PrivateKey;
using crypto::SuiteId;
using Json = nlohmann::json;

struct Authority {
    PrivateKey key = PrivateKey::generate(SuiteId::secp256r1);
    UnixMillis now = SystemClock().now();
    std::string certificate = crypto::make_authority_certificate(key, "test network", now, 10);
};

struct Identity {
    explicit Identity(const Authority& authority)
        : tls{authority.certificate,
              *crypto::issue_node_certificate(authority.certificate, authority.key,
                                              {"node", "operator", {"localhost"}, key.public_key()},
                                              authority.now),
              key.to_pem("")} {}
    ledger::NodeId id() const { return ledger::node_id_of(key.public_key().bytes); }

    PrivateKey key = PrivateKey::generate(SuiteId::secp256r1);
    PeerTls tls;
};

/// Takes envelopes, or says why not.
class FakeOrderer final : public ordering::Orderer {
  public:
    void subscribe(ordering::OrderConsumer&, std::uint64_t) override {}
    Status start() override { return {}; }
    void stop() override {}
    Status submit(Bytes envelope) override {
        std::lock_guard lock(mutex);
        if (!takes) return takes;
        taken.push_back(std::move(envelope));
        return {};
    }
    Status revisit(std::uint64_t, std::uint64_t,
                   const std::function<void(const ordering::OrderedHeight&)>&) const override {
        return {};
    }
    Status health() const override { return {}; }
    std::uint64_t height() const override { return 0; }

    std::mutex mutex;
    Status takes;
    std::vector<Bytes> taken;
};

/// A recorded block, as if it were of each height.
Json answer_for(const std::string& method, const Json& parameters) {
    static const Json k_recorded = [] {
        std::ifstream file(BSN_TESTS_DIR "/vectors/commits.json");
        return Json::parse(file).at("blocks").at(2);
    }();
    Json answer = k_recorded.at(method);
    if (method == "commit")
        answer["result"]["signed_header"]["header"]["height"] = parameters["height"];
    return answer;
}

/// A node with a CometBFT that has committed up to a height.
class Server {
  public:
    Server(const Authority& authority, std::string name, std::uint64_t height = 0)
        : name_(std::move(name)),
          identity_(authority),
          rpc_([this](const std::string& method, const Json& parameters) {
              if (unready > 0 && unready-- > 0) return Json{{"error", "not yet"}};
              return answer_for(method, parameters);
          }),
          service_(orderer, net::Endpoint{false, "127.0.0.1", rpc_.port},
                   [this](const ledger::NodeId&) { return may_talk.load(); }),
          links_(
              {identity_.id(), "127.0.0.1:0", {}, identity_.tls, {&service_}},
              [](const ledger::NodeId&, const ledger::ChannelId&, ordering::Message) {},
              [](const ledger::NodeId&) { return true; }) {
        if (height > 0) commit(height);
        EXPECT_TRUE(links_.start());
    }
    ~Server() { stop(); }
    void stop() {
        service_.stop();
        links_.stop();
    }
    void commit(std::uint64_t height) {
        ordering::OrderedHeight ordered;
        ordered.height = height;
        service_.consume(ordered);
    }
    OrderServer address() const {
        return {identity_.id(), name_, "127.0.0.1:" + std::to_string(links_.port())};
    }
    std::size_t questions() { return rpc_.calls().size(); }

    FakeOrderer orderer;
    std::atomic<bool> may_talk{true};
    std::atomic<int> unready{0};  ///< so many questions are not answered yet

  private:
    const std::string name_;
    const Identity identity_;
    testing::FakeRpc rpc_;
    OrderService service_;
    PeerLinks links_;
};

class OrderServiceTest : public ::testing::Test {
  protected:
    std::unique_ptr<PeerOrderSource> source(std::vector<OrderServer> servers,
                                            std::chrono::milliseconds silence = 10s) const {
        const Identity own(authority);
        return std::make_unique<PeerOrderSource>(
            PeerOrderOptions{own.id(), own.tls, [servers] { return servers; }, silence});
    }
    /// The height of the block that comes; 0 if none does.
    static std::uint64_t height_of(const Result<ordering::SourcedBlock>& sourced) {
        tendermint::types::Header header;
        if (!sourced || !header.ParseFromString(to_text(sourced->block.header))) return 0;
        return static_cast<std::uint64_t>(header.height());
    }
    /// Asks again until a block comes: servers are tried in turn.
    static std::uint64_t height_in_the_end(PeerOrderSource& from, std::uint64_t height) {
        for (int tries = 0; tries < 20; ++tries) {
            if (const std::uint64_t got = height_of(from.next(height)); got > 0) return got;
        }
        return 0;
    }

    const Authority authority;
};

TEST_F(OrderServiceTest, blocks_come_one_height_after_the_other_from_the_one_that_is_asked_for) {
    Server server(authority, "beijing", 5);
    auto from = source({server.address()});
    EXPECT_EQ(from->followed(), "");
    for (const std::uint64_t height : {3U, 4U, 5U}) {
        auto got = from->next(height);
        ASSERT_EQ(height_of(got), height) << (got ? "" : got.error().message);
        EXPECT_EQ(got->newest, 5U);
        EXPECT_EQ(got->block.transactions.size(), 1U);
    }
    EXPECT_EQ(from->followed(), "beijing");
}

TEST_F(OrderServiceTest, a_block_comes_once_it_is_committed) {
    Server server(authority, "beijing", 1);
    auto from = source({server.address()});
    EXPECT_EQ(height_of(from->next(1)), 1U);
    std::atomic<bool> committed{false};
    std::thread later([&] {
        std::this_thread::sleep_for(50ms);
        committed = true;
        server.commit(2);
    });
    EXPECT_EQ(height_of(from->next(2)), 2U);
    EXPECT_TRUE(committed);
    later.join();
}

TEST_F(OrderServiceTest, a_block_that_cometbft_does_not_give_yet_is_asked_for_again) {
    Server server(authority, "beijing");
    server.unready = 5;
    server.commit(1);
    auto from = source({server.address()});
    EXPECT_EQ(height_of(from->next(1)), 1U);
}

TEST_F(OrderServiceTest, however_many_follow_cometbft_is_asked_once_for_each_height) {
    Server server(authority, "beijing", 3);
    std::vector<std::unique_ptr<PeerOrderSource>> all;
    for (int i = 0; i < 4; ++i) all.push_back(source({server.address()}));
    for (const std::uint64_t height : {1U, 2U, 3U}) {
        for (const auto& one : all) EXPECT_EQ(height_of(one->next(height)), height);
    }
    EXPECT_EQ(server.questions(), 3U * 2) << "block and commit";
}

TEST_F(OrderServiceTest, a_node_that_is_revoked_gets_nothing_more) {
    Server server(authority, "beijing", 2);
    auto from = source({server.address()});
    EXPECT_EQ(height_of(from->next(1)), 1U);
    EXPECT_EQ(height_of(from->next(2)), 2U);
    server.may_talk = false;
    server.commit(3);
    auto refused = from->next(3);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("revoked"), std::string::npos)
        << refused.error().message;
    EXPECT_FALSE(from->submit({to_bytes("x")}));
    EXPECT_TRUE(server.orderer.taken.empty());
}

TEST_F(OrderServiceTest, when_a_server_ends_the_next_one_is_followed) {
    Server one(authority, "one", 9);
    Server two(authority, "two", 9);
    auto from = source({one.address(), two.address()});
    EXPECT_EQ(height_of(from->next(1)), 1U);
    const std::string first = from->followed();
    (first == "one" ? one : two).stop();
    for (std::uint64_t height = 2; height <= 9; ++height) {
        EXPECT_EQ(height_in_the_end(*from, height), height);
    }
    EXPECT_EQ(from->followed(), first == "one" ? "two" : "one");
}

TEST_F(OrderServiceTest, a_server_that_falls_silent_is_left) {
    Server one(authority, "one", 1);
    Server two(authority, "two", 1);
    auto from = source({one.address(), two.address()}, 300ms);
    EXPECT_EQ(height_in_the_end(*from, 1), 1U);
    const std::string first = from->followed();
    (first == "one" ? two : one).commit(2);
    auto silent = from->next(2);
    ASSERT_FALSE(silent);
    EXPECT_EQ(silent.error().code, Code::unavailable);
    EXPECT_EQ(height_in_the_end(*from, 2), 2U);
    EXPECT_NE(from->followed(), first);
}

TEST_F(OrderServiceTest, one_that_is_not_believed_is_left) {
    Server one(authority, "one", 5);
    Server two(authority, "two", 5);
    auto from = source({one.address(), two.address()});
    EXPECT_EQ(height_of(from->next(1)), 1U);
    const std::string first = from->followed();
    from->distrust();
    EXPECT_EQ(from->followed(), "");
    EXPECT_EQ(height_of(from->next(1)), 1U);
    EXPECT_NE(from->followed(), first);
}

TEST_F(OrderServiceTest, followers_spread_over_the_servers) {
    Server one(authority, "one", 1);
    Server two(authority, "two", 1);
    std::set<std::string> followed;
    for (int i = 0; i < 30 && followed.size() < 2; ++i) {
        auto from = source({one.address(), two.address()});
        EXPECT_EQ(height_of(from->next(1)), 1U);
        followed.insert(from->followed());
    }
    EXPECT_EQ(followed.size(), 2U);
}

TEST_F(OrderServiceTest, another_node_at_the_address_is_not_followed) {
    Server server(authority, "beijing", 1);
    OrderServer wrong = server.address();
    wrong.id = testing::filled<ledger::NodeId>(1);
    auto from = source({wrong});
    auto refused = from->next(1);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("correct its address"), std::string::npos);
}

TEST_F(OrderServiceTest, envelopes_are_taken_by_a_server) {
    Server server(authority, "beijing", 1);
    auto from = source({server.address()});
    ASSERT_TRUE(from->submit({to_bytes("a"), to_bytes("b")}));
    EXPECT_EQ(server.orderer.taken, (std::vector<Bytes>{to_bytes("a"), to_bytes("b")}));
}

TEST_F(OrderServiceTest, envelopes_that_one_does_not_take_go_to_the_next) {
    Server one(authority, "one", 1);
    Server two(authority, "two", 1);
    one.orderer.takes = Error{Code::unavailable, "nothing has been ordered for 11 s"};
    auto from = source({one.address(), two.address()});
    ASSERT_TRUE(from->submit({to_bytes("a")}));
    EXPECT_EQ(two.orderer.taken, std::vector<Bytes>{to_bytes("a")});
    two.orderer.takes = one.orderer.takes;
    Status nobody = from->submit({to_bytes("b")});
    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error().code, Code::unavailable);
    EXPECT_NE(nobody.error().message.find("for 11 s"), std::string::npos);
    one.orderer.takes = two.orderer.takes = Error{Code::too_large, "too large"};
    EXPECT_EQ(from->submit({to_bytes("c")}).error().code, Code::invalid_argument);
}

TEST_F(OrderServiceTest, nobody_to_follow_is_told) {
    auto from = source({});
    EXPECT_EQ(from->next(1).error().code, Code::unavailable);
    EXPECT_EQ(from->submit({to_bytes("a")}).error().code, Code::unavailable);
    auto away = source({{testing::filled<ledger::NodeId>(1), "away", "127.0.0.1:1"}}, 300ms);
    auto nothing = away->next(1);
    ASSERT_FALSE(nothing);
    EXPECT_NE(nothing.error().message.find("away at 127.0.0.1:1"), std::string::npos);
}

TEST_F(OrderServiceTest, waiting_ends_when_it_is_stopped) {
    Server server(authority, "beijing", 1);
    auto from = source({server.address()}, 60s);
    EXPECT_EQ(height_of(from->next(1)), 1U);
    std::thread later([&] {
        std::this_thread::sleep_for(50ms);
        from->stop();
    });
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_FALSE(from->next(2));
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
    later.join();
}

}  // namespace
}  // namespace bsn::node
