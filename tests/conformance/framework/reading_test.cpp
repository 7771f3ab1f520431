// The adaptation standard, part 2: blocks, heights, events, proofs, and what outlives a restart.
// docs/adaptation-standard.md.

#include "suite.hpp"

#include <atomic>
#include <set>
#include <thread>

namespace bsn::framework::conformance {
namespace {

Bytes key_of(const Event& event) {
    Bytes key = event.transaction;
    key.push_back(static_cast<std::uint8_t>(event.log));
    return key;
}

// --- blocks and heights

TEST_P(FrameworkConformance, blocks_are_found_by_height_and_by_hash) {
    for (int i = 0; i < 5; ++i) written("k" + std::to_string(i));
    for (std::uint64_t height = before() + 1; height <= chain().height(); ++height) {
        auto block = chain().block(height);
        ASSERT_TRUE(block.ok()) << block.error().message;
        EXPECT_EQ(block->height, height);
        EXPECT_FALSE(block->hash.empty());
        EXPECT_FALSE(block->raw_header.empty());
        if (chain().finality() == Finality::final) {
            EXPECT_TRUE(block->final);
            EXPECT_GT(block->signers, 0U);
        }
        auto same = chain().block_by_hash(block->hash);
        ASSERT_TRUE(same.ok()) << same.error().message;
        EXPECT_EQ(same->height, height);
        EXPECT_EQ(same->raw_header, block->raw_header);
    }
}

TEST_P(FrameworkConformance, a_chain_can_be_read_from_its_first_block_on) {
    auto first = chain().block(0);
    ASSERT_TRUE(first.ok()) << first.error().message;
    EXPECT_EQ(first->height, 0U);
    EXPECT_EQ(chain().block_by_hash(first->hash).value().height, 0U);
    auto page = chain().events({}, 1);
    ASSERT_TRUE(page.ok()) << page.error().message;
    EXPECT_GT(page->next.height, 0U);
}

TEST_P(FrameworkConformance, each_block_names_the_one_before) {
    for (int i = 0; i < 5; ++i) written("k" + std::to_string(i));
    for (std::uint64_t height = before() + 1; height <= chain().height(); ++height) {
        auto block = chain().block(height);
        auto before = chain().block(height - 1);
        ASSERT_TRUE(block.ok() && before.ok());
        EXPECT_EQ(block->previous, before->hash);
        EXPECT_GE(block->time, before->time);
        EXPECT_NE(block->hash, before->hash);
    }
}

TEST_P(FrameworkConformance, what_is_not_there_is_not_found) {
    written("a");
    auto code = [](const auto& result) { return result ? Code::internal : result.error().code; };
    EXPECT_EQ(code(chain().block(chain().height() + 1'000)), Code::not_found);
    Bytes hash = chain().block(chain().height())->hash;
    hash[0] = static_cast<std::uint8_t>(hash[0] ^ 1U);
    EXPECT_EQ(code(chain().block_by_hash(hash)), Code::not_found);
    EXPECT_EQ(code(chain().transaction(hash)), Code::not_found);
    EXPECT_FALSE(chain().block_by_hash(to_bytes("short")).ok());
    EXPECT_FALSE(chain().transaction({}).ok());
    EXPECT_EQ(code(chain().prove(hash)), Code::not_found);
}

TEST_P(FrameworkConformance, the_height_never_falls) {
    std::uint64_t last = chain().height();
    for (int i = 0; i < 10; ++i) {
        TransactionView answer = written("k" + std::to_string(i));
        std::uint64_t height = chain().height();
        EXPECT_GE(height, last);
        EXPECT_GE(height, answer.height);
        last = height;
    }
}

TEST_P(FrameworkConformance, whoever_waits_for_a_height_is_woken_once) {
    auto calls = std::make_shared<std::atomic<int>>(0);
    auto later = std::make_shared<std::atomic<int>>(0);
    std::uint64_t next = chain().height() + 1;
    chain().when_height(next, [calls] { ++*calls; });
    chain().when_height(next + 1'000'000, [later] { ++*later; });
    EXPECT_EQ(*calls, 0);
    for (int i = 0; i < 3; ++i) written("k" + std::to_string(i));
    wait_for_height(chain(), next);
    EXPECT_EQ(*calls, 1);
    EXPECT_EQ(*later, 0);
    wait_for_height(chain(), 0);
}

TEST_P(FrameworkConformance, whoever_is_woken_for_a_height_finds_its_block) {
    std::uint64_t next = chain().height() + 1;
    auto found = std::make_shared<std::promise<bool>>();
    Chain& the_chain = chain();
    the_chain.when_height(next, [found, next, &the_chain] {
        found->set_value(the_chain.height() >= next && the_chain.block(next).ok());
    });
    written("a");
    auto future = found->get_future();
    ASSERT_EQ(future.wait_for(k_patience), std::future_status::ready);
    EXPECT_TRUE(future.get());
}

// --- events

TEST_P(FrameworkConformance, events_come_in_the_order_of_the_chain_with_their_transactions) {
    std::vector<Bytes> transactions;
    for (int i = 0; i < 20; ++i) transactions.push_back(transaction(set("k" + std::to_string(i))));
    std::set<Bytes> ids;
    for (const Answer& answer : submit(chain(), transactions)) ids.insert(answer.value().id);
    auto all = events();
    ASSERT_EQ(all.size(), 20U) << "each write emits one event";
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_TRUE(ids.contains(all[i].transaction));
        EXPECT_EQ(all[i].contract, target->emitter("kv"));
        EXPECT_FALSE(all[i].name.empty());
        auto source = chain().transaction(all[i].transaction);
        ASSERT_TRUE(source.ok());
        EXPECT_EQ(source->height, all[i].height);
        EXPECT_EQ(source->index, all[i].index);
        EXPECT_EQ(source->time, all[i].time);
        if (i == 0) continue;
        EXPECT_LT(std::tie(all[i - 1].height, all[i - 1].index, all[i - 1].log),
                  std::tie(all[i].height, all[i].index, all[i].log));
    }
}

TEST_P(FrameworkConformance, events_are_read_in_pages_without_gaps_or_repetitions) {
    for (int i = 0; i < 12; ++i) written("k" + std::to_string(i));
    std::vector<Bytes> whole;
    for (const Event& event : events()) whole.push_back(key_of(event));
    for (std::size_t page_size : {1U, 2U, 5U}) {
        std::vector<Bytes> paged;
        for (const Event& event : events(page_size)) paged.push_back(key_of(event));
        EXPECT_EQ(paged, whole) << page_size;
    }
}

TEST_P(FrameworkConformance, a_page_ends_with_the_block_that_fills_it) {
    std::vector<Bytes> transactions;
    for (int i = 0; i < 20; ++i) transactions.push_back(transaction(set("k" + std::to_string(i))));
    submit(chain(), transactions);
    EventCursor cursor = start();
    for (;;) {
        auto page = chain().events(cursor, 1);
        ASSERT_TRUE(page.ok()) << page.error().message;
        ASSERT_GT(page->next, cursor);
        std::set<std::uint64_t> heights;
        for (const Event& event : page->events) {
            heights.insert(event.height);
            EXPECT_GE(event.height, cursor.height);
            EXPECT_LT(event.height, page->next.height);
        }
        EXPECT_LE(heights.size(), 1U);
        if (page->at_end) break;
        cursor = page->next;
    }
}

TEST_P(FrameworkConformance, a_reader_goes_on_where_it_stopped) {
    written("a");
    auto first = chain().events(start(), 1'000);
    ASSERT_TRUE(first.ok() && first->at_end);
    ASSERT_EQ(first->events.size(), 1U);
    auto nothing = chain().events(first->next, 1'000);
    ASSERT_TRUE(nothing.ok());
    EXPECT_TRUE(nothing->events.empty());
    EXPECT_TRUE(nothing->at_end);
    EXPECT_EQ(nothing->next, first->next);
    TransactionView second = written("b");
    wait_for_height(chain(), first->next.height);
    auto rest = events_from(first->next);
    ASSERT_EQ(rest.size(), 1U);
    EXPECT_EQ(rest[0].transaction, second.id);
}

TEST_P(FrameworkConformance, refused_calls_emit_nothing) {
    written("a");
    (void)write(set("a", "2"));
    EXPECT_EQ(events().size(), 1U);
}

// --- proofs

TEST_P(FrameworkConformance, a_proof_shows_its_transaction_to_whoever_holds_the_trusted_state) {
    TransactionView answer = written("a");
    written("b");
    if (!framework().capabilities().offline_proofs) {
        EXPECT_FALSE(chain().prove(answer.id).ok());
        EXPECT_FALSE(framework().verify(answer.id, target->trusted_state()).ok());
        return;
    }
    auto proof = chain().prove(answer.id);
    ASSERT_TRUE(proof.ok()) << proof.error().message;
    for (std::size_t node = 0; node < target->nodes(); ++node) {
        auto verified = framework(node).verify(*proof, target->trusted_state());
        ASSERT_TRUE(verified.ok()) << verified.error().message;
        const TransactionView& shown = verified->transaction;
        auto found = chain().transaction(answer.id);
        EXPECT_EQ(shown.id, answer.id);
        EXPECT_EQ(shown.height, answer.height);
        EXPECT_EQ(shown.index, answer.index);
        EXPECT_EQ(shown.time, answer.time);
        EXPECT_TRUE(shown.success);
        EXPECT_EQ(shown.arguments, found->arguments);
        EXPECT_EQ(shown.raw, found->raw);
        EXPECT_EQ(shown.creator, found->creator);
        EXPECT_FALSE(verified->trust.empty());
    }
}

TEST_P(FrameworkConformance, every_transaction_of_a_block_has_a_proof_of_its_own) {
    if (!framework().capabilities().offline_proofs) return;  // refused: the first test of proofs
    std::vector<Bytes> transactions;
    for (int i = 0; i < 7; ++i) transactions.push_back(transaction(set("k" + std::to_string(i))));
    for (const Answer& answer : submit(chain(), transactions)) {
        auto proof = chain().prove(answer.value().id);
        ASSERT_TRUE(proof.ok()) << proof.error().message;
        auto verified = framework().verify(*proof, target->trusted_state());
        ASSERT_TRUE(verified.ok()) << verified.error().message;
        EXPECT_EQ(verified->transaction.id, answer->id);
    }
}

TEST_P(FrameworkConformance, the_proof_of_a_refused_call_does_not_show_a_success) {
    if (!framework().capabilities().offline_proofs) return;  // refused: the first test of proofs
    Bytes late = transaction(set("a", "2"));  // agreed to by a framework that asks before it orders
    written("a");
    Answer refused = submit(chain(), {late}).at(0);
    ASSERT_TRUE(refused.ok()) << refused.error().message;
    ASSERT_FALSE(refused->success);
    auto proof = chain().prove(refused->id);
    if (!proof.ok()) {  // frameworks that prove what has an effect, and nothing else
        EXPECT_EQ(proof.error().code, Code::contract_failed) << proof.error().message;
        return;
    }
    auto verified = framework().verify(*proof, target->trusted_state());
    ASSERT_TRUE(verified.ok()) << verified.error().message;
    EXPECT_FALSE(verified->transaction.success);
    EXPECT_FALSE(verified->transaction.error.empty());
}

TEST_P(FrameworkConformance, a_changed_proof_shows_nothing) {
    if (!framework().capabilities().offline_proofs) return;  // refused: the first test of proofs
    TransactionView answer = written("a");
    const Bytes proof = chain().prove(answer.id).value();
    const Bytes trusted = target->trusted_state();
    for (std::size_t at = 0; at < proof.size(); at += 11) {
        Bytes changed = proof;
        changed[at] = static_cast<std::uint8_t>(changed[at] ^ 1U);
        EXPECT_FALSE(framework().verify(changed, trusted).ok()) << "byte " << at;
    }
    for (std::size_t size : {std::size_t{0}, proof.size() / 2, proof.size() - 1}) {
        EXPECT_FALSE(framework().verify(ByteView(proof).first(size), trusted).ok()) << size;
    }
    Bytes longer = proof;
    longer.push_back('\n');
    EXPECT_FALSE(framework().verify(longer, trusted).ok());
}

TEST_P(FrameworkConformance, a_proof_shows_nothing_to_whoever_trusts_another_chain) {
    if (!framework().capabilities().offline_proofs) return;  // refused: the first test of proofs
    TransactionView answer = written("a");
    const Bytes proof = chain().prove(answer.id).value();
    auto foreign = framework().verify(proof, target->foreign_trusted_state());
    ASSERT_FALSE(foreign.ok());
    EXPECT_FALSE(foreign.error().message.empty());
    EXPECT_FALSE(framework().verify(proof, to_bytes("no state")).ok());
    EXPECT_FALSE(framework().verify(proof, {}).ok());
}

TEST_P(FrameworkConformance, the_trusted_state_moves_forward_by_headers_that_it_vouches_for) {
    if (!framework().capabilities().offline_proofs) return;  // refused: the first test of proofs
    EXPECT_FALSE(framework().update(target->trusted_state(), to_bytes("no header")).ok());
    EXPECT_FALSE(framework().update(target->trusted_state(), {}).ok());
    written("a");
    auto header = target->header();
    if (!header) return;
    auto moved = framework().update(target->trusted_state(), *header);
    ASSERT_TRUE(moved.ok()) << moved.error().message;
    const Bytes proof = chain().prove(written("b").id).value();
    auto verified = framework().verify(proof, *moved);
    EXPECT_TRUE(verified.ok()) << verified.error().message;
    EXPECT_FALSE(framework().update(target->foreign_trusted_state(), *header).ok());
}

// --- opening, restarting, leaving

TEST_P(FrameworkConformance, opening_a_chain_again_finds_it_as_it_is) {
    Chain& first = chain();
    written("a");
    EXPECT_EQ(&chain(), &first);
    EXPECT_TRUE(has("a"));
    EXPECT_FALSE(framework().open_chain(Bytes(32, 9)).ok());
    EXPECT_FALSE(framework().open_chain({}).ok());
    EXPECT_FALSE(framework().name().empty());
}

TEST_P(FrameworkConformance, a_restart_keeps_everything_that_was_answered) {
    Bytes bytes = transaction(set("a"));
    TransactionView first = submit(chain(), {bytes}).at(0).value();
    std::vector<TransactionView> answers;
    for (int i = 0; i < 10; ++i) {
        answers.push_back(
            written("k" + std::to_string(i), static_cast<std::size_t>(i) % target->nodes()));
    }
    const std::uint64_t top = answers.back().height;
    std::vector<Bytes> hashes;
    wait_for_height(chain(), top);
    for (std::uint64_t height = before(); height <= top; ++height) {
        hashes.push_back(chain().block(height)->hash);
    }
    std::vector<Bytes> event_keys;
    for (const Event& event : events()) event_keys.push_back(key_of(event));

    target->restart();

    for (std::size_t node = 0; node < target->nodes(); ++node) {
        wait_for_height(chain(node), top);
        for (std::uint64_t height = before(); height <= top; ++height) {
            auto block = chain(node).block(height);
            ASSERT_TRUE(block.ok()) << block.error().message;
            EXPECT_EQ(block->hash, hashes[height - before()]);
        }
        for (const TransactionView& answer : answers) {
            auto found = chain(node).transaction(answer.id);
            ASSERT_TRUE(found.ok()) << found.error().message;
            EXPECT_EQ(found->height, answer.height);
            EXPECT_EQ(found->index, answer.index);
        }
        EXPECT_TRUE(has("k9", node));
        Answer again = submit(chain(node), {bytes}).at(0);
        ASSERT_TRUE(again.ok()) << again.error().message;
        EXPECT_EQ(again->height, first.height);
        std::vector<Bytes> keys;
        for (const Event& event : events(3, node)) keys.push_back(key_of(event));
        EXPECT_EQ(keys, event_keys);
    }
    if (framework().capabilities().offline_proofs) {
        auto proof = chain().prove(first.id);
        ASSERT_TRUE(proof.ok()) << proof.error().message;
        EXPECT_TRUE(framework().verify(*proof, target->trusted_state()).ok());
    }
    TransactionView next = written("next", last_node());
    EXPECT_GT(next.height, top);
    EXPECT_EQ(transactions_on_chain(last_node()), 12U);
}

TEST_P(FrameworkConformance, restarts_one_after_another_lose_nothing) {
    const int rounds = target->restarts();
    for (int round = 0; round < rounds; ++round) {
        written("k" + std::to_string(round));
        target->restart();
    }
    written("last");
    for (int round = 0; round < rounds; ++round) EXPECT_TRUE(has("k" + std::to_string(round)));
    EXPECT_EQ(transactions_on_chain(), static_cast<std::size_t>(rounds) + 1);
}

TEST_P(FrameworkConformance, a_node_that_leaves_serves_the_chain_no_more_and_the_others_do) {
    const TransactionView first = written("a");
    ASSERT_TRUE(framework(last_node()).leave_chain(target->channel()));
    auto left = framework(last_node()).open_chain(target->channel());
    ASSERT_FALSE(left.ok());
    EXPECT_EQ(left.error().code, Code::unavailable) << left.error().message;
    EXPECT_TRUE(framework(last_node()).leave_chain(target->channel())) << "harmless";
    EXPECT_TRUE(framework(last_node()).leave_chain(Bytes(32, 9))) << "harmless";
    if (target->nodes() > 1) {
        written("b");
        EXPECT_TRUE(has("a") && has("b"));
    }
    target->restart();
    wait_for_height(chain(last_node()), first.height);
    // A node that has just begun answers once it has gathered the others' signatures.
    auto kept = get("a", last_node());
    for (int i = 0; i < 200 && !kept && kept.error().code == Code::unavailable; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        kept = get("a", last_node());
    }
    EXPECT_TRUE(kept.ok()) << "the data stays: " << kept.error().message;
}

}  // namespace
}  // namespace bsn::framework::conformance
