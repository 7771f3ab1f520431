#include "cli/bench/path_load.hpp"

#include "cli/bench/idle_connections.hpp"
#include "unit/cli/live_node.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <unistd.h>

namespace bsn::cli {
namespace {

using testing::FakeBackend;
namespace asio = boost::asio;

class PathLoadTest : public LiveNode {
  protected:
    using Clients = std::vector<std::unique_ptr<Submitter>>;

    framework::Chain& chain() { return **backend.chain("open"); }
    static ledger::ChannelId channel() { return FakeBackend::channel_of("open"); }

    Clients direct(std::size_t count) {
        Clients clients;
        io = std::make_shared<asio::io_context>(1);
        for (std::size_t i = 0; i < count; ++i) clients.push_back(direct_submitter(io, chain()));
        return clients;
    }
    Clients through(std::uint16_t port, std::size_t count) {
        Clients clients;
        io = std::make_shared<asio::io_context>(1);
        for (std::size_t i = 0; i < count; ++i) {
            auto client = gateway_submitter(*io, {false, "127.0.0.1", port}, channel());
            EXPECT_TRUE(client.ok());
            clients.push_back(std::move(*client));
        }
        return clients;
    }

    /// Loads with transactions of the text that a number gives.
    Result<PathLoadResult> load(const Clients& clients, const PathLoadOptions& options,
                                const std::function<std::string(std::size_t)>& text,
                                ChainTimes* times = nullptr) {
        TransactionSource source({backend.network(), channel()},
                                 [&](std::size_t number) -> Result<Bytes> {
                                     made = number + 1;
                                     return to_bytes(text(number));
                                 });
        return run_path_load(*io, clients, source, options, times, nullptr);
    }
    static std::string good(std::size_t number) { return "good " + std::to_string(number); }

    std::shared_ptr<asio::io_context> io;  ///< of the clients made last
    std::size_t made = 0;
};

TEST_F(PathLoadTest, AClosedLoopCountsWhatIsAnsweredInTheMeasurement) {
    for (std::size_t batch : {1, 5}) {
        auto result = load(direct(3), {batch, 0.1, 0.2}, good);
        ASSERT_TRUE(result.ok()) << result.error().message;
        EXPECT_GT(result->committed, 0U);
        EXPECT_EQ(result->committed, result->latency.count() * batch);
        EXPECT_LT(result->committed, made);  // the warm-up's are not counted
        EXPECT_EQ(result->beside_chain.count(), 0U);
        EXPECT_DOUBLE_EQ(result->rate(), static_cast<double>(result->committed) / 0.2);
    }
}

TEST_F(PathLoadTest, TheGatewayIsLoadedTheSameWay) {
    for (std::size_t batch : {1, 5}) {
        auto result = load(through(server.port(), 3), {batch, 0.05, 0.2}, good);
        ASSERT_TRUE(result.ok()) << result.error().message;
        EXPECT_GT(result->committed, 0U);
        EXPECT_EQ(result->committed, result->latency.count() * batch);
    }
}

TEST_F(PathLoadTest, AnOpenLoopSendsWhatFallsDue) {
    auto result = load(direct(2), {1, 0.1, 0.3, 200}, good);
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(made, 80U);  // of 0.4 s
    EXPECT_EQ(result->committed, 60U);
}

/// Takes its time with each submission.
class SlowChain final : public testing::FakeChain {
  public:
    static constexpr std::chrono::milliseconds k_time{20};

    explicit SlowChain(Executor& executor) : FakeChain(executor), executor_(executor) {}

    void submit(std::vector<Bytes> transactions, std::uint64_t timeout,
                framework::SubmitDone done) override {
        executor_.post([this, transactions = std::move(transactions), timeout,
                        done = std::move(done)]() mutable {
            std::this_thread::sleep_for(k_time);
            FakeChain::submit(std::move(transactions), timeout, std::move(done));
        });
    }

  private:
    Executor& executor_;
};

TEST_F(PathLoadTest, WhatTheChainTookIsNoneOfTheGateway) {
    constexpr std::uint64_t k_micros = 20'000;
    SlowChain slow(pool);
    ChainTimes times;
    ObservedNode observed(backend, to_hex(channel().view()), slow, times);
    gateway::HttpServer gateway({}, observed, pool);
    ASSERT_TRUE(gateway.start().ok());
    auto result = load(through(gateway.port(), 4), {1, 0.05, 0.5, 40}, good, &times);
    gateway.stop();
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(result->committed, 20U);
    EXPECT_EQ(result->beside_chain.count(), 20U);
    EXPECT_GE(result->latency.lowest(), k_micros);
    EXPECT_GT(result->beside_chain.lowest(), 0U);
    EXPECT_LT(result->beside_chain.percentile(0.5), k_micros);
}

TEST_F(PathLoadTest, ARefusalEndsTheMeasurement) {
    const auto tenth_is = [](const char* text) {
        return [text](std::size_t number) { return number == 9 ? text : good(number); };
    };
    for (const char* bad : {"fail forbidden", "refuse me"}) {
        for (std::size_t batch : {1, 5}) {
            EXPECT_FALSE(load(direct(2), {batch, 0, 1}, tenth_is(bad)).ok()) << bad << batch;
            EXPECT_FALSE(load(through(server.port(), 2), {batch, 0, 1}, tenth_is(bad)).ok())
                << bad << batch;
        }
    }
}

TEST_F(PathLoadTest, AGatewayThatIsGoneIsAnError) {
    const std::uint16_t port = server.port();
    Clients clients = through(port, 1);
    server.stop();
    EXPECT_FALSE(load(clients, {1, 0, 0.5}, good).ok());
    EXPECT_EQ(gateway_submitter(*io, {false, "127.0.0.1", port}, channel()).error().code,
              Code::unavailable);
}

TEST(ChainTimesTest, ATimeIsTakenOnce) {
    ChainTimes times;
    const std::size_t key = ChainTimes::key_of(to_bytes("a"));
    EXPECT_NE(key, ChainTimes::key_of(to_bytes("b")));
    EXPECT_FALSE(times.take(key));
    times.note(key, Nanos(5));
    EXPECT_EQ(times.take(key), Nanos(5));
    EXPECT_FALSE(times.take(key));
}

TEST_F(PathLoadTest, IdleConnectionsAnswerAgain) {
    std::size_t opened = 0;
    auto held =
        hold_idle_connections(live(), ::getpid(), 50, [&](std::size_t more) { opened += more; });
    ASSERT_TRUE(held.ok()) << held.error().message;
    EXPECT_EQ(held->count, 50U);
    EXPECT_EQ(opened, 50U);
}

TEST_F(PathLoadTest, IdleConnectionsToNobodyAreAnError) {
    const net::Endpoint node = live();
    server.stop();
    EXPECT_EQ(hold_idle_connections(node, ::getpid(), 5, nullptr).error().code, Code::unavailable);
    EXPECT_EQ(hold_idle_connections(node, ::getpid(), 2'000'000'000, nullptr).error().code,
              Code::unavailable);
}

}  // namespace
}  // namespace bsn::cli
