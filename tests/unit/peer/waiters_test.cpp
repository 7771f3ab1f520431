#include "peer/waiters.hpp"

#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace bsn::peer {
namespace {

ledger::TxId id(std::uint8_t number) { return testing::filled<ledger::TxId>(number); }

/// Whoever submitted, and what they were told.
struct Client {
    explicit Client(std::size_t count = 1)
        : submission(std::make_shared<Submission>(count, [this](Answers given) {
              ++calls;
              answers = std::move(given);
          })) {}

    Waiters::Ticket ticket(std::uint64_t deadline = 1'000, std::size_t index = 0) const {
        return {submission, index, deadline};
    }
    std::optional<Code> code(std::size_t index = 0) const {
        if (calls == 0 || answers.at(index).ok()) return std::nullopt;
        return answers.at(index).error().code;
    }

    int calls = 0;
    Answers answers;
    std::shared_ptr<Submission> submission;
};

Answer answer_at(ledger::Height height) { return {id(1), height, 0, 5, {}}; }

TEST(SubmissionTest, all_are_answered_together_once_each_is) {
    Client client(3);
    client.submission->answer(2, answer_at(2));
    client.submission->answer(0, Error{Code::expired, "x"});
    EXPECT_EQ(client.calls, 0);
    client.submission->answer(1, answer_at(1));
    EXPECT_EQ(client.calls, 1);
    EXPECT_EQ(client.code(0), Code::expired);
    EXPECT_EQ(client.answers[1]->height, 1U);
    EXPECT_EQ(client.answers[2]->height, 2U);
}

TEST(SubmissionTest, the_first_answer_counts) {
    Client client(2);
    client.submission->answer(0, answer_at(1));
    client.submission->answer(0, Error{Code::expired, "x"});
    client.submission->answer(1, answer_at(2));
    client.submission->answer(1, Error{Code::expired, "x"});
    EXPECT_EQ(client.calls, 1);
    EXPECT_TRUE(client.answers[0].ok());
}

TEST(SubmissionTest, answers_from_several_threads_are_told_once) {
    constexpr std::size_t k_count = 1'000;
    std::atomic<int> calls{0};
    auto submission = std::make_shared<Submission>(k_count, [&](Answers answers) {
        EXPECT_EQ(answers.size(), k_count);
        ++calls;
    });
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (std::size_t i = 0; i < k_count; ++i) submission->answer(i, answer_at(i));
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(calls, 1);
}

TEST(WaitersTest, everybody_who_waits_for_a_transaction_is_answered_once) {
    Waiters waiters;
    Client one;
    Client two;
    Client other;
    EXPECT_TRUE(waiters.add(id(1), 100, one.ticket()));
    EXPECT_FALSE(waiters.add(id(1), 100, two.ticket())) << "somebody waits already";
    EXPECT_TRUE(waiters.add(id(2), 100, other.ticket()));
    EXPECT_EQ(waiters.size(), 2U);
    EXPECT_TRUE(waiters.waits_for(id(1)));
    waiters.answer(id(1), answer_at(7));
    waiters.answer(id(1), answer_at(8));
    EXPECT_EQ(one.calls, 1);
    EXPECT_EQ(one.answers[0]->height, 7U);
    EXPECT_EQ(two.calls, 1);
    EXPECT_EQ(other.calls, 0);
    EXPECT_FALSE(waiters.waits_for(id(1)));
    EXPECT_TRUE(waiters.add(id(1), 100, Client().ticket())) << "and then nobody waits any more";
    waiters.answer(id(9), answer_at(7));
}

TEST(WaitersTest, a_certified_block_beyond_the_valid_until_means_expired) {
    Waiters waiters;
    Client client;
    waiters.add(id(1), 100, client.ticket());
    waiters.expire(100, 0);
    EXPECT_EQ(client.calls, 0) << "valid-until is inclusive";
    waiters.expire(101, 0);
    EXPECT_EQ(client.code(), Code::expired);
    EXPECT_EQ(waiters.size(), 0U);
}

TEST(WaitersTest, a_deadline_means_unknown_outcome_to_those_whose_it_is) {
    Waiters waiters;
    Client hasty;
    Client patient;
    waiters.add(id(1), 100, hasty.ticket(50));
    waiters.add(id(1), 100, patient.ticket(90));
    waiters.expire(0, 49);
    EXPECT_EQ(hasty.calls, 0);
    waiters.expire(0, 50);
    EXPECT_EQ(hasty.code(), Code::unknown_outcome);
    EXPECT_EQ(patient.calls, 0);
    EXPECT_TRUE(waiters.waits_for(id(1)));
    waiters.answer(id(1), answer_at(7));
    EXPECT_TRUE(patient.answers.at(0).ok());
    EXPECT_EQ(hasty.calls, 1);
}

TEST(WaitersTest, expired_is_told_rather_than_unknown_when_both_are_true) {
    Waiters waiters;
    Client client;
    waiters.add(id(1), 100, client.ticket(50));
    waiters.expire(101, 50);
    EXPECT_EQ(client.code(), Code::expired);
}

TEST(WaitersTest, nobody_is_left_waiting_when_the_replica_stops) {
    Waiters waiters;
    Client one;
    Client two;
    waiters.add(id(1), 100, one.ticket());
    waiters.add(id(2), 100, two.ticket());
    waiters.fail_all({Code::unavailable, "stopped"});
    EXPECT_EQ(one.code(), Code::unavailable);
    EXPECT_EQ(two.code(), Code::unavailable);
    EXPECT_EQ(waiters.size(), 0U);
}

TEST(WaitersTest, the_earliest_valid_until_is_known) {
    Waiters waiters;
    Client client(3);
    EXPECT_EQ(waiters.earliest_valid_until(), std::nullopt);
    waiters.add(id(1), 300, client.ticket(1, 0));
    waiters.add(id(2), 100, client.ticket(1, 1));
    waiters.add(id(3), 200, client.ticket(1, 2));
    EXPECT_EQ(waiters.earliest_valid_until(), 100U);
    waiters.answer(id(2), answer_at(1));
    EXPECT_EQ(waiters.earliest_valid_until(), 200U);
}

/// A callback may submit again at once.
TEST(WaitersTest, whoever_is_answered_may_wait_again) {
    Waiters waiters;
    Client second;
    auto first = std::make_shared<Submission>(
        1, [&](const Answers&) { waiters.add(id(2), 100, second.ticket()); });
    waiters.add(id(1), 100, {first, 0, 50});
    waiters.expire(0, 60);
    EXPECT_TRUE(waiters.waits_for(id(2)));
}

}  // namespace
}  // namespace bsn::peer
