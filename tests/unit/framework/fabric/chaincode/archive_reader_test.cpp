// Archives of others: what is taken, and how each bad one is refused.

#include "framework/fabric/chaincode/archive_reader.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <array>

namespace bsn::framework::fabric {
namespace {

/// A tar's entry, right or wrong.
struct Entry {
    std::string name;
    std::string content;
    char type = '0';
    std::string prefix = {};
    std::string size = {};  ///< empty: as it is
    bool good_sum = true;
};

std::string blocks_of(const Entry& entry) {
    std::string header(512, '\0');
    header.replace(0, entry.name.size(), entry.name);
    header.replace(100, 7, "0000644");
    const std::string size =
        entry.size.empty() ? fmt::format("{:011o}", entry.content.size()) : entry.size;
    header.replace(124, size.size(), size);
    header[156] = entry.type;
    header.replace(257, 5, "ustar");
    header.replace(345, entry.prefix.size(), entry.prefix);
    header.replace(148, 8, "        ");
    unsigned sum = entry.good_sum ? 0 : 1;
    for (char c : header) sum += static_cast<unsigned char>(c);
    header.replace(148, 6, fmt::format("{:06o}", sum));
    header[154] = '\0';
    std::string all = header + entry.content;
    all.resize((all.size() + 511) / 512 * 512);
    return all;
}

std::string tar_of(const std::vector<Entry>& entries) {
    std::string tar;
    for (const Entry& entry : entries) tar += blocks_of(entry);
    return tar + std::string(1024, '\0');
}

Bytes gzip(const std::string& plain) {
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
    Bytes out(deflateBound(&stream, plain.size()) + 64);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
    stream.avail_in = static_cast<uInt>(plain.size());
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    deflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

constexpr ArchiveLimits k_small{.unpacked_bytes = 64U << 10, .files = 8};

std::string refusal(const Bytes& archive, Code* code = nullptr) {
    auto read = read_archive(archive, k_small);
    if (read) return "";
    if (code != nullptr) *code = read.error().code;
    return read.error().message;
}

std::string refusal_of(const std::vector<Entry>& entries, Code* code = nullptr) {
    return refusal(gzip(tar_of(entries)), code);
}

void expect(const std::string& refused, std::string_view part) {
    EXPECT_NE(refused.find(part), std::string::npos) << refused << " has no: " << part;
}

TEST(FabricArchiveReader, OwnArchivesAreReadBackLongNamesToo) {
    const std::string deep = "node_modules/" + std::string(90, 'a') + "/" + std::string(90, 'b');
    const std::vector<ArchiveFile> files{
        {"a", to_bytes("one")}, {"b/c", {}}, {deep, to_bytes("two")}, {"存/证", to_bytes("x")}};
    auto read = read_archive(make_archive(files), k_small);
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->size(), files.size());
    for (std::size_t i = 0; i < files.size(); ++i) {
        EXPECT_EQ((*read)[i].name, files[i].name);
        EXPECT_EQ((*read)[i].content, files[i].content);
    }
}

TEST(FabricArchiveReader, NamesOfOtherToolsAreRead) {
    const std::string pax = "20 path=by/pax/name\n";
    auto read = read_archive(gzip(tar_of({{"./plain", "1"},
                                          {"folder/", "", '5'},
                                          {"end", "2", '0', "begin/middle"},
                                          {"x", "", 'g'},
                                          {"x", pax, 'x'},
                                          {"cut", "3"},
                                          {"x", std::string("by/gnu/name\0", 12), 'L'},
                                          {"cut", "4"}})),
                             k_small);
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->size(), 4U);
    EXPECT_EQ((*read)[0].name, "plain");
    EXPECT_EQ((*read)[1].name, "begin/middle/end");
    EXPECT_EQ((*read)[2].name, "by/pax/name");
    EXPECT_EQ((*read)[3].name, "by/gnu/name");
}

TEST(FabricArchiveReader, BrokenOnesAreRefused) {
    const Bytes good = gzip(tar_of({{"a", std::string(3000, 'x')}}));
    for (std::size_t size = 0; size < good.size(); ++size) {
        const Bytes cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size));
        expect(refusal(cut), "broken");
    }
    Bytes followed = good;
    followed.push_back(1);
    expect(refusal(followed), "something follows it");
    expect(refusal(to_bytes("no archive")), "no whole gzip file");
    expect(refusal(gzip("")), "it has no end");
    expect(refusal(gzip(blocks_of({"a", "1"}))), "it has no end");
    expect(refusal_of({{"a", "1", '0', "", "", false}}), "checksum");
    expect(refusal_of({{"a", "1", '0', "", "77777777777"}}), "MiB");
    expect(refusal_of({{"a", "1", '0', "", "00000007777"}}), "cut off");
    expect(refusal_of({{"a", "1", '0', "", "0x000000001"}}), "checksum");
    for (const char* records :
         {"5 path=x\n", "99 path=x\n", "x path=x\n", "9 path=x", "7 path\n"}) {
        expect(refusal_of({{"x", records, 'x'}, {"a", "1"}}), "PAX");
    }
    expect(refusal_of({{"x", "10 size=9\n", 'x'}, {"a", "1"}}), "PAX");
}

