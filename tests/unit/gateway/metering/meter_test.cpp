// Buckets, meters and how their figures are kept, by a clock that stands where it is put.
#include "../gateway_fixture.hpp"
#include "gateway/metering/usage_reports.hpp"

#include <gtest/gtest.h>

namespace bsn::testing {
namespace {

using gateway::Asker;
using gateway::day_of;
using gateway::Meter;
using gateway::Metering;
using gateway::TokenBucket;
using gateway::Usage;
using registry::GatewayLimits;

constexpr UnixMillis k_day = gateway::k_day_ms;

class HandClock final : public Clock {
  public:
    UnixMillis now() const override { return wall; }
    std::uint64_t monotonic() const override { return since; }
    void pass(std::uint64_t millis) {
        wall += millis;
        since += millis;
    }
    std::atomic<UnixMillis> wall{20'000 * k_day};
    std::atomic<std::uint64_t> since{5};
};

std::shared_ptr<registry::App> app_of(const std::string& name) {
    auto app = std::make_shared<registry::App>();
    app->record.name = name;
    app->record.channel = FakeBackend::channel_of(name);
    return app;
}

TEST(TokenBucket, HoldsASecondsWorthAndFillsEvenly) {
    TokenBucket bucket;
    EXPECT_EQ(bucket.take(50, 10, 1000), 10U);
    EXPECT_EQ(bucket.take(1, 10, 1000), 0U);
    EXPECT_EQ(bucket.wait(10), 100U);
    EXPECT_EQ(bucket.take(1, 10, 1099), 0U);
    EXPECT_EQ(bucket.wait(10), 1U);
    EXPECT_EQ(bucket.take(5, 10, 1100), 1U);
    EXPECT_EQ(bucket.take(50, 10, 1600), 5U);
    EXPECT_EQ(bucket.take(50, 10, 1'000'000), 10U) << "it holds no more than a second's worth";
}

TEST(TokenBucket, LetsThroughItsRateHoweverItIsAsked) {
    for (std::uint64_t rate : {1U, 3U, 7U, 1000U, 1'000'000U}) {
        TokenBucket bucket;
        bucket.take(rate, rate, 0);
        std::uint64_t taken = 0;
        for (std::uint64_t now = 0; now <= 30'000; now += 13) taken += bucket.take(rate, rate, now);
        taken += bucket.take(rate, rate, 30'000);
        EXPECT_LE(taken, 30 * rate);
        EXPECT_GE(taken, 30 * rate - 1) << "what comes when it is full is lost";
    }
}

TEST(TokenBucket, TakesUpAnotherRateAtOnce) {
    TokenBucket bucket;
    EXPECT_EQ(bucket.take(1, 1000, 0), 1U);
    EXPECT_EQ(bucket.take(100, 2, 1), 2U) << "what was saved up at a higher rate is lost";
    EXPECT_EQ(bucket.take(100, 100, 1000), 99U);
}

class MeterTest : public ::testing::Test {
  protected:
    Meter& meter() { return metering.of(*app); }
    std::string metrics() const { return registry.render(); }
    bool has_line(const std::string& line) const {
        return metrics().find(line + "\n") != std::string::npos;
    }

    HandClock clock;
    MetricsRegistry registry;
    std::shared_ptr<registry::App> app = app_of("kv");
    Metering::FindApp find = [this](const ledger::ChannelId& channel) {
        return channel == app->record.channel ? app : nullptr;
    };
    Metering metering{find, clock, registry};
};

TEST_F(MeterTest, WithoutLimitsEverythingGoesOnAndIsCounted) {
    EXPECT_EQ(meter().take({}, 100'000, Asker::shown).transactions, 100'000U);
    EXPECT_FALSE(meter().turn_away({}, Asker::shown).has_value());
    meter().count_traffic(10, 32);
    const Usage usage = *meter().usage_of(20'000);
    EXPECT_EQ(usage.transactions, 100'000U);
    EXPECT_EQ(usage.refused, 0U);
    EXPECT_EQ(usage.traffic(), 42U);
    EXPECT_TRUE(has_line("bsn_app_transactions_total{app=\"kv\"} 100000"));
    EXPECT_TRUE(has_line("bsn_app_traffic_bytes_total{app=\"kv\",direction=\"in\"} 10"));
    EXPECT_TRUE(has_line("bsn_app_traffic_bytes_total{app=\"kv\",direction=\"out\"} 32"));
}

TEST_F(MeterTest, TakesTheFirstOfABatchAndRefusesTheRest) {
    const GatewayLimits limits{.transactions_per_second = 10};
    auto grant = meter().take(limits, 25, Asker::shown);
    EXPECT_EQ(grant.transactions, 10U);
    ASSERT_TRUE(grant.refusal.has_value());
    EXPECT_EQ(grant.refusal->error.code, Code::overloaded);
    EXPECT_NE(grant.refusal->error.message.find("10 transactions a second"), std::string::npos);
    EXPECT_EQ(grant.refusal->retry_after_s, 1U);
    clock.pass(500);
    EXPECT_EQ(meter().take(limits, 25, Asker::shown).transactions, 5U);
    EXPECT_EQ(meter().usage_of(20'000)->transactions, 15U);
    EXPECT_EQ(meter().usage_of(20'000)->refused, 35U);
    EXPECT_TRUE(has_line("bsn_app_refused_total{app=\"kv\",limit=\"transactions_per_second\"} 35"));
}

TEST_F(MeterTest, AnAppDoesNotUseUpAnothers) {
    const GatewayLimits limits{.transactions_per_second = 5};
    auto other = app_of("other");
    EXPECT_EQ(meter().take(limits, 100, Asker::shown).transactions, 5U);
    EXPECT_EQ(metering.of(*other).take(limits, 3, Asker::shown).transactions, 3U);
    EXPECT_EQ(metering.of(*other).take(limits, 3, Asker::shown).transactions, 2U);
}

TEST_F(MeterTest, TrafficEndsForTheDayAtItsLimit) {
    const GatewayLimits limits{.traffic_bytes_per_day = 100};
    clock.pass(k_day - 10'000);
    meter().count_traffic(60, 39);
    EXPECT_FALSE(meter().turn_away(limits, Asker::shown).has_value());
    meter().count_traffic(1, 500);
    auto refusal = meter().turn_away(limits, Asker::shown);
    ASSERT_TRUE(refusal.has_value());
    EXPECT_EQ(refusal->error.code, Code::overloaded);
    EXPECT_EQ(refusal->retry_after_s, 10U);
    EXPECT_EQ(meter().usage_of(20'000)->refused, 1U);
    clock.pass(10'000);
    EXPECT_FALSE(meter().turn_away(limits, Asker::shown).has_value()) << "another day";
    EXPECT_EQ(meter().usage_of(20'000)->traffic(), 600U);
}

TEST_F(MeterTest, StorageEndsTransactionsAndNothingElse) {
    const GatewayLimits limits{.storage_bytes = 1000};
    meter().set_counted_blocks({5, 999});
    EXPECT_EQ(meter().take(limits, 2, Asker::shown).transactions, 2U);
    meter().set_counted_blocks({6, 1200});
    auto grant = meter().take(limits, 2, Asker::shown);
    EXPECT_EQ(grant.transactions, 0U);
    EXPECT_NE(grant.refusal->error.message.find("storage_bytes"), std::string::npos);
    EXPECT_FALSE(meter().turn_away(limits, Asker::shown).has_value());
    EXPECT_TRUE(has_line("bsn_app_storage_bytes{app=\"kv\"} 1200"));
    EXPECT_TRUE(has_line("bsn_app_refused_total{app=\"kv\",limit=\"storage_bytes\"} 2"));
}

TEST_F(MeterTest, ClientsOfADialectAreHeldBackByTheLimitsOfNow) {
    EXPECT_TRUE(metering.take_one(app->record.channel).ok());
    app = app_of("kv");
    app->record.gateway.limits.transactions_per_second = 1;
    EXPECT_TRUE(metering.take_one(app->record.channel).ok());
    EXPECT_EQ(metering.take_one(app->record.channel).error().code, Code::overloaded);
    EXPECT_TRUE(metering.take_one(FakeBackend::channel_of("nothing")).ok());
}

TEST_F(MeterTest, FiguresOutliveTheProcess) {
    auto database = store::make_memory_database();
    ASSERT_TRUE(metering.open(*database).ok());
    meter().take({}, 7, Asker::shown);
    meter().set_counted_blocks({3, 300});
    ASSERT_TRUE(metering.save().ok());
    clock.pass(k_day);
    meter().count_traffic(1, 2);
    ASSERT_TRUE(metering.save().ok());
    meter().take({}, 1000, Asker::shown);  // lost with the process

    MetricsRegistry metrics_again;
    Metering again(find, clock, metrics_again);
    ASSERT_TRUE(again.open(*database).ok());
    Meter& same = again.of(*app);
    EXPECT_EQ(same.usage_of(20'000)->transactions, 7U);
    EXPECT_EQ(same.usage_of(20'000)->storage, 300U);
    EXPECT_EQ(same.usage_of(20'001)->traffic(), 3U);
    EXPECT_EQ(same.usage_of(20'001)->transactions, 0U);
    EXPECT_EQ(same.counted_blocks(), (gateway::CountedBlocks{3, 300}));
    // The limit of the day goes on where it was.
    EXPECT_TRUE(same.turn_away({.traffic_bytes_per_day = 3}, Asker::shown).has_value());
}

TEST_F(MeterTest, ForgetsDaysThatThePermissionChainHas) {
    auto database = store::make_memory_database();
    ASSERT_TRUE(metering.open(*database).ok());
    meter().take({}, 7, Asker::shown);
    ASSERT_TRUE(metering.save().ok());
    meter().note_recorded(20'000, *meter().usage_of(20'000));
    clock.pass(4 * k_day);
    ASSERT_TRUE(metering.save().ok());
    EXPECT_FALSE(meter().usage_of(20'000).has_value());
    std::size_t kept = 0;
    ASSERT_TRUE(database
                    ->scan(store::Table::meta, as_bytes("gateway/usage/"), {},
                           [&](ByteView, ByteView) { return ++kept > 0; })
                    .ok());
    EXPECT_EQ(kept, 0U);
}

TEST_F(MeterTest, AppsBeyondTheFirstHaveOneSeriesTogether) {
    for (std::size_t i = 0; i < Metering::k_most_series + 20; ++i) {
        metering.of(*app_of("app" + std::to_string(i))).take({}, 1, Asker::shown);
    }
    EXPECT_TRUE(has_line("bsn_app_transactions_total{app=\"app0\"} 1"));
    EXPECT_TRUE(has_line("bsn_app_transactions_total{app=\"other\"} 20"));
}

TEST_F(MeterTest, AnswersManyThreadsExactly) {
    std::vector<std::thread> threads;
    std::atomic<std::uint64_t> taken{0};
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 5000; ++n) {
                taken += metering.of(*app)
                             .take({.transactions_per_second = 1234}, 1, Asker::shown)
                             .transactions;
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(taken, 1234U);
    EXPECT_EQ(meter().usage_of(20'000)->refused, 20'000U - 1234U);
}

TEST(Usage, IsReadAsItWasWritten) {
    const Usage usage{1, 2, 3, 4, 5, true};
    EXPECT_EQ(*Usage::decode(usage.encode()), usage);
    EXPECT_FALSE(Usage::decode(ByteView(usage.encode()).first(20)).ok());
    const gateway::CountedBlocks counted{7, 8};
    EXPECT_EQ(*gateway::CountedBlocks::decode(counted.encode()), counted);
    EXPECT_EQ(gateway::day_name(20'000), "2024-10-04");
}

/// Reports go to the fake node's permission chain.
class Reports : public GatewayTest {
  protected:
    Reports() {
        std::vector<crypto::PrivateKey> keys;
        for (auto suite :
             {crypto::SuiteId::secp256r1, crypto::SuiteId::secp256k1, crypto::SuiteId::sm2}) {
            keys.push_back(crypto::PrivateKey::generate(suite));
        }
        identity = std::make_unique<ordering::NodeIdentity>(std::move(keys));
        backend.set_identity(identity.get());
        backend.system().on_make_transaction = [this](const framework::Invocation& call) {
            std::string text = answer + call.function;
            for (const Bytes& argument : call.arguments) text += " " + to_text(argument);
            std::lock_guard lock(mutex);
            sent.push_back(text);
            return Result<Bytes>(to_bytes(text));
        };
    }
    std::size_t count() {
        std::lock_guard lock(mutex);
        return sent.size();
    }

    HandClock clock;
    std::mutex mutex;
    std::vector<std::string> sent;
    std::string answer;  ///< what the chain makes of it
    std::unique_ptr<ordering::NodeIdentity> identity;
    Metering metering{
        [this](const ledger::ChannelId& channel) { return backend.app(to_hex(channel)); }, clock,
        backend.metrics()};
    gateway::UsageReports reports{backend, metering};
};

TEST_F(Reports, TellEachDayOnceItHasEnded) {
    Meter& meter = metering.of(*backend.app("kv"));
    meter.take({}, 3, Asker::shown);
    meter.count_traffic(10, 20);
    meter.set_counted_blocks({2, 77});
    clock.pass(k_day - 1);
    reports.send();
    clock.pass(60'000);
    reports.send();
    EXPECT_EQ(count(), 0U) << "requests of yesterday may be under way";
    clock.pass(1);
    reports.send();
    ASSERT_EQ(count(), 1U);
    EXPECT_EQ(sent[0],
              "record_usage 2024-10-04 {\"kv\":{\"transactions\":3,\"refused\":0,"
              "\"traffic_bytes\":30,\"storage_bytes\":77}}");
    EXPECT_TRUE(eventually([&] { return meter.usage_of(20'000)->recorded; }));
    clock.pass(3 * 60'000);
    reports.send();
    EXPECT_EQ(count(), 1U);
}

TEST_F(Reports, TellAgainWhatWasNotTaken) {
    answer = "refuse ";
    Meter& meter = metering.of(*backend.app("kv"));
    meter.take({}, 3, Asker::shown);
    clock.pass(k_day + 60'000);
    reports.send();
    EXPECT_TRUE(eventually([&] {
        clock.pass(60'000);
        reports.send();
        return count() >= 3;
    }));
    EXPECT_FALSE(meter.usage_of(20'000)->recorded);
}

}  // namespace
}  // namespace bsn::testing
