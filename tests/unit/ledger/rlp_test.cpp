#include "ledger/rlp.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace bsn::ledger::rlp {
namespace {

std::string written(const std::function<void(Writer&)>& write) {
    Writer writer;
    write(writer);
    return to_hex(writer.take());
}

std::string string_of(std::string_view text) {
    return written([&](Writer& writer) { writer.string(as_bytes(text)); });
}

std::string number_of(std::uint64_t number) {
    return written([&](Writer& writer) { writer.number(number); });
}

// The examples of Ethereum's description of RLP.
TEST(Rlp, known_answers) {
    EXPECT_EQ(string_of("dog"), "83646f67");
    EXPECT_EQ(string_of(""), "80");
    EXPECT_EQ(string_of("a"), "61");
    EXPECT_EQ(string_of("\x7f"), "7f");
    EXPECT_EQ(string_of("\x80"), "8180");
    EXPECT_EQ(
        string_of("Lorem ipsum dolor sit amet, consectetur adipisicing elit"),
        "b838" + to_hex(as_bytes("Lorem ipsum dolor sit amet, consectetur adipisicing elit")));
    EXPECT_EQ(number_of(0), "80");
    EXPECT_EQ(number_of(15), "0f");
    EXPECT_EQ(number_of(128), "8180");
    EXPECT_EQ(number_of(1024), "820400");
    EXPECT_EQ(number_of(UINT64_MAX), "88ffffffffffffffff");
    EXPECT_EQ(written([](Writer& writer) {
                  writer.list([&] {
                      writer.string(as_bytes("cat"));
                      writer.string(as_bytes("dog"));
                  });
              }),
              "c88363617483646f67");
    EXPECT_EQ(written([](Writer& writer) {
                  auto empty = [&] { writer.list([] {}); };
                  auto one = [&] { writer.list(empty); };
                  writer.list([&] {
                      empty();
                      one();
                      writer.list([&] {
                          empty();
                          one();
                      });
                  });
              }),
              "c7c0c1c0c3c0c1c0");
}

TEST(Rlp, lengths_at_the_borders_of_header_forms) {
    for (const std::size_t size : {0U, 1U, 2U, 55U, 56U, 255U, 256U, 65535U, 65536U}) {
        const Bytes bytes(size, 0xab);
        Writer writer;
        writer.list([&] { writer.string(bytes); });
        Reader reader(writer.view());
        Bytes read;
        reader.list("list", [&](Reader& items) { read = to_bytes(items.string("string")); });
        ASSERT_TRUE(reader.finish("test").ok()) << size;
        EXPECT_EQ(read, bytes);
    }
}

TEST(Rlp, numbers_up_to_256_bits) {
    Word large;
    std::fill_n(large.data(), 32, std::uint8_t{0xff});
    for (const Word& word : {word_of(0), word_of(1), word_of(127), word_of(128), large}) {
        Writer writer;
        writer.word(word);
        Reader reader(writer.view());
        EXPECT_EQ(reader.word("word"), word);
        EXPECT_TRUE(reader.finish("test").ok());
    }
    EXPECT_EQ(number_of_word(word_of(UINT64_MAX)), UINT64_MAX);
    EXPECT_EQ(number_of_word(large), std::nullopt);
}

template <typename Read>
std::string refusal(std::string_view hex, Read read) {
    const Bytes bytes = from_hex(hex).value();
    Reader reader(bytes);
    read(reader);
    const Status status = reader.finish("test");
    if (status.ok()) return "accepted";
    EXPECT_EQ(status.error().code, Code::invalid_argument);
    return status.error().message;
}

std::string refused_string(std::string_view hex) {
    return refusal(hex, [](Reader& reader) { reader.string("text"); });
}

std::string refused_number(std::string_view hex) {
    return refusal(hex, [](Reader& reader) { reader.number("count"); });
}

TEST(Rlp, refuses_other_than_the_shortest_form) {
    EXPECT_EQ(refused_string("8161"),
              "test: text: a byte below 128 stands for itself, without a header");
    EXPECT_EQ(refused_string("8100"),
              "test: text: a byte below 128 stands for itself, without a header");
    EXPECT_EQ(refused_string("b8026162"), "test: text: its length is not in the shortest form");
    EXPECT_EQ(refused_string("b90038" + std::string(112, 'a')),
              "test: text: its length is not in the shortest form");
    EXPECT_EQ(refusal("f800", [](Reader& reader) { reader.list("list", [](Reader&) {}); }),
              "test: list: its length is not in the shortest form");
    EXPECT_EQ(refused_number("00"), "test: count: a number with leading zeros");
    EXPECT_EQ(refused_number("820001"), "test: count: a number with leading zeros");
}

TEST(Rlp, refuses_what_leaves_the_bounds) {
    EXPECT_EQ(refused_string(""), "test: text: missing");
    EXPECT_EQ(refused_string("83646f"),
              "test: text: truncated: 3 bytes are announced, 2 are there");
    EXPECT_EQ(refused_string("b9"), "test: text: truncated in its length");
    EXPECT_EQ(refused_string("bfffffffffffffffff"),
              "test: text: truncated: 18446744073709551615 bytes are announced, 0 are there");
    EXPECT_EQ(refused_string("83646f6700"), "test: 1 bytes more than belong here");
    EXPECT_EQ(refused_number("89010000000000000000"),
              "test: count: a number of 9 bytes, at most 8 are allowed");
    EXPECT_EQ(refusal("a1" + std::string(66, '1'), [](Reader& reader) { reader.word("value"); }),
              "test: value: a number of 33 bytes, at most 32 are allowed");
    EXPECT_EQ(refusal("83646f67", [](Reader& reader) { reader.string("text", 2); }),
              "test: text: 3 bytes, at most 2 are allowed");
    EXPECT_EQ(refusal("83646f67", [](Reader& reader) { reader.fixed<Address>("to"); }),
              "test: to: 3 bytes, 20 belong here");
}

TEST(Rlp, refuses_the_other_kind_of_item) {
    EXPECT_EQ(refused_string("c0"), "test: text: a list where a byte string belongs");
    EXPECT_EQ(refusal("80", [](Reader& reader) { reader.list("list", [](Reader&) {}); }),
              "test: list: a byte string where a list belongs");
    EXPECT_EQ(refusal("c0", [](Reader& reader) { reader.optional_fixed<Address>("to"); }),
              "test: to: a list where a byte string belongs");
}

TEST(Rlp, an_inner_failure_names_the_way_to_it) {
    const auto read = [](Reader& reader) {
        reader.list("outer", [](Reader& outer) {
            outer.list("inner", [](Reader& inner) { inner.number("count"); });
        });
    };
    EXPECT_EQ(refusal("c2c100", read), "test: outer: inner: count: a number with leading zeros");
    EXPECT_EQ(refusal("c2c1c0", read),
              "test: outer: inner: count: a list where a byte string belongs");
    EXPECT_EQ(refusal("c3c20101", read), "test: outer: inner: 1 bytes more than belong here");
    EXPECT_EQ(refusal("c3c10101", read), "test: outer: 1 bytes more than belong here");
}

TEST(Rlp, an_item_is_taken_whole) {
    const Bytes bytes = from_hex("c5c30102037f").value();
    Reader reader(bytes);
    reader.list("list", [](Reader& items) {
        EXPECT_EQ(to_hex(items.item("first")), "c3010203");
        EXPECT_TRUE(items.more());
        EXPECT_EQ(to_hex(items.item("second")), "7f");
        EXPECT_FALSE(items.more());
    });
    EXPECT_TRUE(reader.finish("test").ok());
}

TEST(Rlp, after_a_failure_all_reads_yield_zero) {
    const Bytes bytes = from_hex("c00506").value();
    Reader reader(bytes);
    EXPECT_EQ(reader.number("first"), 0U);
    EXPECT_EQ(reader.number("second"), 0U);
    EXPECT_FALSE(reader.more());
    EXPECT_TRUE(reader.finish("test").error().message.find("first") != std::string::npos);
}

}  // namespace
}  // namespace bsn::ledger::rlp
