#include "ordering/batch_queue.hpp"

#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::ordering {
namespace {

using testing::make_key;

constexpr auto k_suite = crypto::SuiteId::secp256r1;

ledger::Transaction sized(std::uint32_t number, std::size_t argument_bytes) {
    static const crypto::PrivateKey key = make_key(k_suite);
    auto payload = testing::sample_payload(key, number);
    payload.arguments = {Bytes(argument_bytes, 7)};
    return ledger::Transaction::sign(payload, key);
}

std::size_t bytes_of(const std::vector<ledger::Transaction>& batch) {
    std::size_t bytes = 0;
    for (const auto& transaction : batch) bytes += transaction.bytes().size();
    return bytes;
}

TEST(BatchQueueTest, nothing_waits_in_a_new_queue) {
    BatchQueue queue;
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.size(), 0U);
    EXPECT_TRUE(queue.take().empty());
}

TEST(BatchQueueTest, what_waits_is_taken_together_first_in_first_out) {
    BatchQueue queue;
    std::vector<ledger::TxId> ids;
    for (std::uint32_t i = 0; i < 5; ++i) {
        auto transaction = sized(i, 10);
        ids.push_back(transaction.id());
        queue.add(std::move(transaction));
    }
    EXPECT_EQ(queue.size(), 5U);
    auto batch = queue.take();
    ASSERT_EQ(batch.size(), 5U);
    for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(batch[i].id(), ids[i]);
    EXPECT_TRUE(queue.empty());
}

TEST(BatchQueueTest, a_batch_has_at_most_1024_transactions) {
    BatchQueue queue;
    auto transaction = sized(0, 1);
    for (std::size_t i = 0; i < k_max_batch_transactions + 1; ++i) {
        queue.add(ledger::Transaction(transaction));
    }
    EXPECT_EQ(queue.take().size(), 1'024U);
    EXPECT_EQ(queue.take().size(), 1U);
}

TEST(BatchQueueTest, a_batch_has_at_most_1_mib) {
    BatchQueue queue;
    for (std::uint32_t i = 0; i < 7; ++i) queue.add(sized(i, 400'000));
    std::size_t taken = 0;
    while (!queue.empty()) {
        auto batch = queue.take();
        ASSERT_FALSE(batch.empty());
        EXPECT_LE(bytes_of(batch), k_max_batch_bytes);
        EXPECT_LE(batch.size(), 2U);
        taken += batch.size();
    }
    EXPECT_EQ(taken, 7U);
}

TEST(BatchQueueTest, the_largest_transaction_makes_a_batch_of_its_own) {
    BatchQueue queue;
    std::size_t overhead = sized(0, 0).bytes().size();
    queue.add(sized(0, 10));
    queue.add(sized(1, ledger::k_max_transaction_bytes - overhead));
    queue.add(sized(2, 10));
    EXPECT_EQ(queue.take().size(), 1U);
    auto large = queue.take();
    ASSERT_EQ(large.size(), 1U);
    EXPECT_EQ(large[0].bytes().size(), ledger::k_max_transaction_bytes);
    EXPECT_EQ(queue.take().size(), 1U);
}

}  // namespace
}  // namespace bsn::ordering
