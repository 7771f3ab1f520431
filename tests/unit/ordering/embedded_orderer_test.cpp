#include "ordering/embedded_orderer.hpp"

#include "support/format_laws.hpp"
#include "support/ledger_fixtures.hpp"
#include "support/replica_world.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

namespace bsn::ordering {
namespace {

using namespace std::chrono_literals;
using testing::ManualClock;

constexpr auto k_patience = 20s;

ledger::OrdererId orderer_id() { return testing::filled<ledger::OrdererId>(0x44); }

/// Keeps what it is given.
class Collector final : public OrderConsumer {
  public:
    void consume(const OrderedHeight& ordered) override {
        {
            std::lock_guard lock(mutex_);
            heights_.push_back(ordered);
            if (on_consume) on_consume(ordered);
        }
        changed_.notify_all();
    }
    /// All heights, once there are so many envelopes in them.
    std::vector<OrderedHeight> wait_for_envelopes(std::size_t count) {
        std::unique_lock lock(mutex_);
        bool there = changed_.wait_for(lock, k_patience, [&] {
            std::size_t envelopes = 0;
            for (const auto& height : heights_) envelopes += height.envelopes.size();
            return envelopes >= count;
        });
        EXPECT_TRUE(there);
        return heights_;
    }
    std::vector<OrderedHeight> heights() {
        std::lock_guard lock(mutex_);
        return heights_;
    }

    std::function<void(const OrderedHeight&)> on_consume;

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<OrderedHeight> heights_;
};

std::vector<Bytes> all_envelopes(const std::vector<OrderedHeight>& heights) {
    std::vector<Bytes> envelopes;
    for (const auto& height : heights) {
        envelopes.insert(envelopes.end(), height.envelopes.begin(), height.envelopes.end());
    }
    return envelopes;
}

/// A log that another object owns, so that it outlives the orderer; it may fail or stand still.
class SharedLog final : public store::AppendLog {
  public:
    struct State {
        std::unique_ptr<store::AppendLog> log = store::make_memory_log();
        std::mutex mutex;
        std::condition_variable changed;
        Status append_outcome;
        Status sync_outcome;
        Status health;
        bool held = false;
        std::size_t synced = 0;  ///< records at the last sync
        std::size_t records = 0;
    };

    explicit SharedLog(State& state) : state_(state) {}

    Result<store::LogPosition> append(ByteView record) override {
        std::unique_lock lock(state_.mutex);
        state_.changed.wait(lock, [this] { return !state_.held; });
        if (!state_.append_outcome) return state_.append_outcome.error();
        ++state_.records;
        return state_.log->append(record);
    }
    Status sync() override {
        std::lock_guard lock(state_.mutex);
        if (!state_.sync_outcome) return state_.sync_outcome;
        state_.synced = state_.records;
        return {};
    }
    Status health() const override { return state_.health; }
    Result<Bytes> read(const store::LogPosition& position) const override {
        return state_.log->read(position);
    }
    Status scan_from(const store::LogPosition& from, const Visit& visit) const override {
        return state_.log->scan_from(from, visit);
    }

  private:
    State& state_;
};

class EmbeddedOrdererTest : public ::testing::Test {
  protected:
    ~EmbeddedOrdererTest() override { hold(false); }

    void start(std::uint64_t from = 1) {
        collector = std::make_unique<Collector>();
        orderer = make();
        orderer->subscribe(*collector, from);
        Status status = orderer->start();
        ASSERT_TRUE(status.ok()) << status.error().message;
    }
    std::unique_ptr<EmbeddedOrderer> make() {
        return std::make_unique<EmbeddedOrderer>(orderer_id(), std::make_unique<SharedLog>(log),
                                                 clock);
    }
    void hold(bool held) {
        {
            std::lock_guard lock(log.mutex);
            log.held = held;
        }
        log.changed.notify_all();
    }
    void wait_until_healthy(bool healthy) {
        const auto deadline = std::chrono::steady_clock::now() + k_patience;
        while (orderer->health().ok() != healthy && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::sleep_for(1ms);
        }
        ASSERT_EQ(orderer->health().ok(), healthy);
    }
    void wait_until_stopped() { wait_until_healthy(false); }
    void set_append_outcome(Status outcome) {
        std::lock_guard lock(log.mutex);
        log.append_outcome = std::move(outcome);
    }

