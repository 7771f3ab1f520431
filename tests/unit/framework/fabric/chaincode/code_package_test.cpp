// Packages of code: made of folders, always the same; bad ones are refused with the reason.

#include "framework/fabric/chaincode/code_package.hpp"

#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace bsn::framework::fabric {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, std::string_view text) {
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
}

Bytes package_of(std::string_view metadata, const std::vector<ArchiveFile>& code) {
    const std::vector<ArchiveFile> outer{{"metadata.json", to_bytes(metadata)},
                                         {"code.tar.gz", make_archive(code)}};
    return make_archive(outer);
}

std::string refusal(const Bytes& package) {
    auto read = read_code_package(package);
    return read ? "" : read.error().message;
}

void expect(const std::string& refused, std::string_view part) {
    EXPECT_NE(refused.find(part), std::string::npos) << refused << " has no: " << part;
}

constexpr std::string_view k_go = R"({"type":"golang","label":"a_1","path":""})";
constexpr std::string_view k_node = R"({"type":"node","label":"a_1","path":"/home/me/a"})";
constexpr std::string_view k_java = R"({"type":"java","label":"a_1"})";

TEST(FabricCodePackage, PackagesOfOtherToolsAreRead) {
    auto go = read_code_package(
        package_of(k_go, {{"META-INF/statedb/couchdb/indexes/i.json", to_bytes("{}")},
                          {"src/main.go", to_bytes("package main")},
                          {"src/go.mod", to_bytes("// x\nmodule example.com/asset // y\n")}}));
    ASSERT_TRUE(go) << go.error().message;
    EXPECT_EQ(go->language, "golang");
    EXPECT_EQ(go->path, "example.com/asset");
    ASSERT_EQ(go->files.size(), 2U);
    EXPECT_EQ(go->files[0].name, "go.mod");
    EXPECT_EQ(go->files[1].name, "main.go");
    auto node = read_code_package(package_of(
        k_node, {{"src/package.json", {}}, {"src/package-lock.json", {}}, {"src/index.js", {}}}));
    ASSERT_TRUE(node) << node.error().message;
    EXPECT_EQ(node->path, "");
    EXPECT_TRUE(read_code_package(package_of(k_java, {{"src/pom.xml", {}}})));
    EXPECT_TRUE(read_code_package(package_of(k_java, {{"src/asset.jar", {}}})));
}

TEST(FabricCodePackage, BadOnesAreRefusedWithTheReason) {
    expect(refusal(to_bytes("nothing")), "no whole gzip file");
    expect(refusal(make_archive(std::vector<ArchiveFile>{{"a", {}}})),
           "it needs metadata.json and code.tar.gz");
    const std::vector<ArchiveFile> code{{"src/go.mod", to_bytes("module a\n")}};
    expect(refusal(package_of("[", code)), "is no JSON object");
    expect(refusal(package_of(R"({"type":"rust","label":"a"})", code)), "unknown type");
    expect(refusal(package_of(R"({"type":7,"label":"a"})", code)), "unknown type");
    expect(refusal(package_of(R"({"type":"ccaas","label":"a"})", code)), "holds no code");
    expect(refusal(package_of(R"({"type":"golang","label":"../a"})", code)), "label");
    for (const char* path : {"-o/etc/passwd", "a/../b", "a b", "a;b", "$(a)"}) {
        expect(refusal(package_of(
                   std::string(R"({"type":"golang","label":"a","path":")") + path + R"("})", code)),
               "is no import path");
    }
    expect(refusal(package_of(k_go, {})), "nothing under src/");
    expect(refusal(package_of(k_go, {{"main.go", {}}})), "nothing under src/");
    expect(refusal(package_of(k_go, {{"src/main.go", {}}})), "needs go.mod");
    expect(refusal(package_of(k_go, {{"src/go.mod", to_bytes("go 1.21\n")}})), "names no module");
    expect(refusal(package_of(k_node, {{"src/index.js", {}}})), "needs package.json");
    expect(refusal(package_of(k_node, {{"src/package.json", {}}})), "needs package-lock.json");
    expect(refusal(package_of(k_java, {{"src/A.java", {}}})), "needs pom.xml");
    expect(refusal(package_of(k_java, {{"src/a.jar", {}}, {"src/b.jar", {}}})), "needs pom.xml");
    const std::vector<ArchiveFile> broken{{"metadata.json", to_bytes(k_go)},
                                          {"code.tar.gz", to_bytes("x")}};
    expect(refusal(make_archive(broken)), "code.tar.gz: the archive is broken");
    expect(refusal(package_of(k_go, {{"src/../../go.mod", {}}})),
           "code.tar.gz: the archive holds `src/../../go.mod`, a name that leads out");
    auto large = read_code_package(Bytes(k_max_package_bytes + 1));
    ASSERT_FALSE(large);
    EXPECT_EQ(large.error().code, Code::too_large);
}

TEST(FabricCodePackage, TheSameFilesMakeTheSameBytes) {
    const TemporaryFolder one;
    const TemporaryFolder other;
    const std::vector<std::pair<const char*, const char*>> files{
        {"index.js", "x"}, {"package.json", "{}"}, {"package-lock.json", "{}"}, {"lib/a.js", "y"}};
    for (const auto& [name, text] : files) write(one.path() / name, text);
    for (auto at = files.rbegin(); at != files.rend(); ++at) {
        write(other.path() / at->first, at->second);
    }
    write(other.path() / ".git" / "config", "z");
    write(other.path() / "node_modules" / "a" / "index.js", "z");
    fs::last_write_time(other.path() / "index.js",
                        fs::file_time_type::clock::now() - std::chrono::hours(99));
    auto first = read_code_folder(one.path());
    auto second = read_code_folder(other.path().string() + "/");
    ASSERT_TRUE(first) << first.error().message;
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(write_code_package(*first), write_code_package(*second));
    auto again = read_code_package(write_code_package(*first));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(write_code_package(*again), write_code_package(*first));
    write(other.path() / "lib" / "a.js", "Y");
    EXPECT_NE(write_code_package(*read_code_folder(other.path())), write_code_package(*first));
}

TEST(FabricCodePackage, WithoutALockFileItsModulesGoAlong) {
    const TemporaryFolder folder;
    write(folder.path() / "package.json", "{}");
    write(folder.path() / "node_modules" / "fabric-shim" / "cli.js", "z");
    fs::create_directories(folder.path() / "node_modules" / ".bin");
    fs::create_symlink("../fabric-shim/cli.js", folder.path() / "node_modules" / ".bin" / "cli");
    auto read = read_code_folder(folder.path());
    ASSERT_TRUE(read) << read.error().message;
    ASSERT_EQ(read->files.size(), 2U);
    EXPECT_EQ(read->files[0].name, "node_modules/fabric-shim/cli.js");
}

TEST(FabricCodePackage, FoldersThatHoldNoContractAreRefused) {
    const TemporaryFolder folder;
    const auto refused = [&] {
        auto read = read_code_folder(folder.path());
        return read ? std::string() : read.error().message;
    };
    expect(refused(), "there is no contract in it");
    write(folder.path() / "go.mod", "module a\n");
    EXPECT_EQ(refused(), "");
    fs::create_symlink("/etc/passwd", folder.path() / "link");
    expect(refused(), "is no file");
    EXPECT_FALSE(read_code_folder("/nonexistent"));
}

}  // namespace
}  // namespace bsn::framework::fabric
