// One registration on its way along its chain.
#include "gateway/callbacks/delivery.hpp"

#include <gtest/gtest.h>

namespace bsn::testing {
namespace {

using gateway::Delivery;
using gateway::EventPlace;
using Outcome = gateway::Delivery::Outcome;

framework::Event event(std::uint64_t height, std::uint32_t index = 0, std::uint32_t log = 0) {
    framework::Event one;
    one.height = height;
    one.index = index;
    one.log = log;
    return one;
}

Delivery delivery(bool blocks = false, EventPlace next = {5, 0, 0}) {
    gateway::KeptRegistration kept;
    kept.registration.contract = "kv";
    kept.registration.blocks = blocks;
    kept.next = next;
    return std::move(*Delivery::of(kept));
}

/// Sends what is to be sent at this time; its place, if there was something.
std::optional<EventPlace> send(Delivery& one, std::uint64_t now, bool success = true) {
    if (!one.begin(now)) return std::nullopt;
    EventPlace place = one.sent_now().place;
    one.sent(success, now);
    return place;
}

TEST(Delivery, ReadsThenTellsOneAfterTheOther) {
    Delivery one = delivery();
    EXPECT_FALSE(one.begin(0));
    EXPECT_EQ(one.reads_from(0), 5U);
    one.take({event(5, 1, 0), event(5, 1, 1), event(6)}, 8);
    EXPECT_EQ(one.reads_from(0), std::nullopt);
    ASSERT_TRUE(one.begin(0));
    EXPECT_FALSE(one.begin(0)) << "one at a time";
    EXPECT_EQ(one.sent(true, 10), Outcome::told);
    EXPECT_EQ(one.next(), (EventPlace{5, 1, 1}));
    EXPECT_EQ(send(one, 10), (EventPlace{5, 1, 1}));
    EXPECT_EQ(send(one, 10), (EventPlace{6, 0, 0}));
    EXPECT_EQ(one.next(), (EventPlace{6, 0, 1}));
    EXPECT_EQ(one.reads_from(10), 8U);
}

TEST(Delivery, GoesOnInTheMiddleOfABlock) {
    Delivery one = delivery(false, {5, 1, 1});
    one.take({event(5, 0), event(5, 1, 0), event(5, 1, 1), event(5, 2)}, 6);
    EXPECT_EQ(send(one, 0), (EventPlace{5, 1, 1}));
    EXPECT_EQ(send(one, 0), (EventPlace{5, 2, 0}));
    EXPECT_EQ(send(one, 0), std::nullopt);
}

TEST(Delivery, TellsAgainAtThePublishedTimesThenGivesUp) {
    Delivery one = delivery();
    one.take({event(5), event(6)}, 7);
    constexpr std::uint64_t k_first = 1'000'000;
    std::vector<std::uint64_t> sent_at;
    Outcome outcome = Outcome::again;
    for (std::uint64_t now = k_first; now < k_first + 100'000; now += 500) {
        if (!one.begin(now)) continue;
        sent_at.push_back(now - k_first);
        EXPECT_EQ(one.sent_now().place, (EventPlace{5, 0, 0}));
        outcome = one.sent(false, now + 100);
        if (outcome != Outcome::again) break;
        EXPECT_EQ(one.next(), (EventPlace{5, 0, 0})) << "nothing was told";
    }
    EXPECT_EQ(sent_at, (std::vector<std::uint64_t>{0, 3'000, 12'000, 27'000, 48'000}));
    EXPECT_EQ(outcome, Outcome::given_up);
    EXPECT_EQ(one.next(), (EventPlace{5, 0, 1}));
    // The next one has all its attempts.
    EXPECT_EQ(send(one, k_first + 50'000, false), (EventPlace{6, 0, 0}));
    EXPECT_EQ(send(one, k_first + 52'000, false), std::nullopt);
    EXPECT_EQ(send(one, k_first + 53'000, true), (EventPlace{6, 0, 0}));
}

TEST(Delivery, BlocksAreToldOneByOne) {
    Delivery one = delivery(true);
    one.take({}, 7);
    EXPECT_EQ(send(one, 0), (EventPlace{5, 0, 0}));
    EXPECT_EQ(send(one, 0), (EventPlace{6, 0, 0}));
    EXPECT_EQ(one.next(), (EventPlace{7, 0, 0}));
    one.take({}, 1'000'000);
    std::size_t count = 0;
    while (send(one, 0)) ++count;
    EXPECT_EQ(count, Delivery::k_most_waiting);
    EXPECT_EQ(one.reads_from(0), 7U + Delivery::k_most_waiting);
}

TEST(Delivery, WhatHasNoRoomIsReadAgain) {
    Delivery one = delivery();
    std::vector<framework::Event> events;
    for (std::uint32_t i = 0; i < 100; ++i) events.push_back(event(5, i));
    one.take(events, 6);
    std::size_t count = 0;
    while (send(one, 0)) ++count;
    EXPECT_EQ(count, Delivery::k_most_waiting);
    EXPECT_EQ(one.reads_from(0), 5U);
    one.take(events, 6);
    while (send(one, 0)) ++count;
    EXPECT_EQ(count, 100U);
    EXPECT_EQ(one.reads_from(0), 6U);

    Delivery large = delivery();
    for (auto& each : events) each.data.resize(Delivery::k_most_waiting_bytes);
    large.take(events, 6);
    count = 0;
    while (send(large, 0)) ++count;
    EXPECT_EQ(count, 2U);
}

TEST(Delivery, APauseForgetsWhatWaitsAndReadsItAgain) {
    Delivery one = delivery();
    one.take({event(5), event(6)}, 7);
    send(one, 0);
    ASSERT_TRUE(one.begin(0));
    one.pause(1'000);
    EXPECT_FALSE(one.is_sending());
    EXPECT_FALSE(one.begin(2'000));
    EXPECT_EQ(one.reads_from(999), std::nullopt);
    EXPECT_EQ(one.reads_from(1'000), 5U);
    one.take({event(5), event(6)}, 7);
    EXPECT_EQ(send(one, 1'000), (EventPlace{6, 0, 0}));
}

TEST(Delivery, SlowIsWhoTookLongOrFailed) {
    Delivery one = delivery();
    one.take({event(5), event(6), event(7)}, 8);
    EXPECT_FALSE(one.is_slow());
    ASSERT_TRUE(one.begin(0));
    one.sent(true, Delivery::k_slow_ms + 1);
    EXPECT_TRUE(one.is_slow());
    send(one, 10'000);
    EXPECT_FALSE(one.is_slow());
    send(one, 10'000, false);
    EXPECT_TRUE(one.is_slow());
}

TEST(Delivery, NotesNowAndThenWhereNothingIsTold) {
    Delivery one = delivery();
    one.take({}, 10);
    EXPECT_EQ(one.unsaved(10), std::nullopt);
    EXPECT_EQ(one.unsaved(1), (EventPlace{10, 0, 0}));
    EXPECT_EQ(one.unsaved(1), std::nullopt);
    one.take({event(12)}, 30);
    EXPECT_EQ(one.unsaved(1), std::nullopt) << "something is still to be told";
}

}  // namespace
}  // namespace bsn::testing
