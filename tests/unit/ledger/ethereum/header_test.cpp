#include "ledger/ethereum/header.hpp"

#include "support/foreign_vectors.hpp"

#include <gtest/gtest.h>

namespace bsn::ledger::ethereum {
namespace {

using testing::bytes_of;
using testing::Json;
using testing::text_of;
using testing::value_of;

Json vectors() { return testing::foreign_vectors("ethereum-blocks.json")["headers"]; }

TEST(EthereumHeader, of_each_fork_as_other_code_encodes_it) {
    for (const Json& vector : vectors()) {
        SCOPED_TRACE(text_of(vector["fork"]));
        const Bytes bytes = bytes_of(vector["bytes"]);
        const auto header = Header::decode(bytes);
        ASSERT_TRUE(header.ok()) << header.error().message;
        EXPECT_EQ(to_hex(header->encode()), to_hex(bytes));
        EXPECT_EQ(to_hex(header->hash()), text_of(vector["hash"]));
        EXPECT_EQ(header->number, vector["number"].get<std::uint64_t>());
        EXPECT_EQ(to_hex(header->state_root), text_of(vector["state_root"]));
        EXPECT_EQ(header->extra_data, bytes_of(vector["extra_data"]));
        EXPECT_EQ(header->base_fee.has_value(), text_of(vector["fork"]) != "before London");
        EXPECT_EQ(header->cancun.has_value(), text_of(vector["fork"]) == "Cancun");
    }
}

// The first block of Ethereum's main network.
TEST(EthereumHeader, main_network_genesis) {
    Header header;
    header.state_root =
        *fixed_from_hex<Hash>("d7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544");
    header.transactions_root =
        *fixed_from_hex<Hash>("56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
    header.receipts_root = header.transactions_root;
    header.difficulty = word_of(17'179'869'184);
    header.gas_limit = 5000;
    header.extra_data =
        from_hex("11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa").value();
    header.nonce[7] = 0x42;
    EXPECT_EQ(to_hex(header.uncles_hash),
              "1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347");
    EXPECT_EQ(to_hex(header.hash()),
              "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3");
}

TEST(EthereumHeader, refuses_cut_long_and_other_bytes) {
    for (const Json& vector : vectors()) {
        const Bytes bytes = bytes_of(vector["bytes"]);
        for (std::size_t length = 0; length < bytes.size(); ++length) {
            ASSERT_FALSE(Header::decode(ByteView(bytes).first(length)).ok());
        }
        Bytes longer = bytes;
        longer.push_back(0);
        EXPECT_FALSE(Header::decode(longer).ok());
        for (std::size_t at = 0; at < bytes.size(); ++at) {
            Bytes changed = bytes;
            changed[at] ^= 0x81;
            const auto decoded = Header::decode(changed);
            if (decoded.ok()) {
                ASSERT_EQ(decoded->encode(), changed);
            }
        }
    }
}

TEST(EthereumHeader, fields_of_a_fork_come_with_those_before_it) {
    Header header;
    header.cancun = CancunFields{};
    EXPECT_THROW(header.encode(), InvariantViolation);
    header.withdrawals_root = Hash{};
    EXPECT_THROW(header.encode(), InvariantViolation);
    header.base_fee = Word{};
    EXPECT_EQ(Header::decode(header.encode()).value(), header);
}

}  // namespace
}  // namespace bsn::ledger::ethereum
