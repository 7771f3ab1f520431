#include "cli/bench/load.hpp"

#include "unit/cli/live_node.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace bsn::cli {
namespace {

using testing::FakeBackend;

class LoadTest : public LiveNode {
  protected:
    static Shipment shipment(const std::vector<std::string>& words, SteadyClock::time_point since) {
        Shipment shipment{.measured = true};
        for (const std::string& word : words) {
            shipment.transactions.push_back(to_bytes(word));
            shipment.since.push_back(since);
        }
        return shipment;
    }
    /// Delivers; what is not answered for good after a while is given up.
    LoadCounts deliver(const Shipment& shipment, Status& outcome,
                       std::chrono::milliseconds patience = std::chrono::milliseconds(200)) {
        Tally tally;
        Sender sender(live(), "", FakeBackend::channel_of("open"), 1, tally);
        std::atomic<bool> give_up{false};
        std::thread timer([&] {
            std::this_thread::sleep_for(patience);
            give_up = true;
        });
        outcome = sender.deliver(shipment, give_up);
        timer.join();
        LoadCounts counts;
        tally.take_over(counts);
        return counts;
    }
    Result<LoadResult> run(const LoadOptions& options, const LoadEvents& events = {}) {
        const ChainRef chain{backend.network(), FakeBackend::channel_of("open")};
        TransactionSource source(chain, padded_deposits(chain, identity, 256));
        return run_load(options, {"", {{&source, {live()}}}}, events);
    }
};

TEST_F(LoadTest, BacksOffFromWhatIsOverloadedAndCountsItApart) {
    Status outcome;
    LoadCounts counts = deliver(
        shipment({"good", "fail overloaded", "refuse me", "fail forbidden"}, SteadyClock::now()),
        outcome);
    EXPECT_TRUE(outcome.ok());
    EXPECT_EQ(counts.committed, 1U);
    EXPECT_EQ(counts.abandoned, 1U);
    EXPECT_EQ(counts.errors,
              (std::map<std::string, std::uint64_t>{{"contract_failed", 1}, {"forbidden", 1}}));
    EXPECT_GE(counts.overloaded, 1U);
    EXPECT_GE(counts.pauses, 1U);
    EXPECT_GT(counts.paused_s, 0.0);
    // What was abandoned shows in the latencies, with the time that it had.
    EXPECT_EQ(counts.latency.count(), 2U);
    EXPECT_GE(counts.latency.highest(), 150'000U);
}

TEST_F(LoadTest, TheNodeSaysHowLongToWait) {
    net::HttpConnection connection(live(), "");
    Bytes body = to_bytes("fail overloaded");
    auto answer = connection.send({.method = "POST",
                                   .target = "/v1/apps/open/transactions",
                                   .content_type = "application/octet-stream",
                                   .body = body},
                                  5'000);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->status, 429U);
    EXPECT_EQ(answer->retry_after, std::chrono::seconds(1));
    answer = connection.send({.target = "/healthz"}, 5'000);
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_FALSE(answer->retry_after);
}

TEST_F(LoadTest, LatencyCountsFromWhenATransactionWasToBeSent) {
    Status outcome;
    auto due = SteadyClock::now() - std::chrono::seconds(3);
    LoadCounts counts = deliver(shipment({"one", "two"}, due), outcome);
    EXPECT_EQ(counts.committed, 2U);
    EXPECT_GE(counts.latency.lowest(), 3'000'000U);
}

TEST_F(LoadTest, GivesUpWhereNobodyAnswers) {
    Tally tally;
    Sender sender({false, "127.0.0.1", 1}, "", FakeBackend::channel_of("open"), 1, tally);
    std::atomic<bool> give_up{false};
    std::thread timer([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        give_up = true;
    });
    EXPECT_TRUE(sender.deliver(shipment({"one"}, SteadyClock::now()), give_up).ok());
    timer.join();
    LoadCounts counts;
    tally.take_over(counts);
    EXPECT_GE(counts.errors["unavailable"], 1U);
    EXPECT_EQ(counts.abandoned, 1U);
    EXPECT_EQ(counts.committed, 0U);
}

TEST_F(LoadTest, ARefusedRequestEndsTheRun) {
    LoadOptions options{.connections = 2, .batch = 10, .warmup_s = 0, .duration_s = 5};
    const ChainRef chain{backend.network(), testing::filled<ledger::ChannelId>(9)};
    TransactionSource source(chain, padded_deposits(chain, identity, 256));
    auto begin = SteadyClock::now();
    auto result = run_load(options, {"", {{&source, {live()}}}}, {});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Code::not_found);
    EXPECT_LT(SteadyClock::now() - begin, std::chrono::seconds(4));
}

TEST_F(LoadTest, AClosedLoopCountsWhatIsSentAfterTheWarmUp) {
    int begun = 0;
    LoadEvents events;
    events.measuring = [&] { ++begun; };
    auto result = run(
        {.connections = 2, .batch = 5, .warmup_s = 0.1, .duration_s = 0.4, .every_s = 0.1}, events);
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(begun, 1);
    EXPECT_GT(result->counts.committed, 0U);
    EXPECT_EQ(result->counts.committed % 5, 0U);
    EXPECT_EQ(result->counts.latency.count(), result->counts.committed);
    EXPECT_GE(result->counts.signed_live, result->counts.committed);
    EXPECT_EQ(result->due, 0U);
    ASSERT_EQ(result->intervals.size(), 4U);
    std::uint64_t sum = 0;
    for (const LoadInterval& interval : result->intervals) sum += interval.committed;
    EXPECT_LE(sum, result->counts.committed);
    EXPECT_GT(sum, result->counts.committed / 2);
    EXPECT_GE(result->intervals.back().end_s, 0.4);
}

TEST_F(LoadTest, AnOpenLoopSendsWhatIsDueWhateverComesBack) {
    auto result =
        run({.connections = 8, .batch = 50, .warmup_s = 0, .duration_s = 0.5, .rate = 400});
    ASSERT_TRUE(result) << result.error().message;
    EXPECT_EQ(result->due, 200U);
    EXPECT_EQ(result->unsent, 0U);
    EXPECT_EQ(result->counts.committed, 200U);
}

TEST_F(LoadTest, AnOpenLoopTellsWhatItCouldNotSend) {
    auto result = run({.connections = 1,
                       .batch = 2,
                       .warmup_s = 0,
                       .duration_s = 0.3,
                       .rate = 100'000,
                       .drain_s = 0});
    ASSERT_TRUE(result) << result.error().message;
    const LoadCounts& counts = result->counts;
    EXPECT_EQ(result->due, 30'000U);
    EXPECT_GT(result->unsent, 10'000U);
    EXPECT_GT(counts.late, 0U);
    EXPECT_GT(counts.most_late_us, LoadCounts::k_late_us);
    // Each has its place among the latencies, so that the percentiles hide nothing.
    EXPECT_EQ(counts.committed + counts.abandoned + result->unsent, result->due);
    EXPECT_EQ(counts.latency.count(), result->due);
    EXPECT_GT(counts.latency.percentile(0.5), 50'000U);
}

TEST_F(LoadTest, TheStockGoesFirst) {
    const ChainRef chain{backend.network(), FakeBackend::channel_of("open")};
    TransactionSource source(chain, padded_deposits(chain, identity, 256));
    std::atomic<std::size_t> done{0};
    ASSERT_TRUE(source.sign_stock(600, [&](std::size_t more) { done += more; }));
    EXPECT_EQ(done, 600U);
    auto first = source.take(500);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->signed_now, 0U);
    auto second = source.take(500);
    ASSERT_TRUE(second);
    EXPECT_EQ(second->signed_now, 400U);
    std::set<Bytes> different;
    for (auto* taken : {&*first, &*second}) {
        for (const Bytes& bytes : taken->transactions) {
            auto transaction = ledger::Transaction::decode(bytes);
            ASSERT_TRUE(transaction);
            EXPECT_EQ(transaction->payload_bytes().size(), 256U);
            EXPECT_TRUE(transaction->verify_signature().ok());
            different.insert(bytes);
        }
    }
    EXPECT_EQ(different.size(), 1000U);
}

}  // namespace
}  // namespace bsn::cli
