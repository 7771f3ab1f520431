#include "framework/fabric/chaincode/state_keys.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace bsn::framework::fabric {
namespace {

Bytes random_key(std::mt19937& random) {
    // Few values, so that prefixes and neighbours are common.
    static constexpr std::uint8_t k_bytes[] = {0x01, 'a', 'b', 0x7F, 0x80, 0xBF, 0xC0, 0xFE, 0xFF};
    Bytes key(random() % 5);
    for (auto& byte : key) byte = k_bytes[random() % std::size(k_bytes)];
    return key;
}

TEST(FabricStateKeys, AsciiStaysAsItIs) {
    EXPECT_EQ(state_key(as_bytes("base_key_order-7")), "base_key_order-7");
    EXPECT_EQ(state_key(Bytes{'e', 0x80, 0xFF, 0x00}), std::string("e\xC2\x80\xC3\xBF\x00", 6));
}

TEST(FabricStateKeys, EveryKeyComesBackAndTheOrderStays) {
    std::mt19937 random(1);
    for (int i = 0; i < 20'000; ++i) {
        const Bytes a = random_key(random);
        const Bytes b = random_key(random);
        EXPECT_TRUE(is_utf8(state_key(a)));
        EXPECT_EQ(*contract_key(state_key(a)), a);
        EXPECT_EQ(a < b, state_key(a) < state_key(b)) << to_hex(a) << ' ' << to_hex(b);
    }
}

TEST(FabricStateKeys, ForeignTextsAreRefused) {
    for (std::string_view text : {"\xC4\x80", "\xC3", "\xC3x", "\xE4\xB8\xAD", "\x80"}) {
        auto key = contract_key(text);
        ASSERT_FALSE(key) << text;
        EXPECT_EQ(key.error().code, Code::corrupted);
    }
}

TEST(FabricStateKeys, ARangeHoldsWhatBeginsSoFromTheStartOn) {
    std::mt19937 random(2);
    for (int i = 0; i < 20'000; ++i) {
        const Bytes prefix = random_key(random);
        Bytes start = random() % 2 == 0 ? Bytes{} : random_key(random);
        const Bytes key = random_key(random);
        if (key.empty()) continue;
        const bool begins =
            key.size() >= prefix.size() && equal(ByteView(key).first(prefix.size()), prefix);
        const StateKeyRange range = state_key_range(prefix, start);
        const std::string text = state_key(key);
        const bool within = text >= range.from && (range.to.empty() || text < range.to);
        EXPECT_EQ(within, begins && key >= start)
            << to_hex(prefix) << ' ' << to_hex(start) << ' ' << to_hex(key);
    }
}

TEST(FabricStateKeys, FabricsOwnKeysAreInNoRange) {
    EXPECT_EQ(state_key_range({}, {}).from, "\x01");
    EXPECT_EQ(state_key_range({}, {}).to, "");
}

}  // namespace
}  // namespace bsn::framework::fabric
