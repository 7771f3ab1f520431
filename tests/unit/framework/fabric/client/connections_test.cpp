#include "client_fixture.hpp"
#include "fake_network.hpp"
#include "framework/fabric/client/block_stream.hpp"
#include "framework/fabric/client/ordering_client.hpp"
#include "framework/fabric/client/peer_connection.hpp"

#include <atomic>
#include <filesystem>
#include <future>
#include <set>
#include <thread>
#include <unistd.h>

namespace bsn::framework::fabric {
namespace {

using namespace testing;
using namespace std::chrono_literals;

constexpr auto k_patience = 10s;

common::Envelope envelope(int number) {
    common::Envelope made;
    made.set_payload(fmt::format("{}", number));
    return made;
}

Status send(OrderingClient& orderers, common::Envelope envelope,
            std::chrono::milliseconds patience = k_patience) {
    std::promise<Status> answer;
    orderers.broadcast(std::move(envelope), patience,
                       [&](Status status) { answer.set_value(std::move(status)); });
    return answer.get_future().get();
}

TEST(FabricOrderingTest, ManyAreOnTheirWayAtOnceAndKeepTheirOrder) {
    FakeOrderer orderer("orderer");
    OrderingClient client({orderer.endpoint()});
    std::atomic<int> good = 0;
    std::promise<void> all;
    constexpr int k_count = 500;
    for (int i = 0; i < k_count; ++i) {
        client.broadcast(envelope(i), k_patience, [&](Status status) {
            EXPECT_TRUE(status);
            if (++good == k_count) all.set_value();
        });
    }
    ASSERT_EQ(all.get_future().wait_for(k_patience), std::future_status::ready);
    const auto taken = orderer.taken();
    ASSERT_EQ(taken.size(), 500U);
    for (int i = 0; i < k_count; ++i)
        EXPECT_EQ(taken[static_cast<std::size_t>(i)], std::to_string(i));
}

TEST(FabricOrderingTest, ARefusedOneHarmsNoOther) {
    FakeOrderer orderer("orderer", [](const common::Envelope& one) {
        return one.payload() == "3" ? common::BAD_REQUEST : common::SUCCESS;
    });
    OrderingClient client({orderer.endpoint()});
    std::vector<std::future<Code>> answers;
    for (int i = 0; i < 20; ++i) {
        auto answer = std::make_shared<std::promise<Code>>();
        answers.push_back(answer->get_future());
        client.broadcast(envelope(i), k_patience, [answer](const Status& status) {
            answer->set_value(status ? Code::internal : status.error().code);
        });
    }
    for (std::size_t i = 0; i < answers.size(); ++i) {
        EXPECT_EQ(answers[i].get(), i == 3 ? Code::invalid_argument : Code::internal) << i;
    }
    // An orderer ends the stream with a refusal: what was on the way is sent again.
    const auto taken = orderer.taken();
    EXPECT_EQ((std::set<std::string>(taken.begin(), taken.end()).size()), 19U);
}

TEST(FabricOrderingTest, AnOrdererThatCannotIsLeftForAnother) {
    FakeOrderer leaderless("orderer1",
                           [](const common::Envelope&) { return common::SERVICE_UNAVAILABLE; });
    FakeOrderer dies("orderer2", [](const common::Envelope&) { return common::UNKNOWN; });
    FakeOrderer good("orderer3");
    Endpoint nobody{"orderer0", "127.0.0.1:1"};
    OrderingClient client({nobody, leaderless.endpoint(), dies.endpoint(), good.endpoint()});
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(send(client, envelope(i)));
    EXPECT_EQ(good.taken().size(), 5U);
    EXPECT_EQ(client.trouble(), "");
}

TEST(FabricOrderingTest, NobodyAnswersInTime) {
    OrderingClient client(std::vector<Endpoint>{{"orderer", "127.0.0.1:1"}});
    auto late = send(client, envelope(1), 300ms);
    ASSERT_FALSE(late);
    // A stream that ends before the transaction is handed to it has not sent it.
    const Code code = late.error().code;
    EXPECT_TRUE(code == Code::unknown_outcome || code == Code::unavailable) << late.error().message;
    EXPECT_NE(client.trouble().find("127.0.0.1:1"), std::string::npos);
}

TEST(FabricOrderingTest, WhatWaitsIsBoundedAndAnsweredAtTheEnd) {
    std::promise<void> go_on;
    auto gone_on = go_on.get_future().share();
    FakeOrderer orderer("orderer", [gone_on](const common::Envelope&) {
        gone_on.wait();
        return common::SUCCESS;
    });
    std::atomic<int> answered = 0;
    {
        OrderingOptions options;
        options.most_waiting = 2;
        OrderingClient client({orderer.endpoint()}, options);
        for (int i = 0; i < 2; ++i) {
            client.broadcast(envelope(i), k_patience, [&](const Status& status) {
                EXPECT_FALSE(status);
                ++answered;
            });
        }
        EXPECT_EQ(send(client, envelope(2)).error().code, Code::overloaded);
        client.close();
        EXPECT_EQ(answered, 2);
        EXPECT_EQ(send(client, envelope(3)).error().code, Code::unavailable);
    }
    go_on.set_value();
}

TEST(FabricPeerConnectionTest, AnswersAndRefusalsComeBack) {
    FakePeer peer(
        "peer",
        [](const protos::SignedProposal& proposal,
           protos::ProposalResponse& response) -> grpc::Status {
            if (proposal.signature() == "late") std::this_thread::sleep_for(500ms);
            if (proposal.signature() == "busy") {
                return {grpc::StatusCode::UNKNOWN, "too many requests for /protos.Endorser"};
            }
            if (proposal.signature() == "stranger") {
                return {grpc::StatusCode::UNKNOWN, "error validating proposal: access denied"};
            }
            response.set_payload(proposal.proposal_bytes());
            return {};
        });
    PeerConnection connection(peer.endpoint());
    protos::SignedProposal proposal;
    proposal.set_proposal_bytes("bytes");
    auto answer = connection.process(proposal, k_patience);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->payload(), "bytes");

