#include "contract/abi/codec.hpp"

#include "contract/abi/text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace bsn::contract::abi {
namespace {

/// Words in hexadecimal, spaces between them.
Bytes words(std::string_view text) {
    std::string hex;
    for (char c : text) {
        if (c != ' ') hex += c;
    }
    return *from_hex(hex);
}

std::string word(std::uint64_t number) { return to_hex(ledger::word_of(number)); }

/// What the arguments of a call are encoded as, selector in front.
std::string call(std::string_view signature, std::vector<std::string> texts) {
    const Entry function = *parse_signature(signature);
    auto values = arguments_from_texts(function, texts);
    return values ? to_hex(encode_call(function, *values)) : values.error().message;
}

TEST(AbiCodec, EncodesTheExamplesOfTheSpecification) {
    EXPECT_EQ(call("baz(uint32,bool)", {"69", "true"}), "cdcd77c0" + word(69) + word(1));
    EXPECT_EQ(call("bar(bytes3[2])", {R"(["0x616263","0x646566"])"}),
              "fce353f6" + ("616263" + std::string(58, '0')) + ("646566" + std::string(58, '0')));
    EXPECT_EQ(call("sam(bytes,bool,uint256[])", {"0x64617665", "true", "[1,2,3]"}),
              "a5643bf2" + word(0x60) + word(1) + word(0xa0) + word(4) + "64617665" +
                  std::string(56, '0') + word(3) + word(1) + word(2) + word(3));
    EXPECT_EQ(call("f(uint256,uint32[],bytes10,bytes)",
                   {"0x123", "[\"0x456\",\"0x789\"]", "0x31323334353637383930",
                    "0x48656c6c6f2c20776f726c6421"}),
              "8be65246" + word(0x123) + word(0x80) + "31323334353637383930" +
                  std::string(44, '0') + word(0xe0) + word(2) + word(0x456) + word(0x789) +
                  word(13) + "48656c6c6f2c20776f726c6421" + std::string(38, '0'));
    EXPECT_EQ(call("g(uint256[][],string[])", {"[[1,2],[3]]", R"(["one","two","three"])"}),
              "2289b18c" + word(0x40) + word(0x140) + word(2) + word(0x40) + word(0xa0) + word(2) +
                  word(1) + word(2) + word(1) + word(3) + word(3) + word(0x60) + word(0xa0) +
                  word(0xe0) + word(3) + "6f6e65" + std::string(58, '0') + word(3) + "74776f" +
                  std::string(58, '0') + word(5) + "7468726565" + std::string(54, '0'));
}

TEST(AbiCodec, AgreesWithAnotherImplementation) {
    std::ifstream file(BSN_TESTS_DIR "/vectors/abi.json");
    const auto cases = nlohmann::json::parse(file);
    ASSERT_GE(cases.size(), 200U);
    for (const auto& vector : cases) {
        const auto signature = vector["signature"].get<std::string>();
        SCOPED_TRACE(signature);
        const Entry function = *parse_signature(signature);
        EXPECT_EQ(function.signature(), signature);
        EXPECT_EQ(to_hex(selector(signature)), vector["selector"].get<std::string>());
        const auto values = arguments_from_json(function, vector["arguments"].dump());
        ASSERT_TRUE(values) << values.error().message;
        const Bytes encoding = encode(function.inputs, *values);
        EXPECT_EQ(to_hex(encoding), vector["encoding"].get<std::string>());
        const auto decoded = decode(function.inputs, encoding);
        ASSERT_TRUE(decoded) << decoded.error().message;
        EXPECT_EQ(*decoded, *values);
        EXPECT_EQ(to_json(function.inputs, *decoded), vector["arguments"]);
        for (std::size_t size = 0; size < encoding.size(); ++size) {
            const auto cut = decode(function.inputs, ByteView(encoding).first(size));
            // The padding behind the last bytes may be missing, nothing else.
            EXPECT_TRUE(!cut || (*cut == *values && encoding.size() - size < 32)) << size;
        }
    }
}

/// Why data cannot be read as a type.
std::string refusal(std::string_view types, std::string_view data) {
    const auto values = decode(*parse_parameters(types), words(data));
    if (values) return "accepted";
    EXPECT_EQ(values.error().code, Code::invalid_argument);
    return values.error().message;
}

TEST(AbiCodec, RefusesValuesOutsideTheirType) {
    const std::string ones(64, 'f');
    EXPECT_EQ(refusal("(bool)", word(2)), "0x" + word(2) + " is no bool");
    EXPECT_NE(refusal("(uint8)", word(256)), "accepted");
    EXPECT_EQ(refusal("(uint8)", word(255)), "accepted");
    EXPECT_NE(refusal("(int8)", word(128)), "accepted");
    EXPECT_EQ(refusal("(int8)", ones), "accepted");
    EXPECT_NE(refusal("(address)", ones), "accepted");
    EXPECT_NE(refusal("(bytes3)", ones), "accepted");
    EXPECT_EQ(refusal("(bytes32)", ones), "accepted");
    EXPECT_EQ(refusal("(int256)", ones), "accepted");
}

TEST(AbiCodec, RefusesOffsetsAndLengthsBeyondTheData) {
    const std::string ones(64, 'f');
    const std::string long_length = std::string(48, '0') + "ffffffffffffffff";
    for (const std::string& hostile : {ones, long_length, word(0x21), word(1 << 20)}) {
        EXPECT_NE(refusal("(bytes)", hostile), "accepted");
        EXPECT_NE(refusal("(bytes)", word(0x20) + hostile), "accepted");
        EXPECT_NE(refusal("(uint256[])", word(0x20) + hostile), "accepted");
        EXPECT_NE(refusal("(string[][])", word(0x20) + word(1) + hostile), "accepted");
        EXPECT_NE(refusal("((uint256,bytes)[3])", word(0x20) + hostile), "accepted");
    }
    EXPECT_NE(refusal("(uint256)", ""), "accepted");
    EXPECT_NE(refusal("(uint256[3])", word(1) + word(2)), "accepted");
}

TEST(AbiCodec, ReadsNoByteTwiceSoThatOffsetsCannotMultiplyTheWork) {
    // Eight elements at each of several levels, all of them the same bytes.
    std::string data = word(0x20);
    for (int level = 0; level < 8; ++level) {
        data += word(8);
        for (int i = 0; i < 8; ++i) data += word(8 * 32);
    }
    data += word(0);
    EXPECT_EQ(refusal("(uint256[][][][][][][][][])", data), "the encoded values overlap");
}

TEST(AbiCodec, PassesOverBytesThatNothingRefersTo) {
    EXPECT_EQ(refusal("(bytes)", word(0x40) + word(7) + word(1) + "61" + word(9)), "accepted");
}

}  // namespace
}  // namespace bsn::contract::abi