    ManualClock clock;
    SharedLog::State log;
    std::unique_ptr<Collector> collector;
    std::unique_ptr<EmbeddedOrderer> orderer;
};

TEST_F(EmbeddedOrdererTest, what_is_submitted_is_ordered_in_heights_without_gaps) {
    start();
    std::vector<Bytes> submitted;
    for (int i = 0; i < 200; ++i) {
        submitted.push_back(to_bytes("envelope " + std::to_string(i)));
        ASSERT_TRUE(orderer->submit(submitted.back()));
    }
    auto heights = collector->wait_for_envelopes(200);
    EXPECT_EQ(all_envelopes(heights), submitted);
    UnixMillis time = 0;
    for (std::size_t i = 0; i < heights.size(); ++i) {
        EXPECT_EQ(heights[i].height, i + 1);
        EXPECT_EQ(heights[i].orderer, orderer_id());
        EXPECT_EQ(heights[i].era, 0U);
        EXPECT_GT(heights[i].time, time) << "also when the clock stands still";
        EXPECT_FALSE(heights[i].envelopes.empty());
        time = heights[i].time;
    }
    EXPECT_GE(heights.front().time, clock.now());
    EXPECT_EQ(orderer->height(), heights.size());
    EXPECT_TRUE(orderer->health());
}

TEST_F(EmbeddedOrdererTest, all_consumers_see_the_same_order) {
    Collector other;
    collector = std::make_unique<Collector>();
    orderer = make();
    orderer->subscribe(*collector, 1);
    orderer->subscribe(other, 1);
    ASSERT_TRUE(orderer->start());
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < 50; ++i) {
                EXPECT_TRUE(orderer->submit(to_bytes(std::to_string(t) + "-" + std::to_string(i))));
            }
        });
    }
    for (auto& thread : threads) thread.join();
    auto one = all_envelopes(collector->wait_for_envelopes(200));
    auto two = all_envelopes(other.wait_for_envelopes(200));
    EXPECT_EQ(one, two);
    EXPECT_EQ(std::set<Bytes>(one.begin(), one.end()).size(), 200U);
    orderer->stop();
}

TEST_F(EmbeddedOrdererTest, nothing_is_delivered_before_it_is_durable) {
    collector = std::make_unique<Collector>();
    std::atomic<bool> durable{true};
    collector->on_consume = [&](const OrderedHeight& ordered) {
        std::lock_guard lock(log.mutex);
        if (log.synced < ordered.height) durable = false;
    };
    orderer = make();
    orderer->subscribe(*collector, 1);
    ASSERT_TRUE(orderer->start());
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(orderer->submit(to_bytes(std::to_string(i))));
        if (i % 5 == 0) std::this_thread::sleep_for(1ms);
    }
    collector->wait_for_envelopes(50);
    EXPECT_TRUE(durable);
}

TEST_F(EmbeddedOrdererTest, a_restart_goes_on_where_it_was_and_delivers_the_old_heights_again) {
    start();
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(orderer->submit(to_bytes(std::to_string(i))));
        collector->wait_for_envelopes(static_cast<std::size_t>(i) + 1);
    }
    auto before = collector->heights();
    ASSERT_EQ(before.size(), 10U);
    orderer->stop();
    start();
    auto again = collector->heights();
    ASSERT_EQ(again.size(), 10U) << "delivered when start returns";
    for (std::size_t i = 0; i < before.size(); ++i) {
        EXPECT_EQ(again[i].encode(), before[i].encode());
    }
    ASSERT_TRUE(orderer->submit(to_bytes("next")));
    auto after = collector->wait_for_envelopes(11);
    EXPECT_EQ(after.back().height, 11U);
    EXPECT_GT(after.back().time, before.back().time);
}

TEST_F(EmbeddedOrdererTest, each_consumer_gets_the_heights_from_the_one_it_names) {
    start();
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(orderer->submit(to_bytes(std::to_string(i))));
        collector->wait_for_envelopes(static_cast<std::size_t>(i) + 1);
    }
    orderer->stop();
    Collector late;
    collector = std::make_unique<Collector>();
    orderer = make();
    orderer->subscribe(*collector, 3);
    orderer->subscribe(late, 7);
    ASSERT_TRUE(orderer->start());
    ASSERT_EQ(collector->heights().size(), 3U);
    EXPECT_EQ(collector->heights().front().height, 3U);
    ASSERT_TRUE(orderer->submit(to_bytes("6")));
    collector->wait_for_envelopes(4);
    ASSERT_TRUE(orderer->submit(to_bytes("7")));
    EXPECT_EQ(late.wait_for_envelopes(1).front().height, 7U);
    orderer->stop();
}