    std::promise<PeerConnection::Answer> promise;
    connection.process(proposal, k_patience,
                       [&](PeerConnection::Answer later) { promise.set_value(std::move(later)); });
    auto later = promise.get_future().get();
    ASSERT_TRUE(later);
    EXPECT_EQ(later->payload(), "bytes");

    proposal.set_signature("busy");
    EXPECT_EQ(connection.process(proposal, k_patience).error().code, Code::overloaded);
    proposal.set_signature("stranger");
    EXPECT_EQ(connection.process(proposal, k_patience).error().code, Code::forbidden);
    proposal.set_signature("late");
    auto late = connection.process(proposal, 50ms);
    EXPECT_EQ(late.error().code, Code::unavailable);
    EXPECT_NE(late.error().message.find("peer"), std::string::npos);
}

common::Block block(std::uint64_t number) {
    common::Block made;
    made.mutable_header()->set_number(number);
    return made;
}

/// Takes blocks, and lets a test wait for them.
class Taken {
  public:
    Status take(const common::Block& block) {
        std::lock_guard lock(mutex_);
        numbers_.push_back(block.header().number());
        grown_.notify_all();
        return {};
    }
    std::vector<std::uint64_t> wait(std::size_t count) {
        std::unique_lock lock(mutex_);
        grown_.wait_for(lock, k_patience, [&] { return numbers_.size() >= count; });
        return numbers_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable grown_;
    std::vector<std::uint64_t> numbers_;
};

using Numbers = std::vector<std::uint64_t>;

TEST(FabricBlockStreamTest, FollowsFromAHeightAcrossSources) {
    const Identity reader = make_identity("Org1MSP", "reader");
    FakePeer peer("peer");
    FakeOrderer orderer("orderer");
    for (std::uint64_t i = 0; i < 4; ++i) peer.blocks.add(block(i));
    for (std::uint64_t i = 0; i < 6; ++i) orderer.blocks.add(block(i));
    Taken taken;
    BlockStreamOptions options{
        "app", {{peer.endpoint(), false}, {orderer.endpoint(), true}}, reader, 2, 10ms};
    BlockStream stream(options, [&](const common::Block& one) { return taken.take(one); });
    EXPECT_EQ(taken.wait(2), (Numbers{2, 3}));
    peer.stop();
    EXPECT_EQ(taken.wait(4), (Numbers{2, 3, 4, 5}));
    orderer.blocks.add(block(6));
    EXPECT_EQ(taken.wait(5), (Numbers{2, 3, 4, 5, 6}));
    EXPECT_EQ(stream.source(), 1U);
    EXPECT_EQ(stream.trouble(), "");
}

TEST(FabricBlockStreamTest, ABadBlockIsAskedOfTheNextSource) {
    const Identity reader = make_identity("Org1MSP", "reader");
    FakePeer liar("peer1");
    FakePeer honest("peer2");
    common::Block bad = block(0);
    bad.mutable_header()->set_data_hash("bad");
    liar.blocks.add(bad);
    honest.blocks.add(block(0));
    Taken taken;
    BlockStreamOptions options{
        "app", {{liar.endpoint(), false}, {honest.endpoint(), false}}, reader, 0, 10ms};
    BlockStream stream(options, [&](const common::Block& one) -> Status {
        if (!one.header().data_hash().empty()) return Error{Code::bad_signature, "bad"};
        return taken.take(one);
    });
    EXPECT_EQ(taken.wait(1), (Numbers{0}));
    EXPECT_EQ(stream.source(), 1U);
    stream.leave_source();
    while (stream.source() == 1U) std::this_thread::sleep_for(1ms);
    EXPECT_EQ(stream.trouble(), "");
    honest.blocks.add(block(1));
    liar.blocks.add(block(1));
    EXPECT_EQ(taken.wait(2), (Numbers{0, 1}));
}

TEST(FabricBlockStreamTest, OneBlockIsFetched) {
    const Identity reader = make_identity("Org1MSP", "reader");
    FakePeer peer("peer");
    FakeOrderer orderer("orderer");
    for (std::uint64_t i = 0; i < 3; ++i) {
        peer.blocks.add(block(i));
        orderer.blocks.add(block(i));
    }
    auto of_peer = fetch_block({peer.endpoint(), false}, "app", 1, reader, k_patience);
    ASSERT_TRUE(of_peer) << of_peer.error().message;
    EXPECT_EQ(of_peer->header().number(), 1U);
    auto newest = fetch_block({orderer.endpoint(), true}, "app", {}, reader, k_patience);
    ASSERT_TRUE(newest) << newest.error().message;
    EXPECT_EQ(newest->header().number(), 2U);
    EXPECT_EQ(fetch_block({peer.endpoint(), false}, "app", 9, reader, k_patience).error().code,
              Code::not_found);
    EXPECT_EQ(
        fetch_block({{"nobody", "127.0.0.1:1"}, false}, "app", 0, reader, k_patience).error().code,
        Code::unavailable);
}

TEST(FabricConnections, ThreadsForCallbacksOutliveTheConnectionsThatTheyLetGo) {
    std::promise<pid_t> told;
    PeerConnection({"nobody", "127.0.0.1:1"})
        .process(protos::SignedProposal(), 200ms, [&](const PeerConnection::Answer& answer) {
            EXPECT_FALSE(answer.ok());
            told.set_value(::gettid());
        });
    // The connection is gone but for the call, which ends with this answer.
    const auto thread = told.get_future().get();
    std::this_thread::sleep_for(500ms);
    EXPECT_TRUE(std::filesystem::exists(fmt::format("/proc/self/task/{}", thread)));
}

}  // namespace
}  // namespace bsn::framework::fabric
