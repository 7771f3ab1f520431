#include "contract/json.hpp"

#include "base/bytes.hpp"

#include <gtest/gtest.h>

namespace bsn::contract::json {
namespace {

using namespace std::string_literals;

/// The sentence for a malformed text; empty if it is well-formed.
std::string mistake(std::string_view text) {
    auto status = scan(text, [](const Event&) {});
    if (status) return {};
    EXPECT_EQ(status.error().code, Code::contract_failed);
    return status.error().message;
}

/// Depth, kind and text of all that a text contains.
std::string events(std::string_view text) {
    std::string out;
    auto status = scan(text, [&out](const Event& event) {
        static constexpr std::string_view k_marks = "{}[]ksnb0";
        out += std::to_string(event.depth);
        out += k_marks[static_cast<std::size_t>(event.kind)];
        out += event.text;
        out += ' ';
    });
    EXPECT_TRUE(status.ok()) << text;
    return out;
}

std::string in_quotes(std::string_view text) {
    std::string out;
    append_string(out, text);
    return out;
}

TEST(JsonScan, VisitsInOrderWithDepth) {
    EXPECT_EQ(events(R"( {"a" : [1, -2.5e+3, true], "b\n":{}, "c":null} )"),
              R"(0{{ 1ka 1[[ 2n1 2n-2.5e+3 2btrue 1]] 1kb\n 1{{ 1}} 1kc 10null 0}} )");
    EXPECT_EQ(events(R"("text")"), "0stext ");
    EXPECT_EQ(events("[]"), "0[[ 0]] ");
}

// The sentences are those of Go 1.14's encoding/json.
TEST(JsonScan, SaysWhatGoSays) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"", "unexpected end of JSON input"},
        {"  ", "unexpected end of JSON input"},
        {"{", "unexpected end of JSON input"},
        {"[1", "unexpected end of JSON input"},
        {R"({"a")", "unexpected end of JSON input"},
        {R"("a)", "unexpected end of JSON input"},
        {R"("a\)", "invalid character ' ' in string escape code"},
        {R"("\u12)", R"(invalid character ' ' in \u hexadecimal character escape)"},
        {"-", "invalid character ' ' in numeric literal"},
        {"1.", "invalid character ' ' after decimal point in numeric literal"},
        {"1e", "invalid character ' ' in exponent of numeric literal"},
        {"tru", "invalid character ' ' in literal true (expecting 'e')"},
        {"key", "invalid character 'k' looking for beginning of value"},
        {"+1", "invalid character '+' looking for beginning of value"},
        {"[1,]", "invalid character ']' looking for beginning of value"},
        {"'a'", R"(invalid character '\'' looking for beginning of value)"},
        {"\xE4", "invalid character 'ä' looking for beginning of value"},
        {"\0"s, R"(invalid character '\x00' looking for beginning of value)"},
        {R"({"a":1,})", "invalid character '}' looking for beginning of object key string"},
        {"{a:1}", "invalid character 'a' looking for beginning of object key string"},
        {R"({"a" 1})", "invalid character '1' after object key"},
        {R"({"a":1 "b"})", "invalid character '\"' after object key:value pair"},
        {"[1 2]", "invalid character '2' after array element"},
        {"[1}", "invalid character '}' after array element"},
        {"{} {}", "invalid character '{' after top-level value"},
        {"01", "invalid character '1' after top-level value"},
        {"\"a\nb\"", R"(invalid character '\n' in string literal)"},
        {"\"a\0b\""s, R"(invalid character '\x00' in string literal)"},
        {R"("\x")", "invalid character 'x' in string escape code"},
        {R"("\'")", R"(invalid character '\'' in string escape code)"},
        {"\"\\\0\""s, R"(invalid character '\x00' in string escape code)"},
        {R"("\u12g4")", R"(invalid character 'g' in \u hexadecimal character escape)"},
        {"-a", "invalid character 'a' in numeric literal"},
        {"1.a", "invalid character 'a' after decimal point in numeric literal"},
        {"1ea", "invalid character 'a' in exponent of numeric literal"},
        {"1e+a", "invalid character 'a' in exponent of numeric literal"},
        {"trve", "invalid character 'v' in literal true (expecting 'u')"},
        {"nul1", "invalid character '1' in literal null (expecting 'l')"},
    };
    for (const auto& [text, sentence] : cases) EXPECT_EQ(mistake(text), sentence) << text;
}

