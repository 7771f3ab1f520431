#include "gateway/json.hpp"

#include <gtest/gtest.h>

namespace bsn::gateway {
namespace {

std::string mistake(std::string_view text) {
    auto json = parse_object(as_bytes(text));
    EXPECT_FALSE(json.ok()) << text;
    return json.ok() ? "" : json.error().message;
}

TEST(ParseObject, TakesWhatIsRight) {
    auto json = parse_object(as_bytes(R"({"b":1,"a":{"b":[{"b":2},{"b":3}]}})"));
    ASSERT_TRUE(json.ok());
    EXPECT_EQ(to_text(*json), R"({"b":1,"a":{"b":[{"b":2},{"b":3}]}})");
}

TEST(ParseObject, SaysWhereItIsWrong) {
    EXPECT_NE(mistake("{\"a\":}").find("at byte 6"), std::string::npos);
    EXPECT_NE(mistake("").find("at byte 1"), std::string::npos);
    EXPECT_NE(mistake("{} x").find("at byte 4"), std::string::npos);
    EXPECT_NE(mistake("// comment\n{}").find("at byte"), std::string::npos);
}

TEST(ParseObject, RefusesDoubledKeysAtAnyDepth) {
    EXPECT_NE(mistake(R"({"a":1,"a":2})").find("\"a\" stands there twice"), std::string::npos);
    EXPECT_NE(mistake(R"({"x":[{"a":1,"b":2,"a":3}]})").find("twice"), std::string::npos);
}

TEST(ParseObject, RefusesDepthAndOtherValues) {
    EXPECT_NE(mistake("{\"a\":" + std::string(100'000, '[')).find("deeper"), std::string::npos);
    EXPECT_NE(mistake("[1]").find("object"), std::string::npos);
    EXPECT_NE(mistake("5").find("object"), std::string::npos);
    EXPECT_NE(mistake("{\"a\":1e999}").find("not the JSON"), std::string::npos);
}

TEST(Arguments, AreTextOrBase64) {
    for (const Bytes& bytes : {to_bytes("text"), Bytes{}, Bytes{0xff, 0x00}, Bytes{0}}) {
        auto back = argument_from(argument_json(bytes));
        ASSERT_TRUE(back.ok());
        EXPECT_EQ(*back, bytes);
    }
    EXPECT_FALSE(argument_from(Json::parse(R"({"base64":"AA==","more":1})")).ok());
    EXPECT_FALSE(argument_from(Json::parse("null")).ok());
}

TEST(ToText, NeverFailsOnBytesThatAreNoText) {
    EXPECT_EQ(to_text(Json("a\xff\n")), "\"a\xEF\xBF\xBD\\n\"");
}

}  // namespace
}  // namespace bsn::gateway
