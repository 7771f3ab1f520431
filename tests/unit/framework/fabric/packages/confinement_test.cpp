// What a confined program can do, tried with programs that try it.

#include "framework/fabric/packages/confinement.hpp"

#include "base/program.hpp"
#include "support/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <unistd.h>

namespace bsn::framework::fabric {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t k_user = 1'879'048'999;

class FabricConfinement : public testing::Test {
  protected:
    void SetUp() override {
        auto found = Confiner::find(Isolation::required);
        if (!found) GTEST_SKIP() << found.error().message;
        confiner_ = std::move(*found);
        fs::create_directories(read_only_);
        fs::create_directories(writable_);
        std::ofstream(read_only_ / "file") << "content";
        if (::geteuid() == 0) {
            ASSERT_EQ(::chown(writable_.c_str(), k_user, k_user), 0);
        }
        how_.folder = "/written";
        how_.visible = {{read_only_, "/read", false}, {writable_, "/written", true}};
        how_.user = k_user;
        how_.environment = {"NAME=value"};
    }

    ProgramEnd run(const std::string& script) {
        auto ended = run_program(confiner_->command(how_, {"sh", "-c", script}), "",
                                 std::chrono::seconds(60), 1U << 20);
        EXPECT_TRUE(ended) << ended.error().message;
        return ended ? *ended : ProgramEnd{-1, "", ""};
    }

    const TemporaryFolder folder_;
    const fs::path read_only_ = folder_ / "read-only";
    const fs::path writable_ = folder_ / "writable";
    std::optional<Confiner> confiner_;
    Confinement how_;
};

TEST_F(FabricConfinement, ItSeesWhatItIsGivenAndNothingElse) {
    EXPECT_EQ(run("cat /read/file").output, "content");
    EXPECT_EQ(run("echo -n x > made; pwd").output, "/written\n");
    EXPECT_TRUE(fs::exists(writable_ / "made"));
    EXPECT_NE(run("echo x > /read/file").status, 0);
    EXPECT_NE(run("echo x > /usr/made").status, 0);
    for (const fs::path& hidden : {folder_.path(), fs::path("/root"), fs::path("/home"),
                                   fs::path("/var"), fs::path("/run")}) {
        EXPECT_NE(run("ls " + hidden.string()).status, 0) << hidden;
    }
    EXPECT_EQ(run("ls /proc | grep -c '^[0-9]*$'").output.size(), 2U) << "others' processes";
}

TEST_F(FabricConfinement, ItHasNoEnvironmentAndNoPrivilegesOfTheNode) {
    ::setenv("BSN_TEST_SECRET", "nobody's business", 1);
    const std::string environment = run("env").output;
    ::unsetenv("BSN_TEST_SECRET");
    EXPECT_NE(environment.find("NAME=value"), std::string::npos);
    EXPECT_EQ(environment.find("BSN_TEST_SECRET"), std::string::npos) << environment;
    const std::string status = run("cat /proc/self/status").output;
    EXPECT_NE(status.find("CapEff:\t0000000000000000"), std::string::npos) << status;
    EXPECT_NE(status.find("NoNewPrivs:\t1"), std::string::npos) << status;
    if (::geteuid() == 0) {
        EXPECT_EQ(run("id -u").output, std::to_string(k_user) + "\n");
    }
}

TEST_F(FabricConfinement, ItsLimitsHold) {
    how_.memory_mb = 64;
    EXPECT_NE(run("exec python3 -c 'x = b\"1\" * (128 << 20)'").status, 0);
    EXPECT_EQ(run("exec python3 -c 'x = b\"1\" * (16 << 20)'").status, 0);
    how_.file_mb = 1;
    EXPECT_NE(run("exec head -c 3000000 /dev/zero > large").status, 0);
    EXPECT_LE(fs::file_size(writable_ / "large"), 1U << 20);
    EXPECT_NE(run("head -c 70000000 /dev/zero > /tmp/large").status, 0);
    how_.cpu_seconds = 1;
    EXPECT_NE(run("while :; do :; done").status, 0);
    how_.processes = 20;
    EXPECT_NE(run("i=0; while [ $i -lt 40 ]; do sleep 1 & i=$((i+1)); done; wait").complaints, "");
}

TEST_F(FabricConfinement, ItsChildrenEndWithIt) {
    EXPECT_EQ(run("sleep 77777 & exit 0").status, 0);
    // The kernel ends them a moment later.
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    std::string left = "some";
    while (!left.empty() && std::chrono::steady_clock::now() < end) {
        const auto found =
            run_program({"pgrep", "-x", "-f", "sleep 77777"}, "", std::chrono::seconds(10), 4096);
        ASSERT_TRUE(found);
        left = found->output;
    }
    EXPECT_EQ(left, "");
}

TEST(FabricConfinementChoice, WithoutBubblewrapItIsRefusedUnlessTheOperatorSaysOtherwise) {
    const TemporaryFolder tools;
    for (const char* name : {"env", "nice", "prlimit", "setpriv"}) {
        fs::create_symlink(std::string("/usr/bin/") + name, tools / name);
    }
    const std::string path = std::getenv("PATH");
    ::setenv("PATH", tools.path().c_str(), 1);
    const auto required = Confiner::find(Isolation::required);
    const auto possible = Confiner::find(Isolation::if_possible);
    ::setenv("PATH", path.c_str(), 1);
    ASSERT_FALSE(required);
    EXPECT_NE(required.error().message.find("install bubblewrap"), std::string::npos);
    EXPECT_NE(required.error().message.find("isolation: if_possible"), std::string::npos);
    ASSERT_TRUE(possible) << possible.error().message;
    EXPECT_FALSE(possible->isolates());
    Confinement how;
    how.folder = tools.path().string();
    const auto ran = run_program(possible->command(how, {"sh", "-c", "pwd; env"}), "",
                                 std::chrono::seconds(10), 4096);
    ASSERT_TRUE(ran);
    EXPECT_EQ(ran->output.find(tools.path().string()), 0U) << ran->output << ran->complaints;
    EXPECT_EQ(ran->output.find("HOME="), std::string::npos);
}

}  // namespace
}  // namespace bsn::framework::fabric