TEST(JsonScan, NestingIsBounded) {
    std::string open(k_max_depth, '[');
    std::string close(k_max_depth, ']');
    EXPECT_EQ(mistake(open + close), "");
    EXPECT_EQ(mistake("[" + open + close + "]"), "exceeded max depth");
}

/// The elements, each behind a bar; "none" for what is no array, else the sentence.
std::string elements_of(std::string_view text) {
    auto found = elements(text);
    if (!found) return found.error().message;
    if (!*found) return "none";
    std::string out;
    for (std::string_view element : **found) out.append("|").append(element);
    return out;
}

TEST(JsonElements, AreAsTheyAreSpelled) {
    EXPECT_EQ(elements_of("[]"), "");
    EXPECT_EQ(elements_of(R"( [ {"a" : [1, {}]} ,[ ], "x\"" ,"",-1e3,true , null ] )"),
              R"(|{"a" : [1, {}]}|[ ]|"x\""|""|-1e3|true|null)");
    EXPECT_EQ(elements_of("[[[1],[2]],{}]"), "|[[1],[2]]|{}");
    for (const char* other : {"{}", R"({"a":[1]})", R"("[]")", "7", "null"}) {
        EXPECT_EQ(elements_of(other), "none") << other;
    }
}

TEST(JsonElements, AMistakeNamesItsElement) {
    EXPECT_EQ(elements_of("[1,{\"a\" 2}]"), "entry 1: invalid character '2' after object key");
    EXPECT_EQ(elements_of("[1,]"), "entry 1: invalid character ']' looking for beginning of value");
    EXPECT_EQ(elements_of("["), "entry 0: unexpected end of JSON input");
    EXPECT_EQ(elements_of("[1]x"), "invalid character 'x' after top-level value");
    EXPECT_EQ(elements_of("{\"a\":[1,]}"), "invalid character ']' looking for beginning of value");
    EXPECT_EQ(elements_of(""), "unexpected end of JSON input");
}

TEST(JsonDecode, Escapes) {
    EXPECT_EQ(decode_string(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
    EXPECT_EQ(decode_string(R"(\u0041\u00e4\u4e2D\uD83D\uDE00)"), "Aä中😀");
    EXPECT_EQ(decode_string(R"(\ud800\udc00\uDBFF\uDFFF)"), "\U00010000\U0010FFFF");
    EXPECT_EQ(decode_string(R"(\u0000\u07ff\u0800\uffff)"), "\0\u07FF\u0800\uFFFF"s);
}

TEST(JsonDecode, WhatIsNoTextBecomesTheReplacementCharacter) {
    EXPECT_EQ(decode_string(R"(\ud800)"), "\uFFFD");
    EXPECT_EQ(decode_string(R"(\ud800x)"), "\uFFFDx");
    EXPECT_EQ(decode_string(R"(\ud800\ud800\udc00)"), "\uFFFD𐀀");
    EXPECT_EQ(decode_string(R"(\udc00\u0041)"), "\uFFFDA");
    EXPECT_EQ(decode_string("a\xFF\xE4\xB8z"), "a\uFFFD\uFFFD\uFFFDz");
    EXPECT_EQ(decode_string("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD") << "a surrogate in UTF-8";
}

TEST(JsonEncode, EscapesAsGoDoes) {
    EXPECT_EQ(in_quotes("plain, ä中😀"), "\"plain, ä中😀\"");
    EXPECT_EQ(in_quotes("\"\\/\n\r\t"), R"("\"\\/\n\r\t")");
    EXPECT_EQ(in_quotes("\0\b\f\x1F\x7F"s), "\"\\u0000\\u0008\\u000c\\u001f\x7F\"");
    EXPECT_EQ(in_quotes("<a&b>"), R"("\u003ca\u0026b\u003e")");
    EXPECT_EQ(in_quotes("\u2027\u2028\u2029\u202A"), "\"\u2027\\u2028\\u2029\u202A\"");
    EXPECT_EQ(in_quotes("\xFFz\xE4\xB8"), R"("\ufffdz\ufffd\ufffd")");
}

TEST(JsonEncode, DecodesToTheSameText) {
    std::string all;
    for (std::uint8_t byte = 0; byte < 0x80; ++byte) all += static_cast<char>(byte);
    all += "ä中😀\u2028\uFFFD";
    std::string text = in_quotes(all);
    EXPECT_EQ(mistake(text), "");
    EXPECT_EQ(decode_string(std::string_view(text).substr(1, text.size() - 2)), all);
}

}  // namespace
}  // namespace bsn::contract::json
