#include "ledger/block.hpp"

#include "base/codec.hpp"
#include "ledger/transaction.hpp"
#include "support/format_laws.hpp"
#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace bsn::ledger {
namespace {

using testing::code_of;
using testing::sample_block;
using testing::TestBlock;

/// Stands for an accepted block, see `code_of`.
constexpr Code k_accepted = Code::internal;

const testing::TestEpoch& epoch() {
    static const testing::TestEpoch k_epoch = testing::make_epoch(testing::sample_channel(), 1);
    return k_epoch;
}

Code check(const TestBlock& made) { return code_of(check_block(made.block, &made.batches)); }

TEST(Block, decodes_to_what_was_encoded) {
    const Block block = sample_block(epoch()).block;
    const Block decoded = Block::decode(block.encode()).value();
    EXPECT_EQ(decoded.header.hash(), block.header.hash());
    EXPECT_TRUE(decoded.controls == block.controls);
    EXPECT_EQ(decoded.envelopes.size(), block.envelopes.size());
    EXPECT_TRUE(decoded.skipped == block.skipped);
    EXPECT_EQ(decoded.receipts, block.receipts);
    EXPECT_EQ(decoded.encode(), block.encode());
}

TEST(Block, is_strict_and_canonical) {
    const Bytes valid = sample_block(epoch()).block.encode();
    testing::expect_strict_format(valid, &Block::decode);
    testing::expect_canonical_format(valid, &Block::decode,
                                     [](const Block& block) { return block.encode(); });
}

TEST(Block, has_the_documented_bytes) {
    Block block;
    block.header = testing::sample_header();
    const std::string head =
        "4c01"
        "00000146" +
        to_hex(block.header.encode());
    EXPECT_EQ(to_hex(block.encode()), head + std::string(32, '0'));
    block.receipts = {{0xAA}};
    EXPECT_EQ(to_hex(block.encode()), head + std::string(24, '0') +
                                          "00000001"
                                          "00000001aa");
}

TEST(Block, skip_codes_have_their_documented_numbers) {
    const std::vector<std::pair<Code, std::string>> numbers{
        {Code::invalid_argument, "0001"}, {Code::too_large, "0002"},
        {Code::bad_signature, "0003"},    {Code::wrong_network, "0004"},
        {Code::wrong_channel, "0005"},    {Code::wrong_suite, "0006"},
        {Code::expired, "0007"},          {Code::duplicate, "0008"},
        {Code::forbidden, "0009"},        {Code::suspended, "000a"},
        {Code::unavailable, "000b"},      {Code::unsupported_version, "000c"},
        {Code::unauthenticated, "000d"},  {Code::voided, "000e"}};
    TestBlock made = sample_block(epoch());
    for (const auto& [reason, number] : numbers) {
        made.block.skipped[0].reason = reason;
        const Bytes expected = from_hex(
                                   "00000000"
                                   "00000001" +
                                   number +
                                   "00000002"
                                   "ffffffff"
                                   "000b")
                                   .value();
        EXPECT_EQ(hash_skipped(HashId::sm3, made.block.skipped),
                  crypto::hash(HashId::sm3, expected));
        const auto decoded = Block::decode(made.block.encode());
        EXPECT_EQ(decoded.value().skipped[0].reason, reason);
    }
    for (Code reason : {Code::contract_failed, Code::internal, Code::overloaded}) {
        made.block.skipped[0].reason = reason;
        EXPECT_THROW(made.block.encode(), InvariantViolation);
    }
}

TEST(Block, an_unknown_skip_code_is_refused) {
    Bytes encoded = sample_block(epoch()).block.encode();
    const Bytes skip = from_hex(
                           "00000002"
                           "ffffffff"
                           "000b")
                           .value();
    auto found = std::search(encoded.begin(), encoded.end(), skip.begin(), skip.end());
    ASSERT_NE(found, encoded.end());
    *(found + 9) = 15;
    EXPECT_FALSE(Block::decode(encoded).ok());
    *(found + 9) = 0;
    EXPECT_FALSE(Block::decode(encoded).ok());
}

TEST(Block, skips_in_wrong_order_twice_or_of_nothing_are_refused) {
    const auto refused = [](std::vector<Skipped> skipped) {
        TestBlock made = sample_block(epoch());
        made.block.skipped = std::move(skipped);
        EXPECT_EQ(Block::decode(made.block.encode()).ok(),
                  admitted_transactions(made.block, made.batches).ok());
        return !Block::decode(made.block.encode()).ok();
    };
    constexpr auto k_whole = Skipped::k_whole_envelope;
    constexpr auto k_code = Code::duplicate;
    EXPECT_FALSE(refused({{0, 0, k_code}, {0, 2, k_code}, {1, 0, k_code}, {2, k_whole, k_code}}));
    EXPECT_TRUE(refused({{0, 2, k_code}, {0, 1, k_code}, {2, k_whole, k_code}}));
    EXPECT_TRUE(refused({{0, 1, k_code}, {0, 1, k_code}, {2, k_whole, k_code}}));
    EXPECT_TRUE(refused({{2, k_whole, k_code}, {0, 1, k_code}}));
    EXPECT_TRUE(refused({{2, k_whole, k_code}, {2, k_whole, k_code}}));
    EXPECT_TRUE(refused({{2, 0, k_code}, {2, k_whole, k_code}}));
    EXPECT_TRUE(refused({{0, 3, k_code}, {2, k_whole, k_code}}));
    EXPECT_TRUE(refused({{2, k_whole, k_code}, {3, 0, k_code}}));
}

TEST(Block, admitted_transactions_are_those_not_skipped_in_order) {
    const TestBlock made = sample_block(epoch());
    const auto admitted = admitted_transactions(made.block, made.batches);
    std::vector<std::string> found;
    for (ByteView bytes : admitted.value()) {
        const auto transaction = Transaction::decode(to_bytes(bytes));
        found.push_back(to_text(transaction.value().payload().arguments[0]));
    }
    EXPECT_EQ(found,
              (std::vector<std::string>{"document 0", "document 2", "document 3", "document 4"}));
}

TEST(Block, carried_batches_are_read_from_their_envelope_and_ticks_hold_none) {
    TestBlock made = sample_block(epoch());
    Envelope& carried = made.block.envelopes[1];
    carried.kind = EnvelopeKind::carried;
    carried.body = std::move(made.batches[1]);
    made.batches[1].clear();
    made.block.envelopes.push_back(testing::sample_tick(epoch(), 2));
    made.batches.emplace_back();
    testing::commit_to_content(made);
    EXPECT_EQ(admitted_transactions(made.block, made.batches).value().size(), 4U);
    EXPECT_EQ(check(made), k_accepted);
}

TEST(Block, a_void_vote_brings_no_transactions) {
    TestBlock made = sample_block(epoch());
    ledger::Envelope& vote = made.block.envelopes[2];
    vote.kind = EnvelopeKind::void_batch;
    vote.digest = {};
    vote.count = 0;
    vote.bytes = 0;
    vote.body = Bytes(1 + 8 + 32, 1);
    made.block.skipped.pop_back();
    testing::commit_to_content(made);
    EXPECT_EQ(made.block.header.transactions, 4U);
    EXPECT_EQ(check(made), k_accepted);
    made.block.skipped.push_back({2, 0, Code::duplicate});
    EXPECT_FALSE(Block::decode(made.block.encode()).ok());
}

TEST(Block, that_is_what_its_header_commits_to_is_accepted) {
    const TestBlock made = sample_block(epoch());
    EXPECT_EQ(check(made), k_accepted);
    EXPECT_EQ(code_of(check_block(made.block, nullptr)), k_accepted);
}

TEST(Block, without_content_commits_to_empty_trees) {
    TestBlock made;
    made.block.header = testing::sample_header();
    testing::commit_to_content(made);
    EXPECT_TRUE(made.block.header.extensions.empty());
    EXPECT_EQ(made.block.header.transaction_root, crypto::hash(HashId::sha256, ByteView{}));
    EXPECT_EQ(check(made), k_accepted);
}

TEST(Block, any_other_content_than_committed_is_refused) {
    const auto refused = [](auto change) {
        TestBlock made = sample_block(epoch());
        change(made);
        return check(made) == Code::bad_signature;
    };
    EXPECT_TRUE(refused([](TestBlock& m) { m.block.controls.pop_back(); }));
    EXPECT_TRUE(refused([](TestBlock& m) { m.block.controls.clear(); }));
    EXPECT_TRUE(refused([](TestBlock& m) { std::swap(m.block.controls[0], m.block.controls[1]); }));
    EXPECT_TRUE(refused([](TestBlock& m) { m.block.envelopes[1].sequence += 1; }));
    EXPECT_TRUE(refused([](TestBlock& m) { m.block.skipped[0].transaction = 0; }));
    EXPECT_TRUE(refused([](TestBlock& m) { m.block.skipped[0].reason = Code::expired; }));
    EXPECT_TRUE(refused([](TestBlock& m) { m.block.receipts[3][10] ^= 1; }));
    EXPECT_TRUE(refused([](TestBlock& m) { m.block.receipts.pop_back(); }));
    EXPECT_TRUE(refused([](TestBlock& m) { m.block.header.transactions += 1; }));
    EXPECT_TRUE(refused([](TestBlock& m) { m.block.header.receipt_root = Hash{}; }));
    EXPECT_TRUE(refused([](TestBlock& m) { m.block.header.transaction_root = Hash{}; }));
    EXPECT_TRUE(refused([](TestBlock& m) { m.block.header.extensions.pop_back(); }));
    EXPECT_TRUE(refused([](TestBlock& m) { m.batches[0].back() ^= 1; }));
}

TEST(Block, a_batch_whose_skipped_transaction_was_changed_is_refused) {
    TestBlock made = sample_block(epoch());
    const auto transactions = decode_batch(made.batches[0]).value();
    const auto offset = transactions[1].data() - made.batches[0].data();
    made.batches[0][static_cast<std::size_t>(offset)] ^= 1;
    EXPECT_EQ(check(made), Code::bad_signature);
}

TEST(Block, an_extension_for_content_that_is_not_there_is_refused) {
    TestBlock made = sample_block(epoch());
    made.block.controls.clear();
    made.block.header.extensions[0].hash = hash_controls(HashId::sha256, {});
    EXPECT_EQ(check(made), Code::bad_signature);
}

TEST(Block, batches_that_do_not_fit_their_envelopes_are_refused) {
    TestBlock made = sample_block(epoch());
    std::swap(made.batches[0], made.batches[1]);
    EXPECT_EQ(code_of(admitted_transactions(made.block, made.batches)), Code::invalid_argument);
    made = sample_block(epoch());
    made.batches.pop_back();
    EXPECT_EQ(code_of(admitted_transactions(made.block, made.batches)), Code::invalid_argument);
    made = sample_block(epoch());
    made.batches[1].clear();
    EXPECT_EQ(code_of(admitted_transactions(made.block, made.batches)), Code::invalid_argument);
    made = sample_block(epoch());
    made.block.envelopes[1].count += 1;
    EXPECT_EQ(code_of(admitted_transactions(made.block, made.batches)), Code::invalid_argument);
}

TEST(Block, an_envelope_of_another_channel_is_refused) {
    TestBlock made = sample_block(epoch());
    made.block.envelopes[0].channel = testing::filled<ChannelId>(1);
    testing::commit_to_content(made);
    EXPECT_EQ(check(made), Code::wrong_channel);
}

TEST(Block, the_envelopes_hash_leaves_out_certificates) {
    Block block = sample_block(epoch()).block;
    const Hash before = hash_envelopes(HashId::sha256, block.envelopes);
    block.envelopes[0].availability.clear();
    EXPECT_EQ(hash_envelopes(HashId::sha256, block.envelopes), before);
}

}  // namespace
}  // namespace bsn::ledger
