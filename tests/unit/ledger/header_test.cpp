#include "ledger/header.hpp"

#include "support/format_laws.hpp"
#include "support/ledger_fixtures.hpp"

#include <gtest/gtest.h>

namespace bsn::ledger {
namespace {

using testing::code_of;
using testing::filled;
using testing::sample_header;

constexpr std::size_t k_height_offset = 3 + 32 + 32;
constexpr std::size_t k_state_type_offset =
    k_height_offset + 8 + 32 + (16 + 4 + 8 + 4) + 8 + 8 + 4 + 32 + 32;
constexpr std::size_t k_count_offset = k_state_type_offset + 1 + 32;

TEST(Header, decodes_to_what_was_encoded) {
    const Header header = sample_header();
    const Header decoded = Header::decode(header.encode()).value();
    EXPECT_EQ(decoded.hash_id, header.hash_id);
    EXPECT_EQ(decoded.network, header.network);
    EXPECT_EQ(decoded.channel, header.channel);
    EXPECT_EQ(decoded.height, header.height);
    EXPECT_EQ(decoded.previous, header.previous);
    EXPECT_TRUE(decoded.position == header.position);
    EXPECT_EQ(decoded.time, header.time);
    EXPECT_EQ(decoded.epoch, header.epoch);
    EXPECT_EQ(decoded.transactions, header.transactions);
    EXPECT_EQ(decoded.transaction_root, header.transaction_root);
    EXPECT_EQ(decoded.receipt_root, header.receipt_root);
    EXPECT_EQ(decoded.state_type, header.state_type);
    EXPECT_EQ(decoded.state, header.state);
    EXPECT_TRUE(decoded.extensions == header.extensions);
    EXPECT_EQ(decoded.hash(), header.hash());
}

TEST(Header, has_the_documented_layout) {
    const Bytes encoded = sample_header().encode();
    ASSERT_EQ(encoded.size(), k_count_offset + 2 + 34 + 34);
    const std::string hex = to_hex(encoded);
    EXPECT_EQ(hex.substr(0, 6), "480101");
    EXPECT_EQ(hex.substr(2 * k_height_offset, 16), "0000000000000003");
    EXPECT_EQ(hex.substr(2 * k_count_offset, 8), "00020001");
}

TEST(Header, is_strict_and_canonical) {
    const Bytes valid = sample_header().encode();
    testing::expect_strict_format(valid, &Header::decode);
    testing::expect_canonical_format(valid, &Header::decode,
                                     [](const Header& header) { return header.encode(); });
}

TEST(Header, an_unknown_hash_function_or_state_type_is_refused) {
    Bytes encoded = sample_header().encode();
    encoded[2] = 4;
    EXPECT_EQ(code_of(Header::decode(encoded)), Code::unsupported_version);
    encoded = sample_header().encode();
    ASSERT_EQ(encoded[k_state_type_offset], 1);
    encoded[k_state_type_offset] = 4;
    EXPECT_EQ(code_of(Header::decode(encoded)), Code::unsupported_version);
}

TEST(Header, extensions_out_of_order_or_twice_are_refused) {
    Header header = sample_header();
    std::swap(header.extensions[0], header.extensions[1]);
    EXPECT_EQ(code_of(Header::decode(header.encode())), Code::invalid_argument);
    header.extensions[0] = header.extensions[1];
    EXPECT_EQ(code_of(Header::decode(header.encode())), Code::invalid_argument);
}

TEST(Header, unknown_extensions_are_kept) {
    const Header decoded = Header::decode(sample_header().encode()).value();
    EXPECT_EQ(decoded.find_extension(0x7FFF), filled<Hash>(0x99));
    EXPECT_EQ(decoded.find_extension(extension::k_next_epoch), filled<Hash>(0x88));
    EXPECT_EQ(decoded.find_extension(extension::k_outbox), std::nullopt);
}

TEST(Header, the_first_header_has_none_before_it) {
    Header header = sample_header();
    header.height = 0;
    EXPECT_FALSE(Header::decode(header.encode()).ok());
    header.previous = Hash{};
    EXPECT_TRUE(Header::decode(header.encode()).ok());
}

TEST(Header, its_hash_is_that_of_its_own_function) {
    Header header = sample_header();
    for (HashId id : {HashId::sha256, HashId::keccak256, HashId::sm3}) {
        header.hash_id = id;
        EXPECT_EQ(header.hash(), crypto::hash(id, header.encode()));
    }
}

TEST(Header, the_statement_names_purpose_network_channel_and_epoch) {
    const Header header = sample_header();
    EXPECT_EQ(to_hex(header.statement()), "530102" + to_hex(header.network) +
                                              to_hex(header.channel) + "0000000000000005" +
                                              to_hex(header.hash()));
}

}  // namespace
}  // namespace bsn::ledger
