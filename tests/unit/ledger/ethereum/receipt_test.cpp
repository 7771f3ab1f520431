#include "ledger/ethereum/receipt.hpp"

#include "support/foreign_vectors.hpp"

#include <gtest/gtest.h>

namespace bsn::ledger::ethereum {
namespace {

using testing::bytes_of;
using testing::Json;
using testing::text_of;
using testing::value_of;

Json vectors() { return testing::foreign_vectors("ethereum-blocks.json")["receipts"]; }

Receipt described(const Json& vector) {
    Receipt receipt;
    receipt.type = static_cast<TransactionType>(vector["type"].get<int>());
    receipt.success = vector["success"];
    receipt.cumulative_gas = vector["cumulative_gas"];
    for (const Json& log : vector["logs"]) {
        Log read{value_of<Address>(log["address"]), {}, bytes_of(log["data"])};
        for (const Json& topic : log["topics"]) read.topics.push_back(value_of<Word>(topic));
        receipt.logs.push_back(std::move(read));
    }
    receipt.bloom = bloom_of(HashId::keccak256, receipt.logs);
    return receipt;
}

TEST(EthereumReceipt, as_other_code_encodes_it) {
    for (const Json& vector : vectors()) {
        const Receipt receipt = described(vector);
        EXPECT_EQ(to_hex(receipt.bloom), text_of(vector["bloom"]));
        EXPECT_EQ(to_hex(receipt.encode()), text_of(vector["bytes"]));
        const auto decoded = Receipt::decode(bytes_of(vector["bytes"]));
        ASSERT_TRUE(decoded.ok()) << decoded.error().message;
        EXPECT_EQ(*decoded, receipt);
    }
}

TEST(EthereumReceipt, refuses_cut_long_and_other_bytes) {
    for (const Json& vector : vectors()) {
        const Bytes bytes = bytes_of(vector["bytes"]);
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            ASSERT_FALSE(Receipt::decode(ByteView(bytes).first(length)).ok());
        }
        Bytes longer = bytes;
        longer.push_back(0);
        EXPECT_FALSE(Receipt::decode(longer).ok());
    }
    EXPECT_EQ(Receipt::decode(Bytes{3, 0xc0}).error().code, Code::unsupported_version);
    Receipt receipt;
    Bytes bytes = receipt.encode();
    ASSERT_EQ(bytes[3], 1);
    bytes[3] = 2;
    EXPECT_NE(Receipt::decode(bytes).error().message.find("status"), std::string::npos);
}

TEST(Bloom, holds_what_was_added) {
    const Receipt receipt = described(vectors()[3]);
    ASSERT_EQ(receipt.logs.size(), 7U);
    for (const Log& log : receipt.logs) {
        EXPECT_TRUE(may_contain(receipt.bloom, HashId::keccak256, log.address));
        for (const Word& topic : log.topics) {
            EXPECT_TRUE(may_contain(receipt.bloom, HashId::keccak256, topic));
        }
    }
    EXPECT_FALSE(may_contain({}, HashId::keccak256, receipt.logs[0].address));
    EXPECT_FALSE(may_contain(receipt.bloom, HashId::keccak256, as_bytes("something else")));
    Bloom sum;
    merge_bloom(sum, bloom_of(HashId::keccak256, {receipt.logs[0]}));
    merge_bloom(sum, bloom_of(HashId::keccak256, {receipt.logs.begin() + 1, receipt.logs.end()}));
    EXPECT_EQ(sum, receipt.bloom);
}

// The bits that FISCO BCOS expects of one log, by Keccak-256 and by SM3.
TEST(Bloom, known_answers_of_fisco_bcos) {
    const Log log{*fixed_from_hex<Address>("ccdeac59d35627b7de09332e819d5159e7bb7250"),
                  {Word{}},
                  to_bytes("ab56")};
    auto bits = [](const Bloom& bloom) {
        std::vector<std::size_t> set;
        for (std::size_t bit = 0; bit < 2048; ++bit) {
            if ((bloom.data()[255 - bit / 8] >> bit % 8 & 1) != 0) set.push_back(bit);
        }
        return set;
    };
    EXPECT_EQ(bits(bloom_of(HashId::keccak256, {log})),
              (std::vector<std::size_t>{269, 1163, 1241, 1533, 1874, 1990}));
    EXPECT_EQ(bits(bloom_of(HashId::sm3, {log})),
              (std::vector<std::size_t>{23, 186, 244, 553, 1802, 1935}));
}

}  // namespace
}  // namespace bsn::ledger::ethereum
