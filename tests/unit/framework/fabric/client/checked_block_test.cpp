#include "framework/fabric/client/checked_block.hpp"

#include "test_channel.hpp"

#include <nlohmann/json.hpp>

namespace bsn::framework::fabric {
namespace {

using namespace testing;

TEST(FabricCheckedBlockTest, WhatRepeatsATransactionIsNoneOfTheBlocksTransactions) {
    const TestChannel channel;
    const common::Envelope one = channel.transaction("a");
    const common::Envelope two = channel.transaction("b");
    common::Block block = TestChannel::block(
        5, {one.SerializeAsString(), one.SerializeAsString(), two.SerializeAsString()},
        {channel.orderer});
    std::string codes(3, '\0');
    codes[1] = static_cast<char>(protos::DUPLICATE_TXID);
    block.mutable_metadata()->set_metadata(common::TRANSACTIONS_FILTER, codes);
    auto checked = read_block(block, crypto::HashId::sha256);
    ASSERT_TRUE(checked) << checked.error().message;

    const BlockView view = block_view(*checked);
    const Bytes first = transaction_view(*checked, 0).id;
    EXPECT_EQ(view.transaction_ids, (std::vector{first, transaction_view(*checked, 2).id}));
    EXPECT_EQ(
        nlohmann::json::parse(view.details),
        nlohmann::json::parse(R"({"other":[{"index":1,"repeats":")" + to_hex(first) + "\"}]}"));
}

}  // namespace
}  // namespace bsn::framework::fabric