TEST(FabricArchiveReader, NamesThatLeadElsewhereAreRefused) {
    for (const char* name : {"../a", "a/../../b", "a/..", ".."}) {
        expect(refusal_of({{name, "1"}}), "leads out of the package: it has a part `..`");
    }
    expect(refusal_of({{"/etc/passwd", "1"}}), "leads out of the package: it is absolute");
    expect(refusal_of({{"x", "21 path=../elsewhere\n", 'x'}, {"a", "1"}}), "leads out");
    expect(refusal_of({{"x", "/elsewhere", 'L'}, {"a", "1"}}), "leads out");
    expect(refusal_of({{"b", "1", '0', "../.."}}), "leads out");
    for (const char* name : {"a//b", "a/./b", "a/"}) {
        expect(refusal_of({{name, "1"}}), "has an empty part");
    }
    expect(refusal_of({{"", "1"}}), "is empty");
    expect(refusal_of({{"a\nb", "1"}}), "control characters");
    expect(refusal_of({{"a\\b", "1"}}), "backslashes");
    expect(refusal_of({{"\xFF", "1"}}), "no UTF-8");
    expect(refusal_of({{"a", "1"}, {"a", "2"}}), "twice");
    expect(refusal_of({{"a", "1"}, {"a/b", "2"}}), "as a file and as a folder");
}

TEST(FabricArchiveReader, WhatIsNoFileIsRefused) {
    for (const char type : {'1', '2'}) expect(refusal_of({{"a", "", type}}), "which is a link");
    for (const char type : {'3', '4', '6', '7', 'S'}) {
        expect(refusal_of({{"a", "", type}}), "neither a file nor a folder");
    }
}

TEST(FabricArchiveReader, WhatIsTooMuchIsRefusedWithoutUnpackingIt) {
    Code code = Code::internal;
    expect(refusal_of({{"a", std::string(65 << 10, 'x')}}, &code), "unpacks to more than");
    EXPECT_EQ(code, Code::too_large);
    std::vector<Entry> entries;
    for (int i = 0; i < 9; ++i) entries.push_back({fmt::format("f{}", i), ""});
    expect(refusal_of(entries, &code), "more than 8 files");
    EXPECT_EQ(code, Code::too_large);
    entries.assign(17, {"folder/", "", '5'});
    expect(refusal_of(entries, &code), "more than 8 files");
    EXPECT_EQ(code, Code::too_large);
    // 256 MiB of zeros in about 260 KiB.
    const Bytes bomb = gzip(std::string(256U << 20, '\0'));
    ASSERT_LT(bomb.size(), 300U << 10);
    expect(refusal(bomb, &code), "unpacks to more than");
    EXPECT_EQ(code, Code::too_large);
}

}  // namespace
}  // namespace bsn::framework::fabric
