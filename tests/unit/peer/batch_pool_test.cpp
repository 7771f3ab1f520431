#include "peer/batch_pool.hpp"

#include "support/replica_world.hpp"

#include <gtest/gtest.h>

namespace bsn::peer {
namespace {

using testing::FaultyLog;
using testing::make_key;
using testing::ManualSyncer;

constexpr auto k_suite = crypto::SuiteId::secp256r1;

class BatchPoolTest : public ::testing::Test {
  protected:
    std::shared_ptr<const CheckedBatch> batch(std::uint32_t number, std::size_t size = 10) const {
        auto payload = testing::sample_payload(key, number);
        payload.arguments = {Bytes(size, static_cast<std::uint8_t>(number))};
        std::vector<ledger::Transaction> transactions;
        transactions.push_back(ledger::Transaction::sign(payload, key));
        return make_checked_batch(rules, std::move(transactions));
    }
    Status persist(const std::shared_ptr<const CheckedBatch>& one) {
        std::optional<Status> told;
        pool.persist(one, [&](Status status) { told = std::move(status); });
        syncer.run();
        return told.value();
    }

    crypto::PrivateKey key = make_key(k_suite);
    ChannelRules rules{testing::sample_network(), testing::sample_channel(), k_suite,
                       crypto::HashId::sha256};
    std::unique_ptr<store::Database> database = store::make_memory_database();
    ledger::BlockStore blocks{*database, to_bytes("p")};
    FaultyLog log;
    ManualSyncer syncer;
    BatchPool pool{rules, blocks, *database, log, syncer.syncer()};
};

TEST_F(BatchPoolTest, a_held_batch_is_in_memory_until_it_was_executed) {
    auto one = batch(1);
    EXPECT_EQ(pool.held(one->digest), nullptr);
    pool.hold(one);
    pool.hold(one);
    EXPECT_EQ(pool.held(one->digest), one);
    EXPECT_EQ(pool.find(one->digest).value(), one);
    EXPECT_EQ(*pool.bytes(one->digest).value(), *one->bytes);
    pool.executed(one->digest);
    pool.executed(one->digest);
    EXPECT_EQ(pool.held(one->digest), nullptr);
    EXPECT_EQ(pool.find(one->digest).value(), nullptr);
    EXPECT_EQ(pool.bytes(one->digest).value(), nullptr);
}

TEST_F(BatchPoolTest, a_stored_batch_is_found_again_also_by_a_later_pool) {
    auto one = batch(1);
    EXPECT_TRUE(persist(one));
    BatchPool later(rules, blocks, *database, log, syncer.syncer());
    auto found = later.find(one->digest);
    ASSERT_TRUE(found.ok()) << found.error().message;
    ASSERT_NE(*found, nullptr);
    EXPECT_EQ((*found)->digest, one->digest);
    EXPECT_EQ(*(*found)->bytes, *one->bytes);
    ASSERT_EQ((*found)->entries.size(), 1U);
    EXPECT_EQ((*found)->entries[0].transaction->id(), one->entries[0].transaction->id());
    EXPECT_NE(later.held(one->digest), nullptr) << "what is at work is in memory";
}

TEST_F(BatchPoolTest, it_says_that_a_batch_is_durable_only_when_it_is) {
    bool told = false;
    pool.persist(batch(1), [&](const Status&) { told = true; });
    EXPECT_FALSE(told);
    syncer.run();
    EXPECT_TRUE(told);
}

TEST_F(BatchPoolTest, a_log_that_takes_nothing_or_does_not_sync_is_told) {
    log.append_outcome = Error{Code::no_space, "full"};
    EXPECT_EQ(persist(batch(1)).error().code, Code::no_space);
    EXPECT_EQ(pool.find(batch(1)->digest).value(), nullptr);
    log.append_outcome = {};
    syncer.fail({Code::io_error, "gone"});
    EXPECT_EQ(persist(batch(2)).error().code, Code::io_error);
}

TEST_F(BatchPoolTest, a_damaged_batch_is_reported_and_not_handed_out) {
    auto one = batch(1);
    EXPECT_TRUE(persist(one));
    log.damaged = true;
    EXPECT_EQ(pool.bytes(one->digest).error().code, Code::corrupted);
    EXPECT_EQ(pool.find(one->digest).error().code, Code::corrupted);
    EXPECT_EQ(pool.held(one->digest), nullptr);
}

TEST_F(BatchPoolTest, a_batch_of_another_channel_is_not_found) {
    auto one = batch(1);
    EXPECT_TRUE(persist(one));
    ChannelRules others = rules;
    others.channel = testing::filled<ledger::ChannelId>(9);
    BatchPool other(others, blocks, *database, log, syncer.syncer());
    EXPECT_EQ(other.bytes(one->digest).error().code, Code::corrupted);
}

TEST_F(BatchPoolTest, memory_is_bounded_by_letting_go_of_what_the_log_has) {
    constexpr std::size_t k_size = 1'000'000;
    auto stored = batch(0, k_size);
    EXPECT_TRUE(persist(stored));
    pool.hold(stored);
    std::uint32_t number = 1;
    while (!pool.full() && number < 100) pool.hold(batch(number++, k_size));
    EXPECT_TRUE(pool.full()) << "what is not in the log has to stay";
    EXPECT_EQ(pool.held(stored->digest), nullptr);
    EXPECT_NE(pool.find(stored->digest).value(), nullptr) << "it comes from the log again";
    EXPECT_LE(number, 70U);
    auto last = batch(number - 1, k_size);
    EXPECT_TRUE(persist(last));
    pool.executed(batch(number - 2, k_size)->digest);
    pool.hold(batch(number, k_size));
    EXPECT_EQ(pool.held(last->digest), nullptr);
}

// --- checked batches

class CheckedBatchTest : public BatchPoolTest {
  protected:
    Result<std::shared_ptr<const CheckedBatch>> check(Bytes bytes) {
        std::optional<Result<std::shared_ptr<const CheckedBatch>>> checked;
        check_batch(executor, rules, std::make_shared<const Bytes>(std::move(bytes)),
                    [&](Result<std::shared_ptr<const CheckedBatch>> result) {
                        checked.emplace(std::move(result));
                    });
        executor.run();
        return checked.value();
    }

