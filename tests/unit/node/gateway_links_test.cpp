#include "node/gateway_links.hpp"

#include "base/clock.hpp"
#include "crypto/certificate_authority.hpp"
#include "node/peer_links.hpp"

#include <gtest/gtest.h>

#include <future>
#include <thread>

namespace bsn::node {
namespace {

using crypto::PrivateKey;
using crypto::SuiteId;
using gateway::BodyStream;
using gateway::Forwarded;
using gateway::Request;
using gateway::Response;

constexpr std::uint64_t k_patience_ms = 20'000;

/// A node that answers, and one that asks, with certificates of the same authority.
class GatewayLinksTest : public ::testing::Test {
  protected:
    GatewayLinksTest() {
        EXPECT_TRUE(links.start().ok());
        address = "127.0.0.1:" + std::to_string(links.port());
    }
    ~GatewayLinksTest() override {
        client.stop();
        links.stop();
    }

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
    std::future<Forwarded> begin(const Request& request, std::uint64_t timeout_ms = k_patience_ms,
                                 const PrivateKey* to = nullptr) {
        auto promise = std::make_shared<std::promise<Forwarded>>();
        client.forward(id_of(to == nullptr ? server_key : *to),
                       std::make_shared<const Request>(request), timeout_ms,
                       [promise](Forwarded came) { promise->set_value(std::move(came)); });
        return promise->get_future();
    }
    Forwarded ask(const Request& request, std::uint64_t timeout_ms = k_patience_ms,
                  const PrivateKey* to = nullptr) {
        return begin(request, timeout_ms, to).get();
    }
    static BodyStream::Part next(BodyStream& stream) {
        std::promise<BodyStream::Part> part;
        stream.next([&](BodyStream::Part came) { part.set_value(std::move(came)); });
        return part.get_future().get();
    }

    const UnixMillis now = SystemClock().now();
    const PrivateKey authority_key = PrivateKey::generate(SuiteId::secp256r1);
    const PrivateKey server_key = PrivateKey::generate(SuiteId::secp256r1);
    const PrivateKey client_key = PrivateKey::generate(SuiteId::secp256r1);
    const std::string authority =
        crypto::make_authority_certificate(authority_key, "test network", now, 10);

