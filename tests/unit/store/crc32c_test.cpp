#include "store/crc32c.hpp"

#include <gtest/gtest.h>

#include <random>

namespace bsn::store {
namespace {

TEST(Crc32cTest, PublishedValues) {  // RFC 3720 appendix B.4
    EXPECT_EQ(crc32c({}), 0U);
    EXPECT_EQ(crc32c(as_bytes("123456789")), 0xe3069283U);
    EXPECT_EQ(crc32c(Bytes(32, 0x00)), 0x8a9136aaU);
    EXPECT_EQ(crc32c(Bytes(32, 0xff)), 0x62a8ab43U);
}

TEST(Crc32cTest, InstructionAndPortableCodeAgree) {
    std::mt19937 random(7);
    for (std::size_t size = 0; size < 300; ++size) {
        Bytes bytes(size);
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
        EXPECT_EQ(crc32c(bytes, size == 0 ? 0 : bytes[0]),
                  crc32c_portable(bytes, size == 0 ? 0 : bytes[0]));
    }
}

TEST(Crc32cTest, PartsGiveTheSameAsTheWhole) {
    Bytes bytes(100);
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        ByteView whole = bytes;
        EXPECT_EQ(crc32c(whole.subspan(cut), crc32c(whole.first(cut))), crc32c(whole));
    }
}

}  // namespace
}  // namespace bsn::store