    testing::ManualExecutor executor;
};

TEST_F(CheckedBatchTest, each_transaction_gets_a_verdict_of_its_own) {
    std::vector<Bytes> parts;
    for (std::uint32_t i = 0; i < 100; ++i) {
        parts.push_back(testing::sample_transaction(key, i).bytes());
    }
    parts[30].back() = static_cast<std::uint8_t>(parts[30].back() ^ 1U);
    auto foreign = testing::sample_payload(key, 200);
    foreign.network = testing::filled<ledger::NetworkId>(9);
    parts[60] = ledger::Transaction::sign(foreign, key).bytes();
    parts[99] = to_bytes("no transaction");
    std::vector<ByteView> views(parts.begin(), parts.end());
    Bytes bytes = ledger::encode_batch(views);
    auto checked = check(bytes);
    ASSERT_TRUE(checked.ok()) << checked.error().message;
    const CheckedBatch& batch = **checked;
    EXPECT_EQ(batch.digest, crypto::hash(crypto::HashId::sha256, bytes));
    ASSERT_EQ(batch.entries.size(), 100U);
    for (std::size_t i = 0; i < 100; ++i) {
        bool bad = i == 30 || i == 60 || i == 99;
        EXPECT_EQ(batch.entries[i].transaction.has_value(), !bad) << i;
    }
    EXPECT_EQ(batch.entries[30].refusal, Code::bad_signature);
    EXPECT_EQ(batch.entries[60].refusal, Code::wrong_network);
    EXPECT_EQ(batch.entries[99].refusal, Code::invalid_argument);
    Status all = batch.check_all();
    ASSERT_FALSE(all.ok());
    EXPECT_EQ(all.error().code, Code::bad_signature);
    EXPECT_NE(all.error().message.find("transaction 30"), std::string::npos);
}

TEST_F(CheckedBatchTest, bytes_that_are_no_batch_are_an_error) {
    EXPECT_FALSE(check(to_bytes("no batch")).ok());
    Bytes cut = testing::sample_batch({testing::sample_transaction(key)});
    cut.pop_back();
    EXPECT_FALSE(check(cut).ok());
}

TEST_F(CheckedBatchTest, a_batch_made_here_is_the_one_that_others_check) {
    auto made = batch(1);
    EXPECT_TRUE(made->check_all());
    auto checked = check(*made->bytes);
    ASSERT_TRUE(checked.ok());
    EXPECT_EQ((*checked)->digest, made->digest);
    EXPECT_TRUE((*checked)->check_all());
}

TEST_F(CheckedBatchTest, work_in_pieces_is_done_once_for_each_and_then_told) {
    for (std::size_t count : {0U, 1U, 24U, 25U, 100U}) {
        std::vector<int> done(count, 0);
        int told = 0;
        for_each_parallel(
            executor, count, 24, [&](std::size_t i) { ++done[i]; }, [&] { ++told; });
        EXPECT_EQ(told, 0);
        executor.run();
        EXPECT_EQ(told, 1);
        EXPECT_EQ(done, std::vector<int>(count, 1));
    }
}

}  // namespace
}  // namespace bsn::peer
