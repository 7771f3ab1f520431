#include "base/bytes.hpp"

#include <gtest/gtest.h>

namespace bsn {
namespace {

struct ColourTag;
using Colour = FixedBytes<ColourTag, 3>;

TEST(FixedBytesTest, HasExactlyItsSize) {
    EXPECT_EQ(Colour::from(as_bytes("ab")).error().code, Code::invalid_argument);
    EXPECT_EQ(Colour::from(as_bytes("abcd")).error().code, Code::invalid_argument);
    EXPECT_EQ(Colour::from(as_bytes("abcd")).error().message, "expected 3 bytes, got 4");
    EXPECT_EQ(to_text(*Colour::from(as_bytes("abc"))), "abc");
}

TEST(FixedBytesTest, ComparesAsBytes) {
    Colour low(std::array<std::uint8_t, 3>{1, 2, 3});
    Colour high(std::array<std::uint8_t, 3>{1, 2, 0xff});
    EXPECT_LT(low, high);
    EXPECT_TRUE(Colour().is_zero());
    EXPECT_FALSE(low.is_zero());
}

TEST(HexTest, RoundTrip) {
    Bytes bytes{0x00, 0x01, 0x7f, 0x80, 0xff};
    EXPECT_EQ(to_hex(bytes), "00017f80ff");
    EXPECT_EQ(*from_hex("00017f80ff"), bytes);
    EXPECT_EQ(*from_hex("00017F80fF"), bytes);
    EXPECT_EQ(to_hex({}), "");
    EXPECT_TRUE(from_hex("")->empty());
}

TEST(HexTest, RefusesAllElse) {
    for (std::string_view text : {"0", "012", "0x01", "0g", "g0", " 01", "01 ", "+1", "\xff\xff"}) {
        EXPECT_EQ(from_hex(text).error().code, Code::invalid_argument) << text;
    }
}

TEST(HexTest, FixedSizeFromHex) {
    EXPECT_EQ(to_hex(*fixed_from_hex<Colour>("c0ffee")), "c0ffee");
    EXPECT_EQ(fixed_from_hex<Colour>("c0ffe").error().code, Code::invalid_argument);
    EXPECT_EQ(fixed_from_hex<Colour>("c0ff").error().code, Code::invalid_argument);
}

TEST(Base64Test, PublishedValues) {  // RFC 4648 section 10
    const std::pair<std::string_view, std::string_view> k_values[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (auto [plain, encoded] : k_values) {
        EXPECT_EQ(to_base64(as_bytes(plain)), encoded);
        EXPECT_EQ(to_text(*from_base64(encoded)), plain);
    }
    EXPECT_EQ(to_base64(Bytes{0xfb, 0xff, 0xbf}), "+/+/");
}

TEST(Base64Test, OnlyTheCanonicalFormIsAccepted) {
    for (std::string_view text :
         {"Zg", "Zg=", "Zg===", "Zm8", "Zh==", "Zm9=", "Zg==Zg==", "Zm9v\n", " Zm9", "Zm-_",
          "====", "=Zg=", "Z===", "Zg=v", "Zm9v====", "A\0==", "\xff\xff\xff\xff"}) {
        EXPECT_EQ(from_base64(text).error().code, Code::invalid_argument) << text;
    }
}

TEST(Base64Test, EveryLengthRoundTrips) {
    Bytes bytes;
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(*from_base64(to_base64(bytes)), bytes);
        EXPECT_EQ(*from_hex(to_hex(bytes)), bytes);
        bytes.push_back(static_cast<std::uint8_t>(i * 37));
    }
}

TEST(Utf8Test, AcceptsWellFormedText) {
    for (std::string_view text : {"", "plain", "中文", "\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf",
                                  "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
        EXPECT_TRUE(is_utf8(text)) << text;
    }
    EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
}

TEST(Utf8Test, RefusesMalformedText) {
    const std::string_view k_malformed[] = {
        "\x80",              // a continuation alone
        "\xc2",              // cut
        "\xe4\xb8",          // cut
        "\xc2z",             // no continuation
        "\xc0\x80",          // overlong
        "\xc1\xbf",          // overlong
        "\xe0\x9f\xbf",      // overlong
        "\xf0\x8f\xbf\xbf",  // overlong
        "\xed\xa0\x80",      // a surrogate
        "\xed\xbf\xbf",      // a surrogate
        "\xf4\x90\x80\x80",  // beyond U+10FFFF
        "\xf8\x88\x80\x80\x80",
        "\xff",
        "\xfe",
    };
    for (std::string_view text : k_malformed) EXPECT_FALSE(is_utf8(text)) << to_hex(as_bytes(text));
}

TEST(EqualTest, ComparesContent) {
    EXPECT_TRUE(equal({}, Bytes{}));
    EXPECT_TRUE(equal_constant_time(as_bytes("abc"), as_bytes("abc")));
    EXPECT_FALSE(equal_constant_time(as_bytes("abc"), as_bytes("abd")));
    EXPECT_FALSE(equal_constant_time(as_bytes("abc"), as_bytes("ab")));
    EXPECT_TRUE(equal_constant_time({}, {}));
}

}  // namespace
}  // namespace bsn