    std::function<void(Request, const gateway::Reply&)> answers =
        [](const Request&, const gateway::Reply& reply) { reply([] { return Response(); }); };
    std::atomic<bool> known{true};
    std::atomic<int> requests{0};
    GatewayService service{
        [this](Request request, const gateway::Reply& reply) {
            ++requests;
            answers(std::move(request), reply);
        },
        [this](const ledger::NodeId& from) { return known && from == id_of(client_key); }};
    PeerLinks links{
        PeerLinkOptions{id_of(server_key), "127.0.0.1:0", {}, tls_of(server_key), {&service}},
        [](const auto&, const auto&, auto) {}, [](const auto&) { return true; }};
    std::string address;
    GatewayClient client{tls_of(client_key), [this](const ledger::NodeId&) { return address; },
                         [](const ledger::NodeId&) { return true; }};
};

Bytes some_bytes(std::size_t size) {
    Bytes bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + i / 251);
    return bytes;
}

TEST_F(GatewayLinksTest, a_request_and_its_answer_arrive_as_they_were) {
    Request sent;
    sent.method = "POST";
    sent.target = "/v1/apps/kv/transactions?timeout_ms=5";
    sent.authorization = "BSN participant=1";
    sent.content_type = "application/octet-stream";
    sent.last_event_id = "1-2-3";
    sent.answer_nonce = std::string(32, 'a');
    sent.origin = "https://page.example";
    sent.body = some_bytes(16U << 20);  // the most that the HTTP API takes
    Request received;
    answers = [&](Request request, const gateway::Reply& reply) {
        received = std::move(request);
        reply([] {
            Response response{.status = 422, .body = std::string(5'000'003, 'x'), .close = true};
            response.content_type = gateway::k_bytes_type;
            response.headers.emplace_back("Retry-After", "7");
            response.headers.emplace_back("BSN-Answer-Signature", "node=1");
            return response;
        });
    };
    Forwarded came = ask(sent);
    ASSERT_TRUE(came.answer.ok()) << came.answer.error().message;
    EXPECT_EQ(received.method, sent.method);
    EXPECT_EQ(received.target, sent.target);
    EXPECT_EQ(received.authorization, sent.authorization);
    EXPECT_EQ(received.content_type, sent.content_type);
    EXPECT_EQ(received.last_event_id, sent.last_event_id);
    EXPECT_EQ(received.answer_nonce, sent.answer_nonce);
    EXPECT_EQ(received.origin, "");  // the page was judged before
    EXPECT_EQ(received.body, sent.body);
    EXPECT_EQ(came.answer->status, 422U);
    EXPECT_EQ(came.answer->content_type, gateway::k_bytes_type);
    ASSERT_EQ(came.answer->headers.size(), 2U);
    EXPECT_EQ(came.answer->headers[0].first, "Retry-After");
    EXPECT_EQ(came.answer->headers[0].second, "7");
    EXPECT_EQ(came.answer->headers[1].second, "node=1");
    EXPECT_EQ(came.answer->body, std::string(5'000'003, 'x'));
    EXPECT_TRUE(came.answer->close);

    EXPECT_EQ(ask({}).answer->body, std::string(5'000'003, 'x'));
    EXPECT_FALSE(received.authorization.has_value());
    EXPECT_FALSE(received.answer_nonce.has_value());
    sent.body = some_bytes((16U << 20) + 1);
    came = ask(sent);
    EXPECT_FALSE(came.answer.ok());
    EXPECT_FALSE(came.begun);
}

TEST_F(GatewayLinksTest, another_node_at_the_address_is_given_no_request) {
    const PrivateKey other = PrivateKey::generate(SuiteId::secp256r1);
    Forwarded came = ask({}, k_patience_ms, &other);
    ASSERT_FALSE(came.answer.ok());
    EXPECT_NE(came.answer.error().message.find("correct its address"), std::string::npos);
    EXPECT_FALSE(came.begun);
    EXPECT_EQ(requests, 0);
}

TEST_F(GatewayLinksTest, a_node_that_the_network_does_not_have_is_refused) {
    known = false;
    Forwarded came = ask({});
    ASSERT_FALSE(came.answer.ok());
    EXPECT_NE(came.answer.error().message.find("no such city node"), std::string::npos);
    EXPECT_FALSE(came.begun);
    EXPECT_EQ(requests, 0);
}

TEST_F(GatewayLinksTest, who_cannot_be_reached_has_certainly_done_nothing) {
    address = "127.0.0.1:1";
    Forwarded came = ask({});
    ASSERT_FALSE(came.answer.ok());
    EXPECT_EQ(came.answer.error().code, Code::unavailable);
    EXPECT_FALSE(came.begun);
    address = "";
    EXPECT_FALSE(ask({}).answer.ok());
}

TEST_F(GatewayLinksTest, silence_ends_in_time_and_may_have_done_something) {
    std::vector<gateway::Reply> held;
    answers = [&](const Request&, const gateway::Reply& reply) { held.push_back(reply); };
    Forwarded came = ask({}, 200);
    ASSERT_FALSE(came.answer.ok());
    EXPECT_NE(came.answer.error().message.find("in time"), std::string::npos);
    EXPECT_TRUE(came.begun);
    held.front()([] { return Response(); });  // too late, and harmless
}

TEST_F(GatewayLinksTest, a_node_that_stops_while_it_answers_is_noticed) {
    std::promise<void> asked;
    answers = [&](const Request&, const gateway::Reply&) { asked.set_value(); };
    auto came = begin({});
    asked.get_future().wait();
    links.stop();
    Forwarded forwarded = came.get();
    ASSERT_FALSE(forwarded.answer.ok());
    EXPECT_TRUE(forwarded.begun);
}

TEST_F(GatewayLinksTest, all_calls_end_when_the_client_stops) {
    std::promise<void> asked;
    answers = [&](const Request&, const gateway::Reply&) { asked.set_value(); };
    auto came = begin({});
    asked.get_future().wait();
    client.stop();
    EXPECT_FALSE(came.get().answer.ok());
    EXPECT_FALSE(ask({}).answer.ok());
}

/// A body of so many parts; after the last one it waits, ends or breaks off.
class Parts final : public BodyStream {
  public:
    enum class End { waits, ends, breaks };
    Parts(int count, End end, std::atomic<int>& alive) : left_(count), end_(end), alive_(alive) {
        ++alive_;
    }
    ~Parts() override { --alive_; }
    void next(Done done) override {
        if (left_-- > 0) return done({std::string(1'500'000, 'p') + "\n\n: height 7\n\n"});
        if (end_ == End::waits) return waiting_.push_back(std::move(done));
        done({.last = true, .broken = end_ == End::breaks});
    }