TEST_F(EmbeddedOrdererTest, time_goes_on_also_when_the_clock_was_set_back) {
    start();
    clock.advance(1'000'000);
    ASSERT_TRUE(orderer->submit(to_bytes("a")));
    UnixMillis time = collector->wait_for_envelopes(1).back().time;
    orderer->stop();
    ManualClock earlier;
    orderer =
        std::make_unique<EmbeddedOrderer>(orderer_id(), std::make_unique<SharedLog>(log), earlier);
    collector = std::make_unique<Collector>();
    orderer->subscribe(*collector, 1);
    ASSERT_TRUE(orderer->start());
    ASSERT_TRUE(orderer->submit(to_bytes("b")));
    EXPECT_EQ(collector->wait_for_envelopes(2).back().time, time + 1);
    orderer->stop();
}

// --- what it cannot do

TEST_F(EmbeddedOrdererTest, an_envelope_that_is_too_large_is_refused) {
    start();
    Status status = orderer->submit(Bytes(k_max_envelope_bytes + 1));
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::too_large);
    EXPECT_TRUE(orderer->submit(Bytes(k_max_envelope_bytes)));
    EXPECT_EQ(collector->wait_for_envelopes(1)[0].envelopes[0].size(), k_max_envelope_bytes);
}

TEST_F(EmbeddedOrdererTest, a_disk_that_falls_behind_makes_it_refuse_more) {
    start();
    hold(true);
    std::size_t taken = 0;
    Status status;
    while (taken < 100) {
        status = orderer->submit(Bytes(1U << 20, static_cast<std::uint8_t>(taken)));
        if (!status) break;
        ++taken;
    }
    ASSERT_FALSE(status.ok()) << "memory is bounded";
    EXPECT_EQ(status.error().code, Code::overloaded);
    EXPECT_GE(taken, 60U);
    EXPECT_TRUE(orderer->health()) << "it is only slow";
    hold(false);
    collector->wait_for_envelopes(taken);
    EXPECT_TRUE(orderer->submit(to_bytes("again")));
    for (const auto& height : collector->wait_for_envelopes(taken + 1)) {
        std::size_t bytes = 0;
        for (const Bytes& envelope : height.envelopes) bytes += envelope.size();
        EXPECT_LE(bytes, 3U << 20) << "a height has a bound, too";
    }
}

TEST_F(EmbeddedOrdererTest, on_a_full_disk_it_waits_and_says_why) {
    start();
    ASSERT_TRUE(orderer->submit(to_bytes("a")));
    collector->wait_for_envelopes(1);
    set_append_outcome(Error{Code::no_space, "no space left on device"});
    ASSERT_TRUE(orderer->submit(to_bytes("b"))) << "it promises nothing";
    wait_until_stopped();
    EXPECT_EQ(orderer->health().error().code, Code::no_space);
    EXPECT_NE(orderer->health().error().message.find("no space left"), std::string::npos);
    Status refused = orderer->submit(to_bytes("c"));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::no_space);
    EXPECT_EQ(collector->heights().size(), 1U);
    EXPECT_EQ(orderer->height(), 1U);

    set_append_outcome({});
    wait_until_healthy(true);
    ASSERT_TRUE(orderer->submit(to_bytes("d")));
    auto heights = collector->wait_for_envelopes(3);
    ASSERT_EQ(heights.size(), 3U);
    EXPECT_EQ(as_text(heights[1].envelopes.at(0)), "b") << "what waited is ordered";
    EXPECT_EQ(heights[2].height, 3U);
}

TEST_F(EmbeddedOrdererTest, it_can_be_stopped_while_it_waits_for_space) {
    start();
    set_append_outcome(Error{Code::no_space, "no space left on device"});
    ASSERT_TRUE(orderer->submit(to_bytes("a")));
    wait_until_stopped();
    orderer->stop();
    set_append_outcome({});
    start();
    ASSERT_TRUE(orderer->submit(to_bytes("b")));
    EXPECT_EQ(collector->wait_for_envelopes(1).back().height, 1U);
}

TEST_F(EmbeddedOrdererTest, a_log_that_takes_no_more_stops_it) {
    start();
    log.health = Error{Code::no_space, "what is on disk is unknown"};
    set_append_outcome(Error{Code::no_space, "no space left on device"});
    ASSERT_TRUE(orderer->submit(to_bytes("a")));
    wait_until_stopped();
    set_append_outcome({});
    EXPECT_NE(orderer->health().error().message.find("stopped"), std::string::npos);
    EXPECT_FALSE(orderer->submit(to_bytes("b")).ok());
    EXPECT_TRUE(collector->heights().empty());
}

