#include "base/codec.hpp"

#include <gtest/gtest.h>

namespace bsn {
namespace {

struct IdTag;
using Id = FixedBytes<IdTag, 4>;

/// One value of each kind.
Bytes sample() {
    Writer writer;
    writer.u8(0x01);
    writer.u16(0x0203);
    writer.u32(0x04050607);
    writer.u64(0x08090a0b0c0d0e0f);
    writer.bytes(Bytes{0xaa, 0xbb});
    writer.text("é");
    writer.raw(Bytes{1, 2, 3, 4});
    return writer.take();
}

TEST(CodecTest, IntegersAreBigEndianAndStringsLengthPrefixed) {
    EXPECT_EQ(to_hex(sample()),
              "01"
              "0203"
              "04050607"
              "08090a0b0c0d0e0f"
              "00000002aabb"
              "0002c3a9"
              "01020304");
}

TEST(CodecTest, ReadsWhatWasWritten) {
    Bytes bytes = sample();
    Reader reader(bytes);
    EXPECT_EQ(reader.u8(), 0x01);
    EXPECT_EQ(reader.u16(), 0x0203);
    EXPECT_EQ(reader.u32(), 0x04050607U);
    EXPECT_EQ(reader.u64(), 0x08090a0b0c0d0e0fULL);
    EXPECT_EQ(to_bytes(reader.bytes()), (Bytes{0xaa, 0xbb}));
    EXPECT_EQ(reader.text(), "é");
    EXPECT_EQ(reader.remaining(), 4U);
    EXPECT_EQ(reader.offset(), bytes.size() - 4);
    EXPECT_EQ(to_hex(reader.fixed<Id>()), "01020304");
    EXPECT_TRUE(reader.finish("sample"));
}

TEST(CodecTest, EveryTruncationIsFound) {
    Bytes whole = sample();
    for (std::size_t size = 0; size < whole.size(); ++size) {
        Reader reader(ByteView(whole).first(size));
        reader.u8();
        reader.u16();
        reader.u32();
        reader.u64();
        static_cast<void>(reader.bytes());
        static_cast<void>(reader.text());
        reader.fixed<Id>();
        Status status = reader.finish("sample");
        ASSERT_FALSE(status) << size;
        EXPECT_EQ(status.error().code, Code::invalid_argument);
        EXPECT_TRUE(status.error().message.starts_with("sample: truncated")) << size;
    }
}

TEST(CodecTest, LeftOverBytesAreRefused) {
    Bytes bytes{1, 2};
    Reader reader(bytes);
    reader.u8();
    EXPECT_EQ(reader.finish("sample").error().message, "sample: 1 bytes left over");
}

TEST(CodecTest, AfterAFailureAllReadsYieldZero) {
    Bytes bytes{0xff, 0xff, 0xff};
    Reader reader(bytes);
    EXPECT_EQ(reader.u32(), 0U);
    EXPECT_TRUE(reader.failed());
    EXPECT_EQ(reader.u8(), 0);
    EXPECT_EQ(reader.text(), "");
    EXPECT_TRUE(reader.bytes().empty());
    EXPECT_EQ(reader.fixed<Id>(), Id());
    EXPECT_EQ(reader.count32(1), 0U);
}

TEST(CodecTest, TheFirstFailureIsKept) {
    Reader reader({});
    reader.fail(Code::unsupported_version, "first");
    reader.fail("second");
    EXPECT_EQ(reader.finish("x").error().code, Code::unsupported_version);
    EXPECT_EQ(reader.finish("x").error().message, "x: first");
}

TEST(CodecTest, LimitsAreKept) {
    Writer writer;
    writer.bytes(Bytes(10));
    Reader enough(writer.view());
    EXPECT_EQ(enough.bytes(10).size(), 10U);
    EXPECT_TRUE(enough.finish("x"));
    Reader too_small(writer.view());
    EXPECT_TRUE(too_small.bytes(9).empty());
    EXPECT_EQ(too_small.finish("x").error().code, Code::too_large);

    Writer texts;
    texts.text("0123456789");
    Reader text_enough(texts.view());
    EXPECT_EQ(text_enough.text(10), "0123456789");
    Reader text_too_small(texts.view());
    EXPECT_EQ(text_too_small.text(9), "");
    EXPECT_EQ(text_too_small.finish("x").error().code, Code::too_large);
}

TEST(CodecTest, TextsAreUtf8) {
    Bytes bytes{0, 1, 0xff};
    Reader reader(bytes);
    EXPECT_EQ(reader.text(), "");
    EXPECT_EQ(reader.finish("x").error().message, "x: text is not UTF-8");
}

TEST(CodecTest, AForgedCountIsRefusedBeforeAnythingIsReserved) {
    Bytes bytes{0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 5, 6};
    Reader forged(bytes);
    EXPECT_EQ(forged.count32(1), 0U);
    EXPECT_FALSE(forged.finish("x"));

    Bytes honest{0, 2, 1, 2, 3, 4};
    Reader exact(honest);
    EXPECT_EQ(exact.count16(2), 2U);
    Reader too_few(honest);
    EXPECT_EQ(too_few.count16(3), 0U);
    EXPECT_TRUE(too_few.failed());
}

TEST(CodecTest, UnknownFormatsAreNamed) {
    Bytes bytes{0x10, 2};
    Reader good(bytes);
    good.format(0x10, 2, "block");
    EXPECT_TRUE(good.finish("block"));
    Reader wrong_kind(bytes);
    wrong_kind.format(0x11, 2, "block");
    EXPECT_EQ(wrong_kind.finish("block").error().code, Code::invalid_argument);
    Reader wrong_version(bytes);
    wrong_version.format(0x10, 1, "block");
    Status status = wrong_version.finish("block");
    EXPECT_EQ(status.error().code, Code::unsupported_version);
    EXPECT_NE(status.error().message.find("version 2 is unknown"), std::string::npos);
}

TEST(CodecTest, WritingBeyondALengthFieldIsABug) {
    Writer writer;
    EXPECT_THROW(writer.text(std::string(65536, 'x')), InvariantViolation);
    writer.text(std::string(65535, 'x'));
    EXPECT_EQ(writer.size(), 65537U);
}

}  // namespace
}  // namespace bsn
