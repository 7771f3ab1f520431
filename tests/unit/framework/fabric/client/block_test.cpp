#include "framework/fabric/client/block.hpp"

#include <gtest/gtest.h>

namespace bsn::framework::fabric {
namespace {

constexpr auto k_hash = crypto::HashId::sha256;

common::BlockHeader header(std::uint64_t number) {
    common::BlockHeader made;
    made.set_number(number);
    made.set_previous_hash("pp");
    made.set_data_hash("d");
    return made;
}

std::string hex(const std::string& bytes) { return to_hex(as_bytes(bytes)); }

TEST(FabricBlockTest, HeadersAreWrittenInDer) {
    EXPECT_EQ(hex(header_bytes(header(0))),
              "300a"
              "020100"
              "04027070"
              "040164");
    EXPECT_EQ(hex(header_bytes(header(127))),
              "300a"
              "02017f"
              "04027070"
              "040164");
    // A number whose first bit is set has a zero before it, as it is not negative.
    EXPECT_EQ(hex(header_bytes(header(128))),
              "300b"
              "02020080"
              "04027070"
              "040164");
    EXPECT_EQ(hex(header_bytes(header(~std::uint64_t{0}))),
              "3012"
              "020900ffffffffffffffff"
              "04027070"
              "040164");
    common::BlockHeader large = header(1);
    large.set_data_hash(std::string(200, 'x'));
    EXPECT_EQ(hex(header_bytes(large)).substr(0, 30),
              "3081d2"
              "020101"
              "04027070"
              "0481c878"
              "78");
}

TEST(FabricBlockTest, DataIsHashedAsOneText) {
    common::Block block;
    *block.mutable_header() = header(7);
    block.mutable_data()->add_data("a");
    block.mutable_data()->add_data("bc");
    EXPECT_EQ(to_hex(data_hash(block.data(), k_hash)),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(check_data(block, k_hash).error().code, Code::corrupted);
    const auto hash = data_hash(block.data(), k_hash);
    block.mutable_header()->set_data_hash(hash.data(), hash.size());
    EXPECT_TRUE(check_data(block, k_hash));
    block.mutable_data()->set_data(1, "bd");
    EXPECT_FALSE(check_data(block, k_hash));
}

TEST(FabricBlockTest, EachTransactionHasACode) {
    common::Block block;
    *block.mutable_header() = header(7);
    block.mutable_data()->add_data("a");
    block.mutable_data()->add_data("b");
    EXPECT_FALSE(validation_codes(block));
    for (int i = 0; i < 3; ++i) block.mutable_metadata()->add_metadata("");
    EXPECT_FALSE(validation_codes(block));
    block.mutable_metadata()->set_metadata(common::TRANSACTIONS_FILTER, std::string("\0\xfe", 2));
    auto codes = validation_codes(block);
    ASSERT_TRUE(codes);
    EXPECT_EQ(codes->at(0), protos::VALID);
    EXPECT_EQ(codes->at(1), protos::NOT_VALIDATED);
}

TEST(FabricBlockTest, AnOrdererSaysWhichConfigurationHolds) {
    common::Block block;
    *block.mutable_header() = header(0);
    EXPECT_EQ(*last_config_of(block), 0U);
    block.mutable_header()->set_number(9);
    EXPECT_FALSE(last_config_of(block));
    common::OrdererBlockMetadata orderer;
    orderer.mutable_last_config()->set_index(4);
    common::Metadata metadata;
    metadata.set_value(orderer.SerializeAsString());
    block.mutable_metadata()->add_metadata(metadata.SerializeAsString());
    EXPECT_EQ(*last_config_of(block), 4U);
    EXPECT_FALSE(is_config_block(block));
}

}  // namespace
}  // namespace bsn::framework::fabric