TEST_F(EmbeddedOrdererTest, a_failed_sync_stops_it_and_delivers_nothing) {
    start();
    {
        std::lock_guard lock(log.mutex);
        log.sync_outcome = Error{Code::io_error, "input/output error"};
    }
    ASSERT_TRUE(orderer->submit(to_bytes("a")));
    wait_until_stopped();
    EXPECT_EQ(orderer->health().error().code, Code::io_error);
    EXPECT_TRUE(collector->heights().empty());
}

TEST_F(EmbeddedOrdererTest, a_stop_ends_it_also_when_much_waits) {
    start();
    hold(true);
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(orderer->submit(Bytes(1U << 20)));
    std::thread later([this] {
        std::this_thread::sleep_for(20ms);
        hold(false);
    });
    orderer->stop();
    later.join();
    orderer->stop();
    EXPECT_EQ(orderer->submit(Bytes(1)).error().code, Code::unavailable);
}

// --- damaged logs

TEST_F(EmbeddedOrdererTest, a_log_of_another_orderer_is_not_continued) {
    start();
    ASSERT_TRUE(orderer->submit(to_bytes("a")));
    collector->wait_for_envelopes(1);
    orderer->stop();
    EmbeddedOrderer other(testing::filled<ledger::OrdererId>(0x45),
                          std::make_unique<SharedLog>(log), clock);
    Status status = other.start();
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().code, Code::corrupted);
}

TEST_F(EmbeddedOrdererTest, a_log_with_a_height_missing_or_with_other_records_is_refused) {
    auto height = [](std::uint64_t number) {
        return OrderedHeight{orderer_id(), 0, number, 1'000 + number, {to_bytes("a")}}.encode();
    };
    const std::vector<std::vector<Bytes>> logs{
        {height(1), height(3)}, {height(2)}, {height(1), height(1)}, {height(1), to_bytes("junk")}};
    for (const auto& records : logs) {
        SharedLog::State damaged;
        for (const Bytes& record : records) ASSERT_TRUE(damaged.log->append(record).ok());
        EmbeddedOrderer refused(orderer_id(), std::make_unique<SharedLog>(damaged), clock);
        Status status = refused.start();
        ASSERT_FALSE(status.ok());
        EXPECT_NE(status.error().message.find("segment 1, offset"), std::string::npos)
            << status.error().message;
    }
}

/// A crash in the middle of an append leaves a torn end: what was delivered is whole, since that
/// was durable before.
TEST(EmbeddedOrdererOnDiskTest, a_torn_end_of_the_log_is_cut_and_ordering_goes_on) {
    TemporaryFolder folder;
    ManualClock clock;
    auto run = [&](Collector& collector, std::size_t first, std::size_t count) {
        auto log = store::open_append_log(folder.path());
        ASSERT_TRUE(log.ok()) << log.error().message;
        EmbeddedOrderer orderer(orderer_id(), std::move(*log), clock);
        orderer.subscribe(collector, 1);
        ASSERT_TRUE(orderer.start());
        for (std::size_t i = 0; i < count; ++i) {
            ASSERT_TRUE(orderer.submit(to_bytes("envelope " + std::to_string(first + i))));
            collector.wait_for_envelopes(first + i + 1);
        }
        orderer.stop();
    };
    Collector before;
    run(before, 0, 5);
    std::filesystem::path file;
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
        if (entry.path().extension() == ".log") file = entry.path();
    }
    ASSERT_FALSE(file.empty());
    {
        std::ofstream tail(file, std::ios::binary | std::ios::app);
        tail.write("\0\0\0\x40torn", 8);
    }
    Collector after;
    run(after, 5, 2);
    auto heights = after.heights();
    ASSERT_EQ(heights.size(), 7U);
    for (std::size_t i = 0; i < 5; ++i) {
        EXPECT_EQ(heights[i].encode(), before.heights()[i].encode());
    }
    EXPECT_EQ(heights.back().height, 7U);
}

TEST(OrderedHeightTest, its_encoding_is_strict) {
    OrderedHeight ordered{orderer_id(), 3, 17, 1'700'000'000'000, {to_bytes("a"), {}, Bytes(300)}};
    auto decoded = OrderedHeight::decode(ordered.encode());
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(decoded->orderer, ordered.orderer);
    EXPECT_EQ(decoded->era, 3U);
    EXPECT_EQ(decoded->height, 17U);
    EXPECT_EQ(decoded->time, ordered.time);
    EXPECT_EQ(decoded->envelopes, ordered.envelopes);
    testing::expect_strict_format(ordered.encode(), OrderedHeight::decode);
}

}  // namespace
}  // namespace bsn::ordering
