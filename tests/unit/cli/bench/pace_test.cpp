#include "cli/bench/pace.hpp"

#include <gtest/gtest.h>

namespace bsn::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Every slot of a schedule whose sender is always on time.
std::vector<OpenSchedule::Slot> all_slots(OpenSchedule& schedule, Nanos end) {
    std::vector<OpenSchedule::Slot> slots;
    Nanos now{0};
    while (auto slot = schedule.next(now, end)) {
        now = std::max(now, slot->send_at);
        slots.push_back(*slot);
    }
    return slots;
}

TEST(OpenSchedule, HandsOutEveryTransactionOnceAndAtItsTime) {
    OpenSchedule schedule(3'000, milliseconds(5), 500);
    std::uint64_t expected = 0;
    for (const auto& slot : all_slots(schedule, seconds(2))) {
        EXPECT_EQ(slot.first, expected);
        EXPECT_EQ(slot.send_at, schedule.due(slot.first + slot.count - 1));
        // Nobody waits longer for the others of the request than the window.
        EXPECT_LE(slot.send_at - schedule.due(slot.first), milliseconds(5));
        expected += slot.count;
    }
    EXPECT_EQ(expected, 6'000U);
    EXPECT_EQ(schedule.due_before(seconds(2)), 6'000U);
}

TEST(OpenSchedule, SendsEachAloneAtALowRate) {
    OpenSchedule schedule(100, milliseconds(5), 500);
    auto slots = all_slots(schedule, seconds(1));
    ASSERT_EQ(slots.size(), 100U);
    for (const auto& slot : slots) {
        EXPECT_EQ(slot.count, 1U);
        EXPECT_EQ(slot.send_at, schedule.due(slot.first));
    }
}

TEST(OpenSchedule, ALateSenderGetsAllThatFellDueMeanwhile) {
    OpenSchedule schedule(1'000, milliseconds(5), 400);
    auto slot = schedule.next(milliseconds(300), seconds(1));
    ASSERT_TRUE(slot);
    EXPECT_EQ(slot->first, 0U);
    EXPECT_EQ(slot->count, 300U);
    EXPECT_LE(slot->send_at, milliseconds(300));  // long since; the due times stay as they were
    EXPECT_EQ(schedule.due(0), Nanos(0));
    slot = schedule.next(milliseconds(900), seconds(1));
    ASSERT_TRUE(slot);
    EXPECT_EQ(slot->first, 300U);
    EXPECT_EQ(slot->count, 400U);  // no more than fit into one request
    EXPECT_EQ(schedule.next_number(), 700U);
}

TEST(OpenSchedule, EndsInTime) {
    OpenSchedule schedule(1'000, milliseconds(50), 500);
    std::uint64_t sum = 0;
    while (auto slot = schedule.next(seconds(5), milliseconds(120))) sum += slot->count;
    EXPECT_EQ(sum, 120U);
    EXPECT_EQ(schedule.next_number(), 120U);
    EXPECT_FALSE(schedule.next(seconds(9), milliseconds(120)));
}

TEST(OpenSchedule, CountsWhatIsDueAlsoAtRatesThatDoNotDivide) {
    for (double rate : {0.7, 3.0, 7'777.0, 123'456.7}) {
        OpenSchedule schedule(rate, milliseconds(5), 500);
        for (std::uint64_t i : {std::uint64_t{1}, std::uint64_t{17}, std::uint64_t{99'999}}) {
            EXPECT_EQ(schedule.due_before(schedule.due(i)), i) << rate;
            EXPECT_EQ(schedule.due_before(schedule.due(i) + Nanos(1)), i + 1) << rate;
        }
        EXPECT_EQ(schedule.due_before(Nanos(0)), 0U);
        EXPECT_EQ(schedule.due_before(Nanos(-5)), 0U);
    }
}

TEST(Backoff, GrowsToItsLongestAndIsRandom) {
    Backoff backoff(1);
    Nanos length = Backoff::k_first;
    bool differs = false;
    Backoff other(2);
    for (int i = 0; i < 12; ++i) {
        Nanos pause = backoff.next(std::nullopt);
        EXPECT_GE(pause, length / 2) << i;
        EXPECT_LE(pause, length) << i;
        differs = differs || pause != other.next(std::nullopt);
        length = std::min<Nanos>(length * 2, Backoff::k_longest);
    }
    EXPECT_EQ(length, Nanos(Backoff::k_longest));
    EXPECT_TRUE(differs);
    backoff.reset();
    EXPECT_LE(backoff.next(std::nullopt), Nanos(Backoff::k_first));
}

TEST(Backoff, WaitsAtLeastAsLongAsItIsAsked) {
    Backoff backoff(1);
    EXPECT_EQ(backoff.next(seconds(3)), Nanos(seconds(3)));
    for (int i = 0; i < 10; ++i) backoff.next(std::nullopt);
    EXPECT_GE(backoff.next(seconds(0)), Nanos(Backoff::k_longest) / 2);
}

}  // namespace
}  // namespace bsn::cli
