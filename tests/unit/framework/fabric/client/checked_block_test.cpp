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

TEST(FabricCheckedBlockTest, BlocksMayBeHashedBySM3) {
    const TestChannel channel;
    const common::Block block =
        TestChannel::block(5, {channel.transaction("a").SerializeAsString()}, {channel.orderer}, 0,
                           crypto::HashId::sm3);
    auto checked = read_block(block, crypto::HashId::sm3);
    ASSERT_TRUE(checked) << checked.error().message;
    EXPECT_EQ(checked->hash, header_hash(block.header(), crypto::HashId::sm3));
    EXPECT_EQ(
        to_hex(checked->hash.view()),
        to_hex(crypto::hash(crypto::HashId::sm3, {as_bytes(header_bytes(block.header()))}).view()));
    EXPECT_TRUE(block_view(*checked).final);
    EXPECT_EQ(read_block(block, crypto::HashId::sha256).error().code, Code::corrupted);
    common::Block changed = block;
    changed.mutable_data()->add_data("more");
    EXPECT_EQ(read_block(changed, crypto::HashId::sm3).error().code, Code::corrupted);
}

TEST(FabricCheckedBlockTest, TooFewEndorsementsAreToldWithWhoseTheyAre) {
    const TestChannel channel;
    common::Block block =
        TestChannel::block(5, {channel.transaction("a").SerializeAsString()}, {channel.orderer});
    block.mutable_metadata()->set_metadata(
        common::TRANSACTIONS_FILTER,
        std::string(1, static_cast<char>(protos::ENDORSEMENT_POLICY_FAILURE)));
    auto checked = read_block(block, crypto::HashId::sha256);
    ASSERT_TRUE(checked) << checked.error().message;
    const std::string error = transaction_view(*checked, 0).error;
    EXPECT_EQ(error.find("ENDORSEMENT_POLICY_FAILURE: "), 0U) << error;
    EXPECT_NE(error.find("(endorsed by Org1MSP, Org2MSP)"), std::string::npos) << error;
}

}  // namespace
}  // namespace bsn::framework::fabric
