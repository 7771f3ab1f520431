#include "cli_fixture.hpp"

namespace bsn::testing {
namespace {

namespace fs = std::filesystem;

class FrameworkCommands : public CliTest {
  protected:
    void SetUp() override {
        CliTest::SetUp();
        unsetenv("BSN_FABRIC");
    }
    void TearDown() override { unsetenv("BSN_FABRIC"); }

    /// A release of Fabric of this version, as far as it is asked.
    fs::path release(const std::string& version) const {
        const fs::path made = folder / ("fabric-" + version) / "bin";
        fs::create_directories(made);
        for (const auto* program : {"peer", "orderer", "configtxgen", "osnadmin"}) {
            write_text(made / program,
                       "#!/bin/sh\nprintf 'peer:\\n Version: v" + version + "\\n'\n");
            fs::permissions(made / program, fs::perms::owner_all);
        }
        return made;
    }
    /// The versions of `fabric` that are installed, as `list` tells them.
    std::vector<std::string> installed() const {
        std::vector<std::string> versions;
        const auto listed = run({"framework", "list", "--json"}).json();
        for (const auto& row : listed["frameworks"]) {
            if (row["name"] == "fabric" && row["state"] == "installed")
                versions.push_back(row["version"]);
        }
        return versions;
    }
};

TEST_F(FrameworkCommands, TakeAReleaseThatIsThere) {
    const fs::path made = release("2.5.15");
    const Ran taken =
        run({"framework", "install", "fabric", "--from", made.parent_path().string(), "--json"});
    ASSERT_EQ(taken.status, 0) << taken.err;
    EXPECT_EQ(taken.json()["version"], "2.5.15");
    EXPECT_EQ(taken.json()["folder"], made.string());
    EXPECT_EQ(fs::canonical(fs::path(home()) / "engines" / "fabric"), fs::canonical(made));
    // Another of the same line takes its place, one of another line stands beside it.
    ASSERT_EQ(run({"framework", "install", "fabric", "--from", release("2.5.16").string()}).status,
              0);
    ASSERT_EQ(run({"framework", "install", "fabric", "--from", release("3.1.5").string()}).status,
              0);
    EXPECT_EQ(installed(), (std::vector<std::string>{"2.5.16", "3.1.5"}));
    // Its own name again does no harm.
    const std::string own = (fs::path(home()) / "engines" / "fabric").string();
    ASSERT_EQ(run({"framework", "install", "fabric", "--from", own}).status, 0);
    // What is there is not built.
    const Ran again = run({"framework", "install", "fabric", "--json"});
    ASSERT_EQ(again.status, 0) << again.err;
    EXPECT_EQ(again.json()["version"], "2.5.16");
}

TEST_F(FrameworkCommands, RefuseOtherReleases) {
    const Ran old = run({"framework", "install", "fabric", "--from", release("2.4.9").string()});
    EXPECT_EQ(old.status, 1);
    EXPECT_NE(old.err.find("Fabric 2.4.9"), std::string::npos) << old.err;
    const Ran other = run({"framework", "install", "fabric", "--version", "3.1", "--from",
                           release("2.5.9").string()});
    EXPECT_EQ(other.status, 1);
    EXPECT_NE(other.err.find("holds Fabric 2.5.9, not 3.1"), std::string::npos) << other.err;
    EXPECT_FALSE(fs::exists(fs::path(home()) / "engines"));
    EXPECT_EQ(run({"framework", "install", "fabric", "--version", "1.4"}).status, 2);
    EXPECT_EQ(run({"framework", "install", "ledger"}).status, 2);
}

TEST_F(FrameworkCommands, ListsWhatThereIs) {
    const fs::path made = release("2.5.15");
    setenv("BSN_FABRIC", made.c_str(), 1);
    EXPECT_EQ(installed(), (std::vector<std::string>{"2.5.15"}));
    const Ran listed = run({"framework", "list"});
    ASSERT_EQ(listed.status, 0);
    for (const auto* name : {"ledger", "ethereum", "fisco", "fisco-network", "fabric-network"}) {
        EXPECT_NE(listed.out.find(name), std::string::npos) << listed.out;
    }
    EXPECT_NE(listed.out.find(made.string()), std::string::npos);
    EXPECT_NE(listed.out.find("holds Fabric 2.5.15"), std::string::npos) << listed.out;
}

}  // namespace
}  // namespace bsn::testing