  private:
    int left_;
    const End end_;
    std::atomic<int>& alive_;
    std::vector<Done> waiting_;
};

class GatewayStreamsTest : public GatewayLinksTest {
  protected:
    std::shared_ptr<BodyStream> open(Parts::End end, std::string_view type) {
        answers = [this, end, type](const Request&, const gateway::Reply& reply) {
            reply([this, end, type] {
                return Response{.content_type = type,
                                .stream = std::make_shared<Parts>(2, end, alive)};
            });
        };
        Forwarded came = ask({});
        EXPECT_TRUE(came.answer.ok());
        EXPECT_EQ(came.answer->content_type, type);
        return came.answer->stream;
    }
    /// Reads to the end of two parts.
    static void read_parts(BodyStream& stream) {
        std::size_t size = 0;
        while (size < 2 * 1'500'014) size += next(stream).bytes.size();
        EXPECT_EQ(size, 2 * 1'500'014U);
    }
    bool all_gone() {
        for (int i = 0; i < 500 && alive > 0; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return alive == 0;
    }

    std::atomic<int> alive{0};
};

TEST_F(GatewayStreamsTest, a_stream_comes_part_by_part_to_its_end) {
    auto stream = open(Parts::End::ends, gateway::k_lines_type);
    EXPECT_EQ(stream->heartbeat(), "");
    read_parts(*stream);
    const auto last = next(*stream);
    EXPECT_TRUE(last.last);
    EXPECT_FALSE(last.broken);
    stream.reset();
    EXPECT_TRUE(all_gone());
}

TEST_F(GatewayStreamsTest, a_stream_that_breaks_off_is_told_as_such) {
    auto stream = open(Parts::End::breaks, gateway::k_lines_type);
    read_parts(*stream);
    EXPECT_TRUE(next(*stream).broken);
    EXPECT_TRUE(next(*stream).broken);
    EXPECT_TRUE(all_gone());
}

TEST_F(GatewayStreamsTest, a_reader_who_leaves_ends_the_stream_at_the_other_node) {
    auto stream = open(Parts::End::waits, gateway::k_events_type);
    EXPECT_EQ(stream->heartbeat(), ": waiting\n\n");
    read_parts(*stream);
    EXPECT_EQ(stream->heartbeat(), ": height 7\n\n");
    stream->next([](const BodyStream::Part&) {});
    EXPECT_EQ(alive, 1);
    stream.reset();
    EXPECT_TRUE(all_gone());
}

TEST_F(GatewayStreamsTest, a_stream_breaks_off_when_the_client_stops_and_stays_so) {
    auto stream = open(Parts::End::waits, gateway::k_events_type);
    read_parts(*stream);
    std::promise<BodyStream::Part> part;
    stream->next([&](BodyStream::Part came) { part.set_value(std::move(came)); });
    client.stop();
    EXPECT_TRUE(part.get_future().get().broken);
    EXPECT_TRUE(next(*stream).broken);
    EXPECT_TRUE(all_gone());
}

TEST_F(GatewayStreamsTest, the_stream_of_a_node_that_stops_breaks_off) {
    auto stream = open(Parts::End::waits, gateway::k_events_type);
    read_parts(*stream);
    std::promise<BodyStream::Part> part;
    stream->next([&](BodyStream::Part came) { part.set_value(std::move(came)); });
    links.stop();
    EXPECT_TRUE(part.get_future().get().broken);
    EXPECT_TRUE(all_gone());
}

}  // namespace
}  // namespace bsn::node
