// The adaptation standard, part 1: what becomes of what is submitted. docs/frameworks.md.

#include "suite.hpp"

#include <atomic>
#include <future>
#include <set>
#include <thread>

namespace bsn::framework::conformance {
namespace {

TEST_P(FrameworkConformance, a_write_is_answered_with_its_place_on_the_chain) {
    std::uint64_t before = chain().height();
    Bytes bytes = transaction(set("a"));
    Answers answers = submit(chain(), {bytes});
    ASSERT_EQ(answers.size(), 1U);
    ASSERT_TRUE(answers[0].ok()) << answers[0].error().message;
    const TransactionView& answer = *answers[0];
    EXPECT_TRUE(answer.success) << answer.error;
    EXPECT_EQ(answer.error, "");
    EXPECT_FALSE(answer.id.empty());
    EXPECT_GT(answer.height, before);
    EXPECT_GE(chain().height(), answer.height) << "what is answered is final";
    EXPECT_GT(answer.time, 0U);

    auto found = chain().transaction(answer.id);
    ASSERT_TRUE(found.ok()) << found.error().message;
    EXPECT_EQ(found->id, answer.id);
    EXPECT_EQ(found->height, answer.height);
    EXPECT_EQ(found->index, answer.index);
    EXPECT_EQ(found->time, answer.time);
    EXPECT_EQ(found->success, answer.success);
    EXPECT_EQ(found->result, answer.result);
    const ShownCall shown = target->shown(set("a"));
    EXPECT_EQ(found->contract, shown.contract);
    EXPECT_EQ(found->function, shown.function);
    EXPECT_EQ(found->arguments, shown.arguments);
    EXPECT_EQ(found->creator, target->writer().participant());
    if (framework().capabilities().client_signed) {
        EXPECT_EQ(found->raw, bytes);
    }

    auto block = chain().block(answer.height);
    ASSERT_TRUE(block.ok()) << block.error().message;
    ASSERT_LT(answer.index, block->transaction_ids.size());
    EXPECT_EQ(block->transaction_ids[answer.index], answer.id);
    EXPECT_EQ(block->time, answer.time);
}

TEST_P(FrameworkConformance, a_write_is_seen_by_queries_once_it_is_answered) {
    EXPECT_FALSE(has("a"));
    written("a");
    auto value = get("a");
    ASSERT_TRUE(value.ok()) << value.error().message;
    EXPECT_NE(to_text(*value).find('1'), std::string::npos);
}

TEST_P(FrameworkConformance, every_node_comes_to_the_same_state) {
    TransactionView answer = written("a", last_node());
    for (std::size_t node = 0; node < target->nodes(); ++node) {
        wait_for_height(chain(node), answer.height);
        EXPECT_TRUE(has("a", node)) << node;
        auto found = chain(node).transaction(answer.id);
        ASSERT_TRUE(found.ok()) << found.error().message;
        EXPECT_EQ(found->height, answer.height);
        EXPECT_EQ(chain(node).block(answer.height)->hash, chain(0).block(answer.height)->hash);
    }
}

TEST_P(FrameworkConformance, a_call_that_the_contract_refuses_is_never_called_a_success) {
    written("a");
    Answer refused = write(set("a", "2"));
    if (!refused) {  // frameworks that simulate before ordering may refuse it there
        EXPECT_FALSE(refused.error().message.empty());
        return;
    }
    EXPECT_FALSE(refused->success);
    EXPECT_FALSE(refused->error.empty());
    auto found = chain().transaction(refused->id);
    ASSERT_TRUE(found.ok());
    EXPECT_FALSE(found->success);
    EXPECT_EQ(found->error, refused->error);
    EXPECT_NE(to_text(*get("a")).find('1'), std::string::npos) << "it changes nothing";
}

TEST_P(FrameworkConformance, unknown_contracts_and_functions_are_refused) {
    for (auto [contract, function] : {std::pair{"nothing", "set"}, std::pair{"kv", "nothing"}}) {
        Answer answer = write(invocation(contract, function, {"a"}, &target->writer()));
        EXPECT_TRUE(!answer || !answer->success) << contract << '.' << function;
        auto asked = chain().query(invocation(contract, function, {"a"}, &target->reader()));
        ASSERT_FALSE(asked.ok());
        if (contract == std::string("kv") && asked.error().code == Code::contract_failed) {
            continue;  // frameworks that leave the functions' names to the contract
        }
        EXPECT_EQ(asked.error().code, Code::not_found) << asked.error().message;
    }
}

TEST_P(FrameworkConformance, who_may_not_write_leaves_no_trace) {
    for (const Signer* signer : {&target->reader(), &target->stranger()}) {
        Invocation call = set("a");
        call.identity = signer;
        Answer answer = write(call);
        ASSERT_FALSE(answer.ok());
        EXPECT_TRUE(answer.error().code == Code::forbidden ||
                    answer.error().code == Code::unauthenticated)
            << answer.error().message;
    }
    EXPECT_EQ(transactions_on_chain(), 0U);
    EXPECT_FALSE(has("a"));
}

TEST_P(FrameworkConformance, each_of_many_is_answered_in_order_whatever_becomes_of_the_others) {
    std::vector<Bytes> transactions;
    for (int i = 0; i < 50; ++i) transactions.push_back(transaction(set("k" + std::to_string(i))));
    transactions[17] = to_bytes("no transaction");
    Bytes damaged = transactions[30];
    damaged.back() = static_cast<std::uint8_t>(damaged.back() ^ 1U);
    transactions[30] = damaged;
    Answers answers = submit(chain(), transactions);
    ASSERT_EQ(answers.size(), transactions.size());
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (i == 17 || i == 30) {
            EXPECT_FALSE(answers[i].ok());
            continue;
        }
        ASSERT_TRUE(answers[i].ok()) << answers[i].error().message;
        auto found = chain().transaction(answers[i]->id);
        ASSERT_TRUE(found.ok());
        EXPECT_EQ(found->arguments, target->shown(set("k" + std::to_string(i))).arguments);
    }
}

TEST_P(FrameworkConformance, nothing_submitted_is_answered_with_nothing) {
    EXPECT_TRUE(submit(chain(), {}).empty());
}

TEST_P(FrameworkConformance, the_same_bytes_again_get_the_first_answer_through_whichever_node) {
    Bytes bytes = transaction(set("a"));
    Answer first = submit(chain(), {bytes}).at(0);
    ASSERT_TRUE(first.ok()) << first.error().message;
    written("b");
    for (std::size_t node = 0; node < target->nodes(); ++node) {
        Answer again = submit(chain(node), {bytes}).at(0);
        ASSERT_TRUE(again.ok()) << again.error().message;
        EXPECT_EQ(again->id, first->id);
        EXPECT_EQ(again->height, first->height);
        EXPECT_EQ(again->index, first->index);
        EXPECT_EQ(again->success, first->success);
        EXPECT_EQ(again->result, first->result);
    }
    EXPECT_EQ(transactions_on_chain(), 2U);
}

TEST_P(FrameworkConformance, two_transactions_of_one_invocation_are_two) {
    Bytes one = transaction(set("a"));
    Bytes two = transaction(set("a"));
    EXPECT_NE(one, two);
    Answers answers = submit(chain(), {one, two});
    ASSERT_TRUE(answers[0].ok());
    EXPECT_TRUE(!answers[1].ok() || answers[1]->id != answers[0]->id);
}

TEST_P(FrameworkConformance, a_nonce_is_for_one_transaction_through_whichever_node_and_for_ever) {
    Invocation call = set("a");
    call.nonce = own_nonce();
    auto nobody = chain().transaction_with_nonce(target->writer().participant(), call.nonce);
    if (!nobody.ok() && nobody.error().code == Code::unsupported_version) {
        // Such nonces are not there: it says so of those that were used, too, on every node.
        ASSERT_TRUE(write(call).ok());
        for (std::size_t node = 0; node < target->nodes(); ++node) {
            auto found =
                chain(node).transaction_with_nonce(target->writer().participant(), call.nonce);
            ASSERT_FALSE(found.ok());
            EXPECT_EQ(found.error().code, Code::unsupported_version);
        }
        return;
    }
    ASSERT_TRUE(nobody.ok()) << nobody.error().message;
    EXPECT_FALSE(nobody->has_value());

    Invocation other = set("b");
    other.nonce = call.nonce;
    const Answer first = submit(chain(), {transaction(call)}).at(0);
    ASSERT_TRUE(first.ok()) << first.error().message;
    for (int round = 0; round < 2; ++round) {
        for (std::size_t node = 0; node < target->nodes(); ++node) {
            const Answer again = submit(chain(node), {transaction(other)}).at(0);
            ASSERT_FALSE(again.ok());
            EXPECT_EQ(again.error().code, Code::duplicate) << again.error().message;
            // A node hears of certificates in its own time.
            auto found =
                chain(node).transaction_with_nonce(target->writer().participant(), call.nonce);
            for (int i = 0; i < 500 && !found.ok() && found.error().code == Code::unknown_outcome;
                 ++i) {
                std::this_thread::sleep_for(std::chrono::milliseconds(10));
                found =
                    chain(node).transaction_with_nonce(target->writer().participant(), call.nonce);
            }
            ASSERT_TRUE(found.ok()) << found.error().message;
            ASSERT_TRUE(found->has_value());
            EXPECT_EQ((*found)->id, first->id);
            EXPECT_EQ((*found)->height, first->height);
            EXPECT_EQ((*found)->index, first->index);
            EXPECT_EQ((*found)->arguments, target->shown(call).arguments);
            // Others have nonces of their own.
            EXPECT_FALSE(chain(node)
                             .transaction_with_nonce(target->reader().participant(), call.nonce)
                             ->has_value());
        }
        if (round == 0) target->restart();
    }
    EXPECT_EQ(transactions_on_chain(), 1U);
}

TEST_P(FrameworkConformance, of_many_with_one_nonce_at_once_one_is_taken) {
    Invocation call = set("a");
    call.nonce = own_nonce();
    const bool counted =
        chain().transaction_with_nonce(target->writer().participant(), call.nonce).ok();
    std::vector<Invocation> calls;
    std::vector<Bytes> transactions;
    for (std::size_t i = 0; i < 4 * target->nodes(); ++i) {
        calls.push_back(set("key" + std::to_string(i)));
        calls.back().nonce = call.nonce;
        transactions.push_back(transaction(calls.back()));
    }
    std::vector<std::future<Answer>> answers;
    for (std::size_t i = 0; i < transactions.size(); ++i) {
        answers.push_back(std::async(std::launch::async, [this, i, &transactions] {
            return submit(chain(i % target->nodes()), {transactions[i]}).at(0);
        }));
    }
    std::size_t taken = 0;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const Answer answer = answers[i].get();
        if (!answer.ok()) {
            EXPECT_EQ(answer.error().code, Code::duplicate) << answer.error().message;
            continue;
        }
        ++taken;
        auto found = chain(i % target->nodes()).transaction(answer->id);
        ASSERT_TRUE(found.ok()) << found.error().message;
        EXPECT_EQ(found->arguments, target->shown(calls[i]).arguments)
            << "whoever is answered is told of the own transaction";
    }
    EXPECT_GE(taken, 1U);
    if (!counted) return;
    EXPECT_EQ(taken, 1U);
    EXPECT_EQ(transactions_on_chain(), 1U);
}

