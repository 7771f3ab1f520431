#include "framework/fabric/network/releases.hpp"

#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace bsn::framework::fabric {
namespace {

namespace fs = std::filesystem;

class FabricProgramsTest : public ::testing::Test {
  protected:
    void SetUp() override { unsetenv("BSN_FABRIC"); }
    void TearDown() override { unsetenv("BSN_FABRIC"); }

    /// A folder with programs that say this.
    fs::path make(const std::string& name, const std::string& version) {
        const fs::path folder = folder_.path() / name;
        fs::create_directories(folder);
        for (std::string_view program : k_fabric_programs) {
            std::ofstream(folder / program)
                << "#!/bin/sh\nprintf 'peer:\\n Version: " << version << "\\n Commit SHA: 1\\n'\n";
            fs::permissions(folder / program, fs::perms::owner_all);
        }
        return folder;
    }
    Result<FabricPrograms> find(const ReleaseLine& line) {
        return find_fabric_programs(folder_.path(), line);
    }

    TemporaryFolder folder_;
};

TEST_F(FabricProgramsTest, TellTheirRelease) {
    auto found = look_at_fabric_programs(make("a", "v2.5.9"));
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->version, "2.5.9");
    EXPECT_EQ(found->line().name, "2.5");
    EXPECT_EQ(found->program("peer"), folder_.path() / "a" / "peer");
    EXPECT_EQ(look_at_fabric_programs(make("b", "v3.1.5"))->line().name, "3.1");
}

TEST_F(FabricProgramsTest, MayLieAsInAnArchive) {
    make("release/bin", "v2.5.15");
    auto found = look_at_fabric_programs(folder_.path() / "release");
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_EQ(found->folder, folder_.path() / "release" / "bin");
}

TEST_F(FabricProgramsTest, OfOtherReleasesAreRefused) {
    for (const auto* version : {"v2.4.9", "v1.4.12", "latest", "v2.50.1"}) {
        auto found = look_at_fabric_programs(make(version, version));
        ASSERT_FALSE(found) << version;
        EXPECT_EQ(found.error().code, Code::unsupported_version);
    }
    EXPECT_NE(
        look_at_fabric_programs(make("v2.4.9", "v2.4.9")).error().message.find("Fabric 2.4.9"),
        std::string::npos);
}

TEST_F(FabricProgramsTest, ThatAreMissingAreNamed) {
    const fs::path folder = make("a", "v2.5.9");
    fs::remove(folder / "configtxgen");
    auto found = look_at_fabric_programs(folder);
    EXPECT_EQ(found.error().code, Code::not_found);
    EXPECT_NE(found.error().message.find("`configtxgen`"), std::string::npos);
}

TEST_F(FabricProgramsTest, AreFoundByTheirLine) {
    make("fabric", "v2.5.9");
    make("fabric-3", "v3.1.1");
    EXPECT_EQ(find(k_release_lines[0])->version, "2.5.9");
    EXPECT_EQ(find(k_release_lines[1])->version, "3.1.1");
}

TEST_F(FabricProgramsTest, OfAnotherLineInTheirPlaceAreTold) {
    make("fabric", "v3.1.1");
    EXPECT_EQ(find(k_release_lines[0]).error().code, Code::unsupported_version);
}

TEST_F(FabricProgramsTest, AreThoseOfTheVariableIfItIsSet) {
    make("fabric", "v2.5.9");
    setenv("BSN_FABRIC", make("mine", "v2.5.15").c_str(), 1);
    EXPECT_EQ(find(k_release_lines[0])->version, "2.5.15");
    const Error other = find(k_release_lines[1]).error();
    EXPECT_EQ(other.code, Code::not_found);
    EXPECT_NE(other.message.find("holds Fabric 2.5.15"), std::string::npos) << other.message;
    setenv("BSN_FABRIC", (folder_.path() / "nothing").c_str(), 1);
    EXPECT_NE(find(k_release_lines[0]).error().message.find("nothing"), std::string::npos);
}

}  // namespace
}  // namespace bsn::framework::fabric
