#include "contract/abi/text.hpp"

#include "contract/abi/codec.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace bsn::contract::abi {
namespace {

/// The text's value as JSON, or why it is refused.
std::string read(std::string_view type_name, std::string_view text) {
    const Type type = *parse_type(type_name);
    const auto value = value_from_text(type, text);
    return value ? to_json(type, *value).dump() : value.error().message;
}

bool accepts(std::string_view type_name, std::string_view text) {
    return value_from_text(*parse_type(type_name), text).ok();
}

TEST(AbiText, NumbersGoFromTheLeastToTheGreatestOfTheirType) {
    EXPECT_EQ(read("uint8", "255"), R"("255")");
    EXPECT_EQ(read("uint8", "256"), "256 is beyond uint8, which goes from 0 to 255");
    EXPECT_EQ(read("uint8", "-1"), "-1 is beyond uint8, which goes from 0 to 255");
    EXPECT_EQ(read("int8", "-128"), R"("-128")");
    EXPECT_EQ(read("int8", "-129"), "-129 is beyond int8, which goes from -128 to 127");
    EXPECT_EQ(read("int8", "128"), "128 is beyond int8, which goes from -128 to 127");
    EXPECT_EQ(read("int16", "-0x10"), R"("-16")");
    EXPECT_EQ(read("uint256", "0x" + std::string(64, 'f')),
              "\"115792089237316195423570985008687907853269984665640564039457584007913129639935\"");
    EXPECT_FALSE(accepts("uint256", "0x1" + std::string(64, '0')));
    EXPECT_FALSE(accepts("uint256", std::string(100'000, '9')));
    EXPECT_EQ(
        read("int256",
             "-57896044618658097711785492504343953926634992332820282019728792003956564819968"),
        "\"-57896044618658097711785492504343953926634992332820282019728792003956564819968\"");
    EXPECT_EQ(read("uint256", "0010"), R"("10")") << "a zero in front makes no octal number";
    for (const char* wrong : {"", "-", "0x", "1.5", "1e3", " 1", "1 ", "+1", "--1", "0xg", "12a"}) {
        EXPECT_FALSE(accepts("int256", wrong)) << wrong;
    }
}

TEST(AbiText, AddressesOfBothCasesAreChecked) {
    const std::string right = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";  // of EIP-55
    EXPECT_EQ(read("address", right), '"' + right + '"');
    EXPECT_EQ(read("address", "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"), '"' + right + '"');
    EXPECT_EQ(read("address", "0x5AAEB6053F3E94C9B9A09F33669435E7EF1BEAED"), '"' + right + '"');
    EXPECT_FALSE(accepts("address", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed"));
    EXPECT_FALSE(accepts("address", right.substr(2)));
    EXPECT_FALSE(accepts("address", right + "00"));
    for (const char* known : {"0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
                              "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
                              "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"}) {
        EXPECT_EQ(read("address", known), '"' + std::string(known) + '"');
    }
}

TEST(AbiText, TruthBytesAndTexts) {
    EXPECT_EQ(read("bool", "true"), "true");
    EXPECT_FALSE(accepts("bool", "1"));
    EXPECT_EQ(read("bytes3", "0x61626f"), R"("0x61626f")");
    EXPECT_EQ(read("bytes3", "0x6162"), "bytes3 are 3 bytes, not 2");
    EXPECT_FALSE(accepts("bytes", "0x123"));
    EXPECT_FALSE(accepts("bytes", "616263"));
    EXPECT_EQ(read("bytes", "0x"), R"("0x")");
    EXPECT_EQ(read("string", "[1] \"as is\" "), R"("[1] \"as is\" ")");
    EXPECT_EQ(read("function", "0x" + std::string(48, 'a')), "\"0x" + std::string(48, 'a') + '"');
}

TEST(AbiText, ArraysAndTuplesAreJson) {
    EXPECT_EQ(read("uint256[2][]", "[[1,\"2\"],[123456789012345678901234567890,0]]"),
              R"([["1","2"],["123456789012345678901234567890","0"]])");
    EXPECT_EQ(read("(uint8 a,(bool,string)[] b)", R"({"b":[[true,"x"]],"a":1})"),
              R"({"a":"1","b":[[true,"x"]]})");
    EXPECT_EQ(read("uint8[2]", "[1]"), "uint8[2] has 2 elements, not 1");
    EXPECT_EQ(read("uint8[]", "[1,300]"), "[1]: 300 is beyond uint8, which goes from 0 to 255");
    EXPECT_EQ(read("(uint8 a,bool b)", R"({"a":1,"c":true})"), "member 'b' is missing");
    EXPECT_EQ(read("string[]", "[1]"), "[0]: write string in quotes");
    EXPECT_EQ(read("uint8[]", "[true]"), "[0]: write uint8 as a number, or as one in quotes");
    EXPECT_EQ(read("uint8[]", "5"), "write uint8[] as a JSON array");
    EXPECT_FALSE(accepts("uint8[]", "[1.0]"));
    EXPECT_FALSE(accepts("uint8[]", "[1"));
    EXPECT_FALSE(accepts("uint8[]", "[1]]"));
    EXPECT_FALSE(accepts("string[]", "[\"\xff\"]"));
    EXPECT_FALSE(accepts("(uint8 a,uint8 b)", R"({"a":1,"a":2})"));
    EXPECT_EQ(read("uint8[]", std::string(100'000, '[')).substr(0, 14), "malformed JSON");
    EXPECT_EQ(read("uint8[]", std::string(100, '[') + std::string(100, ']')),
              "the JSON nests too deep");
}

TEST(AbiText, RefusalsNameFunctionArgumentAndType) {
    const Entry transfer = *parse_signature("transfer(address to,uint256)");
    const std::vector<std::string> one{"0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"};
    EXPECT_EQ(arguments_from_texts(transfer, one).error().message,
              "transfer(address,uint256) takes 2 arguments, and 1 are given");
    const std::vector<std::string> wrong{one[0], "many"};
    EXPECT_EQ(arguments_from_texts(transfer, wrong).error().message,
              "transfer, argument 2 (uint256): 'many' is no uint256: write digits, or 0x and "
              "hexadecimal digits");
    EXPECT_EQ(arguments_from_json(transfer, R"(["you","1"])").error().message,
              "transfer, argument 1 (address to): 'you' is no address: write 0x and 40 "
              "hexadecimal digits");
    const Entry constructor = *parse_signature("constructor(string[] names)");
    EXPECT_EQ(arguments_from_json(constructor, R"({"names":["a",2]})").error().message,
              "constructor, argument 1 (string[] names): [1]: write string in quotes");
}

TEST(AbiText, MalformedTextsOfContractsAreShownWithReplacements) {
    EXPECT_EQ(to_json(*parse_type("string"), Value::of_text("a\xff\xE9\x93")).dump(),
              "\"a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace bsn::contract::abi
