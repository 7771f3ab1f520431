#include "crypto/hash.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace bsn::crypto {
namespace {

std::string hex_of(HashId id, std::string_view text) { return to_hex(hash(id, as_bytes(text))); }

std::string shake128_hex(std::string_view text, std::size_t length) {
    Bytes output(length);
    shake128(as_bytes(text), output.data(), output.size());
    return to_hex(output);
}

constexpr std::array k_all{HashId::sha256, HashId::keccak256, HashId::sm3};

TEST(Hash, sha256_of_fips_180_examples) {
    EXPECT_EQ(hex_of(HashId::sha256, ""),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(hex_of(HashId::sha256, "abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex_of(HashId::sha256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Hash, keccak256_has_the_original_padding) {
    EXPECT_EQ(hex_of(HashId::keccak256, ""),
              "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    EXPECT_EQ(hex_of(HashId::keccak256, "abc"),
              "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
}

TEST(Hash, sm3_of_gbt_32905_examples) {
    EXPECT_EQ(hex_of(HashId::sm3, "abc"),
              "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    std::string text;
    for (int i = 0; i < 16; ++i) text += "abcd";
    EXPECT_EQ(hex_of(HashId::sm3, text),
              "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

TEST(Hash, shake128_of_fips_202_examples) {
    EXPECT_EQ(shake128_hex("", 32),
              "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26");
    EXPECT_EQ(shake128_hex("", 4), "7f9c2ba4");
    // Longer output than the function's block of 168 bytes begins with the shorter one.
    EXPECT_EQ(shake128_hex("abc", 200).substr(0, 64), shake128_hex("abc", 32));
    EXPECT_EQ(shake128_hex("abc", 32),
              "5881092dd818bf5cf8a3ddb793fbcba74097d5c526a6d35f97b83351940f2cc8");
}

TEST(Hash, of_parts_is_the_hash_of_their_concatenation) {
    for (HashId id : k_all) {
        Hash whole = hash(id, as_bytes("evidence of a deposit"));
        EXPECT_EQ(
            hash(id, {as_bytes("evidence"), as_bytes(" of a "), ByteView(), as_bytes("deposit")}),
            whole);
        EXPECT_NE(hash(id, {as_bytes("evidence"), as_bytes("deposit")}), whole);
        EXPECT_EQ(hash(id, std::initializer_list<ByteView>{}), hash(id, ByteView()));
    }
}

TEST(Hash, nothing_of_one_message_remains_for_the_next) {
    for (HashId id : k_all) {
        Hash first = hash(id, as_bytes("first"));
        hash(id, as_bytes("second, and somewhat longer"));
        EXPECT_EQ(hash(id, as_bytes("first")), first);
    }
}

TEST(Hash, is_the_same_on_every_thread) {
    for (HashId id : k_all) {
        Hash here = hash(id, as_bytes("abc"));
        Hash there;
        std::thread([&] { there = hash(id, as_bytes("abc")); }).join();
        EXPECT_EQ(there, here);
    }
}

TEST(Hasher, of_pieces_of_any_size_equals_the_hash_of_the_whole) {
    Bytes data(1000);
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::uint8_t>(i * 7);
    for (HashId id : k_all) {
        for (std::size_t piece : {1U, 63U, 64U, 65U, 136U, 999U}) {
            Hasher hasher(id);
            for (std::size_t at = 0; at < data.size(); at += piece) {
                hasher.update(ByteView(data).subspan(at, std::min(piece, data.size() - at)));
            }
            EXPECT_EQ(hasher.finish(), hash(id, data)) << "pieces of " << piece;
        }
    }
}

TEST(Hasher, two_at_once_do_not_mix) {
    for (HashId id : k_all) {
        Hasher a(id);
        Hasher b(id);
        a.update(as_bytes("a"));
        b.update(as_bytes("b"));
        hash(id, as_bytes("in between"));
        a.update(as_bytes("bc"));
        EXPECT_EQ(a.finish(), hash(id, as_bytes("abc")));
        EXPECT_EQ(b.finish(), hash(id, as_bytes("b")));
    }
}

TEST(Hasher, is_used_up_after_finish) {
    Hasher hasher(HashId::sha256);
    hasher.finish();
    EXPECT_THROW(hasher.update(as_bytes("more")), InvariantViolation);
    EXPECT_THROW(hasher.finish(), InvariantViolation);
}

}  // namespace
}  // namespace bsn::crypto