TEST_P(FrameworkConformance, a_timeout_is_an_unknown_outcome_which_the_same_bytes_resolve) {
    Bytes bytes = transaction(set("a"));
    Answer hasty = submit(chain(), {bytes}, 0).at(0);
    if (!hasty.ok()) {
        EXPECT_EQ(hasty.error().code, Code::unknown_outcome) << hasty.error().message;
    }
    Answer patient = submit(chain(), {bytes}).at(0);
    ASSERT_TRUE(patient.ok()) << patient.error().message;
    EXPECT_TRUE(patient->success) << patient->error;
    EXPECT_EQ(transactions_on_chain(), 1U);
}

TEST_P(FrameworkConformance, many_at_once_through_all_nodes_are_each_executed_once) {
    constexpr int k_threads = 4;
    constexpr int k_each = 40;
    std::atomic<int> failures{0};
    std::mutex mutex;
    std::set<std::pair<std::uint64_t, std::uint32_t>> places;
    std::vector<std::thread> threads;
    for (int t = 0; t < k_threads; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < k_each; ++i) {
                auto node = static_cast<std::size_t>(t + i) % target->nodes();
                Bytes bytes =
                    transaction(set("k" + std::to_string(t) + "-" + std::to_string(i)), node);
                std::vector<Bytes> sent{bytes};
                if (i % 5 == 0) sent.push_back(bytes);
                Answers answers = submit(chain(node), sent);
                for (const Answer& answer : answers) {
                    if (!answer || !answer->success) {
                        ++failures;
                        continue;
                    }
                    std::lock_guard lock(mutex);
                    places.emplace(answer->height, answer->index);
                }
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(failures, 0);
    EXPECT_EQ(places.size(), static_cast<std::size_t>(k_threads * k_each));
    std::uint64_t top = places.rbegin()->first;
    for (std::size_t node = 0; node < target->nodes(); ++node) {
        wait_for_height(chain(node), top);
        EXPECT_EQ(transactions_on_chain(node), places.size());
        EXPECT_EQ(events(1'000, node).size(), places.size());
    }
}

TEST_P(FrameworkConformance, of_many_who_write_the_same_key_at_once_one_succeeds) {
    constexpr int k_threads = 4;
    std::atomic<int> successes{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < k_threads; ++t) {
        threads.emplace_back([&, t] {
            Answer answer =
                write(set("one", std::to_string(t)), static_cast<std::size_t>(t) % target->nodes());
            if (answer && answer->success) ++successes;
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(successes, 1);
}

TEST_P(FrameworkConformance, a_transaction_needs_somebody_who_signs_it) {
    Invocation call = set("a");
    call.identity = nullptr;
    auto made = chain().make_transaction(call);
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().code, Code::unauthenticated) << made.error().message;
}

TEST_P(FrameworkConformance, transient_data_is_refused_or_kept_off_the_chain) {
    Invocation call = set("a");
    const std::string secret = "a secret that nobody may see";
    call.transient["secret"] = to_bytes(secret);
    auto made = chain().make_transaction(call);
    if (!framework().capabilities().transient_data) {
        ASSERT_FALSE(made.ok());
        EXPECT_EQ(made.error().code, Code::invalid_argument) << made.error().message;
        return;
    }
    ASSERT_TRUE(made.ok()) << made.error().message;
    Answer answer = submit(chain(), {*made}).at(0);
    ASSERT_TRUE(answer.ok());
    auto found = chain().transaction(answer->id);
    EXPECT_EQ(to_text(found->raw).find(secret), std::string::npos);
}

// --- queries

TEST_P(FrameworkConformance, queries_write_nothing) {
    written("a");
    std::uint64_t before = chain().height();
    EXPECT_FALSE(chain().query(set("b")).ok()) << "a function that writes is no query";
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(has("a"));
    EXPECT_EQ(transactions_on_chain(), 1U);
    EXPECT_FALSE(has("b"));
    EXPECT_GE(chain().height(), before);
}

TEST_P(FrameworkConformance, a_query_that_the_contract_refuses_is_answered_with_its_sentence) {
    written("a");
    auto asked = get("nothing");
    ASSERT_FALSE(asked.ok());
    EXPECT_EQ(asked.error().code, Code::contract_failed);
    EXPECT_FALSE(asked.error().message.empty());
}

TEST_P(FrameworkConformance, contracts_do_not_see_each_others_state) {
    written("a");
    const std::string hash = own_hash("photo");
    Answer deposit = write(invocation("evidence", "deposit", {hash, "a photo"}, &target->writer()));
    ASSERT_TRUE(deposit.ok()) << deposit.error().message;
    EXPECT_TRUE(deposit->success) << deposit->error;
    auto found = chain().query(invocation("evidence", "find", {hash}, &target->reader()));
    ASSERT_TRUE(found.ok()) << found.error().message;
    EXPECT_NE(to_text(*found).find("a photo"), std::string::npos);
    EXPECT_FALSE(chain().query(invocation("kv", "get", {hash}, &target->reader())).ok());
}

TEST_P(FrameworkConformance, a_further_contract_can_be_deployed_and_the_data_stays) {
    written("a");
    const Invocation call =
        invocation("papers", "deposit", {own_hash("paper"), "a paper"}, &target->writer());
    Answer early = write(call);
    ASSERT_TRUE(!early.ok() || !early->success) << "it is not there yet";
    if (!target->deploy_papers()) return;
    Answer deposit = write(call);
    ASSERT_TRUE(deposit.ok()) << deposit.error().message;
    EXPECT_TRUE(deposit->success) << deposit->error;
    EXPECT_TRUE(has("a"));
}

}  // namespace
}  // namespace bsn::framework::conformance
